import ArgumentParser
import SpiceTransport

/// What `--listen` takes.
enum ListenAddress {
  /// `HOST:PORT`, `[v6]:PORT` or `unix:PATH`.
  static func parse(_ text: String) throws -> Address {
    if text.hasPrefix("unix:"), text.utf8.count > 5 { return .unix(path: String(text.dropFirst(5))) }
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
      (0...65_535).contains(port), colon != text.startIndex
    else { throw ValidationError("--listen takes HOST:PORT or unix:PATH, and not '\(text)'") }
    var host = String(text[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    return .tcp(host: host, port: port)
  }

  /// What a client calls it by.
  static func uri(_ address: Address, isSecure: Bool = false) -> String {
    switch address {
    case .tcp: "\(isSecure ? "spice+tls" : "spice")://\(address)"
    case .unix(let path): "spice+unix://\(path)"
    }
  }
}
