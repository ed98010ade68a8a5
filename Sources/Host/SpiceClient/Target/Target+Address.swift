extension Target {
  /// Where an address leads:
  ///
  /// - `spice://host:port`, `spice://host:port?tls-port=…&password=…`, `spice://host?port=…&tls-port=…`
  /// - `spice+tls://host:port`, whose port is the TLS port
  /// - `spice+unix:///path`, whose path is taken as it stands, `%` and `?` too
  /// - `ws://host:port/path` and `wss://…` (over TLS), for servers and gateways that take WebSockets; the ports are 80 and
  ///   443 where none is given, and what stands behind them is asked for as it is, query included
  /// - `host:port`, which is short for `spice://host:port`; no host is this machine
  /// - the path of a `.vv` file (or `file://…`), and `-` for one on standard input: those are read
  ///
  /// What spice-gtk 0.42 takes means the same here. It ignores a path behind the port and falls back on `localhost`
  /// where an address cannot be read; here both are errors.
  public init(uri: String) throws(TargetError) {
    let address = Self.trimmed(uri)
    guard !address.isEmpty else { throw .emptyAddress }
    if address == "-" {
      try self.init(keyFile: try FileSystem.standardInput())
      return
    }
    guard let (scheme, rest) = Self.schemeAndRest(address) else {
      if Self.looksLikePath(address) {
        try self.init(keyFileAt: String(address))
      } else {
        try self.init(rest: address, scheme: "spice")
      }
      return
    }
    switch scheme {
    case "spice", "spice+tls":
      try self.init(rest: rest, scheme: scheme)
    case "spice+unix":
      guard !rest.isEmpty else { throw .emptySocketPath }
      guard !rest.utf8.contains(0) else { throw .notText(part: "path") }
      self.init(unixPath: String(rest))
    case "ws", "wss":
      try self.init(webSocket: rest, isTLS: scheme == "wss")
    case "file":
      // The host, which is empty or localhost, says nothing.
      guard let slash = rest.firstIndex(of: "/") else { throw .emptyAddress }
      try self.init(keyFileAt: try PercentEncoding.decoded(rest[slash...], part: "path"))
    default:
      throw .scheme(scheme)
    }
  }

  private init(rest: Substring, scheme: String) throws(TargetError) {
    let parts = try AddressParts(rest)
    let isTLS = scheme == "spice+tls"
    self.init(host: parts.host.isEmpty ? "localhost" : parts.host, username: parts.username, password: parts.password)
    if let port = parts.port {
      if isTLS { tlsPort = port } else { self.port = port }
    }
    try take(parameters: parts.query, isTLS: isTLS)
    guard port != nil || tlsPort != nil else { throw .missingPort(host: host) }
  }

  private init(webSocket rest: Substring, isTLS: Bool) throws(TargetError) {
    let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
    let parts = try AddressParts(rest[..<end])
    let path = rest[end...]
    let port = parts.port ?? (isTLS ? 443 : 80)
    self.init(
      host: parts.host.isEmpty ? "localhost" : parts.host, port: isTLS ? nil : port, tlsPort: isTLS ? port : nil,
      webSocketPath: path.hasPrefix("/") ? String(path) : "/" + path, username: parts.username, password: parts.password
    )
  }

  private static let parameters = ["port", "tls-port", "password"]

  private mutating func take(parameters query: Substring, isTLS: Bool) throws(TargetError) {
    var seen: Set<String> = []
    // In an address with an @ or a password, a name or number may be what an unescaped & or ? cut off the password.
    var mayHoldPassword: Bool { password != nil || query.contains("@") }
    for parameter in query.split(whereSeparator: { $0 == "&" || $0 == ";" }) {
      let equals = parameter.firstIndex(of: "=")
      let name = String(parameter[..<(equals ?? parameter.endIndex)])
      guard Self.parameters.contains(name) else {
        if mayHoldPassword || equals == nil { throw .parameter(nil, near: []) }
        throw .parameter(name, near: NearNames.of(name, among: Self.parameters))
      }
      guard seen.insert(name).inserted else { throw .parameterTwice(name) }
      guard let equals else { throw .parameterWithoutValue(name) }
      let value = try PercentEncoding.decoded(parameter[parameter.index(after: equals)...], part: name)
      switch name {
      case "password":
        if password != nil { throw .parameterTwice(name) }
        password = value.isEmpty ? nil : Secret(value)
      case _ where isTLS:
        throw .parameterOfOtherScheme(name, scheme: "spice+tls")
      case "port":
        if port != nil { throw .portTwice }
        port = try AddressParts.port(value[...], name: name, mayQuote: !mayHoldPassword)
      default:
        tlsPort = try AddressParts.port(value[...], name: name, mayQuote: !mayHoldPassword)
      }
    }
  }

  /// The word before `://`, in lower case; nil where there is none.
  private static func schemeAndRest(_ address: Substring) -> (String, Substring)? {
    guard let colon = address.firstIndex(of: ":"), address[colon...].hasPrefix("://") else { return nil }
    let scheme = address[..<colon]
    let isWord = scheme.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."): true
      default: false
      }
    }
    guard isWord, !scheme.isEmpty else { return nil }
    return (scheme.lowercased(), address[address.index(colon, offsetBy: 3)...])
  }

  private static func looksLikePath(_ address: Substring) -> Bool {
    address.lowercased().hasSuffix(".vv") || address.hasPrefix("/") || address.hasPrefix("./")
      || address.hasPrefix("../")
  }

  /// Without the blanks and line breaks that come along when an address is copied.
  private static func trimmed(_ text: String) -> Substring {
    let isBlank = { (character: Character) in character.isWhitespace }
    let start = text.drop(while: isBlank)
    guard let last = start.lastIndex(where: { !isBlank($0) }) else { return "" }
    return start[...last]
  }
}

