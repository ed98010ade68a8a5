/// A middleman that opens the connection to the peer for us.
public enum Proxy: Sendable, Hashable {
  /// HTTP `CONNECT`; user and password go as Basic authentication.
  case http(host: String, port: Int, user: String? = nil, password: String? = nil)
  /// SOCKS 5 (RFC 1928), the peer's name looked up by the proxy; user and password by RFC 1929.
  case socks5(host: String, port: Int, user: String? = nil, password: String? = nil)

  /// Where the proxy itself is.
  public var address: Address {
    switch self {
    case .http(let host, let port, _, _), .socks5(let host, let port, _, _): .tcp(host: host, port: port)
    }
  }
}

extension Proxy: CustomStringConvertible {
  /// `http://host:port` or `socks5://host:port`: never the user or the password.
  public var description: String {
    switch self {
    case .http: "http://\(address)"
    case .socks5: "socks5://\(address)"
    }
  }
}

extension Proxy {
  /// Reads `[http://|socks5://][user[:password]@]host[:port]`, as the environment's `SPICE_PROXY` has it.
  ///
  /// Without a scheme it is HTTP. Default ports: 3128 for HTTP as in spice-gtk, 1080 for SOCKS (`socks://` and
  /// `socks5h://` mean the same as `socks5://`). User and password may carry `%xx`. IPv6 hosts stand in brackets.
  public init(parsing text: String) throws(TransportError) {
    func refused(_ reason: String) -> TransportError { .badProxy(reason) }
    var rest = text[...]
    var scheme = "http"
    if let mark = rest.range(ofASCII: "://") {
      scheme = rest[..<mark.lowerBound].lowercased()
      rest = rest[mark.upperBound...]
    }
    while rest.last == "/" { rest.removeLast() }

    var user: String?
    var password: String?
    if let at = rest.lastIndex(of: "@") {
      let parts = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      rest = rest[rest.index(after: at)...]
      guard let name = percentDecoded(parts[0]), let secret = percentDecoded(parts.count > 1 ? parts[1] : "") else {
        throw refused("its user or password has a % without two hexadecimal digits after it (a % itself is %25)")
      }
      user = name
      password = parts.count > 1 ? secret : nil
    }

    let isSOCKS: Bool
    switch scheme {
    case "http": isSOCKS = false
    case "socks", "socks5", "socks5h": isSOCKS = true
    case "https": throw refused("https:// (TLS to the proxy itself) is not supported; use http:// or socks5://")
    default: throw refused("“\(scheme)” is no kind of proxy known here; use http:// or socks5://")
    }

    let (host, portText) = try Self.hostAndPort(rest)
    var port = isSOCKS ? 1080 : 3128
    if let portText {
      guard let number = Int(portText), (1...65_535).contains(number) else {
        throw refused("its port “\(portText)” is not a number from 1 to 65535")
      }
      port = number
    }
    self =
      isSOCKS
      ? .socks5(host: host, port: port, user: user, password: password)
      : .http(host: host, port: port, user: user, password: password)
  }

  private static func hostAndPort(_ text: Substring) throws(TransportError) -> (host: String, port: Substring?) {
    var host = text
    var port: Substring?
    if text.first == "[" {
      guard let end = text.firstIndex(of: "]") else { throw .badProxy("its IPv6 address has no closing bracket") }
      host = text[text.index(after: text.startIndex)..<end]
      let after = text[text.index(after: end)...]
      guard after.isEmpty || after.first == ":" else { throw .badProxy("after its “]” comes neither “:” nor the end") }
      port = after.isEmpty ? nil : after.dropFirst()
    } else if let colon = text.firstIndex(of: ":") {
      host = text[..<colon]
      port = text[text.index(after: colon)...]
      if port?.contains(":") == true { throw .badProxy("an IPv6 address must stand in brackets: [::1]:3128") }
    }
    guard !host.isEmpty else { throw .badProxy("it names no host") }
    return (String(host), port)
  }
}

extension Substring {
  fileprivate func range(ofASCII needle: StaticString) -> Range<Index>? {
    let wanted = needle.description
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(wanted) { return start..<index(start, offsetBy: wanted.count) }
      start = index(after: start)
    }
    return nil
  }
}

private func percentDecoded(_ text: Substring) -> String? {
  var bytes: [UInt8] = []
  var rest = text.utf8
  while let byte = rest.popFirst() {
    guard byte == UInt8(ascii: "%") else {
      bytes.append(byte)
      continue
    }
    guard let high = rest.popFirst().flatMap(hexadecimalValue), let low = rest.popFirst().flatMap(hexadecimalValue)
    else { return nil }
    bytes.append(high << 4 | low)
  }
  return String(validating: bytes, as: UTF8.self)
}

private func hexadecimalValue(_ byte: UInt8) -> UInt8? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
  default: nil
  }
}
