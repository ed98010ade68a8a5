import SwiftASN1

/// A distinguished name: `C=US,O=Example,CN=host`, in the order of the certificate.
struct CertificateSubject {
  private struct Attribute {
    /// The object identifier, dotted.
    var kind: String
    /// Nil where the certificate has it in an encoding that is no text.
    var value: String?
    /// True for the second and later attributes of one relative name (`CN=a+OU=b`).
    var isJoined: Bool
  }

  private var attributes: [Attribute] = []

  /// Reads SPICE's `host-subject`, by spice-common's rules: attributes between commas, spaces before a key dropped,
  /// `\,` and `\\` for themselves and no other escape, no empty value. Keys are OpenSSL's short or long names (in any
  /// case here), or dotted object identifiers.
  init(parsing text: String) throws(TransportError) {
    var key = ""
    var value: String?
    func fail(_ reason: String) -> TransportError { .badTLSSettings("the subject “\(text)” cannot be read: \(reason)") }

    func attribute() throws(TransportError) -> Attribute {
      guard let value else { throw fail("“\(key)” has no “=”") }
      guard !value.isEmpty else { throw fail("“\(key)=” has no value") }
      guard let kind = Self.kind(named: key) else { throw fail("“\(key)” is no known kind of attribute") }
      return Attribute(kind: kind, value: value, isJoined: false)
    }

    var rest = text.unicodeScalars[...]
    while var character = rest.popFirst() {
      var isEscaped = false
      if character == "\\" {
        guard let next = rest.popFirst(), next == "\\" || next == "," else {
          throw fail("after “\\” only “,” or another “\\” may stand")
        }
        character = next
        isEscaped = true
      }
      switch character {
      case "," where !isEscaped:
        attributes.append(try attribute())
        key = ""
        value = nil
      case "=" where !isEscaped && value == nil: value = ""
      case " " where value == nil && key.isEmpty: break
      default:
        if value == nil { key.unicodeScalars.append(character) } else { value?.unicodeScalars.append(character) }
      }
    }
    if !key.isEmpty || value != nil { attributes.append(try attribute()) }
    guard !attributes.isEmpty else { throw fail("it is empty") }
  }

  /// Reads a `Name`: a sequence of sets of (type, value).
  init(_ name: ASN1Node) throws {
    for part in try Self.children(of: name) {
      for (index, entry) in try Self.children(of: part).enumerated() {
        let pair = try Self.children(of: entry)
        guard pair.count == 2 else { throw CertificateFacts.Unreadable() }
        let kind = try ASN1ObjectIdentifier(derEncoded: pair[0])
        attributes.append(Attribute(kind: kind.description, value: Self.text(pair[1]), isJoined: index > 0))
      }
    }
  }

  /// Whether both name the same, as OpenSSL's `X509_NAME_cmp` decides: same attributes in the same order, their
  /// values equal but for ASCII case and the number of spaces.
  func matches(_ other: CertificateSubject) -> Bool {
    guard attributes.count == other.attributes.count else { return false }
    return zip(attributes, other.attributes).allSatisfy { one, two in
      guard let left = one.value, let right = two.value else { return false }
      return one.kind == two.kind && one.isJoined == two.isJoined
        && Self.canonical(left).elementsEqual(Self.canonical(right))
    }
  }

  /// The common names.
  var commonNames: [String] {
    attributes.compactMap { $0.kind == "2.5.4.3" ? $0.value : nil }
  }

  // MARK: Inside

  private static func children(of node: ASN1Node) throws -> [ASN1Node] {
    guard case .constructed(let nodes) = node.content else { throw CertificateFacts.Unreadable() }
    return Array(nodes)
  }

  private static func text(_ node: ASN1Node) -> String? {
    guard case .primitive(let bytes) = node.content else { return nil }
    switch node.identifier {
    case .utf8String, .printableString, .ia5String, .visibleString, .numericString:
      return String(validating: bytes, as: UTF8.self)
    case .teletexString:
      // What certificates call T.61 is Latin-1.
      return String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    case .bmpString:
      guard bytes.count.isMultiple(of: 2) else { return nil }
      let units = stride(from: bytes.startIndex, to: bytes.endIndex, by: 2).map {
        UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1])
      }
      return String(validating: units, as: UTF16.self)
    default: return nil
    }
  }

  private static func canonical(_ text: String) -> [UInt8] {
    var result: [UInt8] = []
    for byte in text.utf8 {
      let isSpace = byte == 0x20 || (0x09...0x0D).contains(byte)
      if isSpace {
        if let last = result.last, last != 0x20 { result.append(0x20) }
      } else {
        result.append((0x41...0x5A).contains(byte) ? byte | 0x20 : byte)
      }
    }
    if result.last == 0x20 { result.removeLast() }
    return result
  }

  private static func kind(named key: String) -> String? {
    if let known = names.first(where: { $0.short.lowercased() == key.lowercased() || $0.long == key.lowercased() }) {
      return known.kind
    }
    return (try? ASN1ObjectIdentifier(dotRepresentation: key))?.description
  }

  /// OpenSSL's names for the kinds of attribute that X.520, RFC 4519 and PKCS #9 define; long ones in lower case.
  private static let names: [(short: String, long: String, kind: String)] = [
    ("CN", "commonname", "2.5.4.3"), ("SN", "surname", "2.5.4.4"), ("serialNumber", "serialnumber", "2.5.4.5"),
    ("C", "countryname", "2.5.4.6"), ("L", "localityname", "2.5.4.7"), ("ST", "stateorprovincename", "2.5.4.8"),
    ("street", "streetaddress", "2.5.4.9"), ("O", "organizationname", "2.5.4.10"),
    ("OU", "organizationalunitname", "2.5.4.11"), ("title", "title", "2.5.4.12"),
    ("description", "description", "2.5.4.13"), ("postalCode", "postalcode", "2.5.4.17"), ("name", "name", "2.5.4.41"),
    ("GN", "givenname", "2.5.4.42"), ("initials", "initials", "2.5.4.43"),
    ("generationQualifier", "generationqualifier", "2.5.4.44"), ("dnQualifier", "dnqualifier", "2.5.4.46"),
    ("pseudonym", "pseudonym", "2.5.4.65"), ("UID", "userid", "0.9.2342.19200300.100.1.1"),
    ("DC", "domaincomponent", "0.9.2342.19200300.100.1.25"), ("emailAddress", "emailaddress", "1.2.840.113549.1.9.1"),
  ]
}

extension CertificateSubject: CustomStringConvertible {
  /// As `init(parsing:)` reads it; attributes joined in one relative name have a `+` between them.
  var description: String {
    var text = ""
    for (index, attribute) in attributes.enumerated() {
      if index > 0 { text += attribute.isJoined ? "+" : "," }
      let name = Self.names.first { $0.kind == attribute.kind }?.short ?? attribute.kind
      var value = ""
      for character in (attribute.value ?? "(unreadable)").unicodeScalars {
        if character == "," || character == "\\" { value += "\\" }
        value.unicodeScalars.append(character)
      }
      text += "\(name)=\(value)"
    }
    return text
  }
}