/// An address between `://` and its end.
private struct AddressParts {
  var username: String?
  var password: Secret?
  /// Without brackets; empty where there is none.
  var host: String
  var port: UInt16?
  /// Behind the `?`; empty where there is none.
  var query: Substring

  /// `user:password@host:port/?query`, of which everything may be missing.
  init(_ rest: Substring) throws(TargetError) {
    let question = rest.firstIndex(of: "?")
    let hierarchy = rest[..<(question ?? rest.endIndex)]
    query = question.map { rest[rest.index(after: $0)...] } ?? ""
    let slash = hierarchy.firstIndex(of: "/")
    let authority = hierarchy[..<(slash ?? hierarchy.endIndex)]
    let path = hierarchy[authority.endIndex...]
    // In this order, lest a piece of a password be taken for a host, a port or a path.
    if path.contains("@") { throw .misplacedAt }
    if rest.contains("#") { throw .fragment }
    if path != "" && path != "/" { throw .path }

    var place = authority
    if let at = authority.lastIndex(of: "@") {
      (username, password) = try Self.credentials(authority[..<at])
      place = authority[authority.index(after: at)...]
    }
    let (host, port) = try Self.hostAndPort(place)
    self.host = try Self.checked(host)
    if let port { self.port = try Self.port(port, name: "port", mayQuote: !rest.contains("@")) }
  }

  private static func credentials(_ text: Substring) throws(TargetError) -> (String?, Secret?) {
    let colon = text.firstIndex(of: ":")
    let user = try PercentEncoding.decoded(text[..<(colon ?? text.endIndex)], part: "user")
    guard let colon else { return (user.isEmpty ? nil : user, nil) }
    let password = try PercentEncoding.decoded(text[text.index(after: colon)...], part: "password")
    return (user.isEmpty ? nil : user, password.isEmpty ? nil : Secret(password))
  }

  private static func hostAndPort(_ place: Substring) throws(TargetError) -> (host: Substring, port: Substring?) {
    guard place.first == "[" else {
      let parts = place.split(separator: ":", omittingEmptySubsequences: false)
      guard parts.count <= 2 else { throw .host(.colons) }
      return (parts.first ?? "", parts.count == 2 ? parts[1] : nil)
    }
    guard let end = place.firstIndex(of: "]") else { throw .host(.brackets) }
    let host = place[place.index(after: place.startIndex)..<end]
    let rest = place[place.index(after: end)...]
    let isAddress = host.utf8.prefix { $0 != UInt8(ascii: "%") }.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: ":"), UInt8(ascii: "."): true
      case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"): true
      default: false
      }
    }
    guard isAddress, host.contains(":") else { throw .host(.notIPv6) }
    if rest.isEmpty { return (host, nil) }
    guard rest.first == ":" else { throw .host(.brackets) }
    return (host, rest.dropFirst())
  }

  /// The host with its `%` resolved. A zone (`fe80::1%eth0`, or `%25eth0` as RFC 6874 has it) stays.
  private static func checked(_ text: Substring) throws(TargetError) -> String {
    var host: String
    if text.contains(":"), let percent = text.firstIndex(of: "%") {
      let zone = text[percent...]
      host = text[..<percent] + "%" + zone.dropFirst(zone.hasPrefix("%25") ? 3 : 1)
    } else {
      host = try PercentEncoding.decoded(text, part: "host")
    }
    guard host.utf8.count <= 253 else { throw .host(.tooLong(host.utf8.count)) }
    let refused = host.unicodeScalars.first { scalar in
      !scalar.isShowable || scalar.properties.isWhitespace || "/?#@[]<>\"\\^`{|}".unicodeScalars.contains(scalar)
    }
    if let refused { throw .host(.character(refused.value)) }
    return host
  }

  /// What is no number is never quoted in the error: it may be a password whose `@host` was forgotten.
  static func port(_ text: Substring, name: String, mayQuote: Bool) throws(TargetError) -> UInt16 {
    let isNumber = !text.isEmpty && text.utf8.allSatisfy { 0x30...0x39 ~= $0 }
    guard isNumber, let port = UInt16(text), port > 0 else {
      throw .port(name: name, text: isNumber && mayQuote ? String(text.prefix(12)) : nil)
    }
    return port
  }
}

/// `%41` for `A`.
enum PercentEncoding {
  /// The text with its codes resolved; `part` names it in an error. A `+` is a `+`.
  static func decoded(_ text: Substring, part: String) throws(TargetError) -> String {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let high = rest.popFirst().flatMap(hexadecimal), let low = rest.popFirst().flatMap(hexadecimal) else {
        throw .percent(part: part)
      }
      bytes.append(high << 4 | low)
    }
    guard let decoded = String(validating: bytes, as: UTF8.self),
      decoded.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
    else { throw .notText(part: part) }
    return decoded
  }

  private static func hexadecimal(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
