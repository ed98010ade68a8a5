import SpiceTransport

/// By which names and from which pages a gateway may be called, and what browsers are told to allow its own page.
struct SitePolicy: Sendable {
  let names: Set<String>
  let origins: Set<String>
  let isSecure: Bool

  init(_ options: GatewayOptions) {
    names = Set(options.names.map { $0.lowercased() })
    origins = Set(options.origins.map { $0.lowercased() })
    isSecure = options.identity != nil
  }

  /// Whether the `Host` header names this gateway: by an IP address, as `localhost`, or by one of its names. Without that
  /// check a page elsewhere could let its own name lead here, and would be of the same origin then.
  func knows(host header: String?) -> Bool {
    guard let header, let host = Self.host(of: header.lowercased()) else { return false }
    return host == "localhost" || host.hasSuffix(".localhost") || Self.isAddress(host) || names.contains(host)
  }

  /// Whether a page of that origin may act: the gateway's own (whatever stands before it and speaks TLS for it), one that
  /// is named, or no page at all: programs that are no browsers send no origin, and no browser's rights with it.
  func admits(origin: String?, host: String?) -> Bool {
    guard let origin = origin?.lowercased() else { return true }
    if origins.contains(origin) { return true }
    guard let host = host?.lowercased() else { return false }
    return origin == "https://\(host)" || (!isSecure && origin == "http://\(host)")
  }

  /// With every response.
  func headers(host: String?) -> [(name: String, value: String)] {
    let ancestors = (["'self'"] + origins.sorted()).joined(separator: " ")
    // Some browsers count a WebSocket as another origin than the page that opens it.
    let sockets = host.map { isSecure ? " wss://\($0)" : " ws://\($0) wss://\($0)" } ?? ""
    var headers: [(name: String, value: String)] = [
      (
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self' 'unsafe-inline'; "
          + "img-src 'self' data: blob:; connect-src 'self'\(sockets); base-uri 'none'; form-action 'none'; "
          + "frame-ancestors \(ancestors)"
      ),
      ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"),
      ("Cross-Origin-Opener-Policy", "same-origin"),
      ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    ]
    if isSecure { headers.append(("Strict-Transport-Security", "max-age=31536000")) }
    return headers
  }

  /// For pages of other origins that are named.
  func sharing(origin: String?) -> [(name: String, value: String)] {
    guard let origin, origins.contains(origin.lowercased()) else {
      return [("Cross-Origin-Resource-Policy", "same-origin")]
    }
    return [
      ("Access-Control-Allow-Origin", origin), ("Vary", "Origin"), ("Cross-Origin-Resource-Policy", "cross-origin"),
    ]
  }

  /// The host of a `Host` header without its port; nil where it is none.
  private static func host(of header: String) -> String? {
    guard (1...255).contains(header.utf8.count), header.utf8.allSatisfy({ isHostByte($0) }) else { return nil }
    if header.hasPrefix("[") {
      return header.firstIndex(of: "]").map { String(header[header.index(after: header.startIndex)..<$0]) }
    }
    return header.firstIndex(of: ":").map { String(header[..<$0]) } ?? header
  }

  private static func isHostByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."),
      UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"):
      true
    default: false
    }
  }

  private static func isAddress(_ host: String) -> Bool {
    guard case .host = AddressGroup(of: .tcp(host: host, port: 0)) else { return false }
    return true
  }
}
