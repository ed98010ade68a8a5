import SpiceTransport

/// Why there is no gateway, or why one of its consoles cannot be used. A sentence for who runs it.
public enum GatewayError: Error, Sendable, CustomStringConvertible {
  case transport(TransportError)
  /// The folder of the page.
  case web(String)
  /// The configuration file; lines count from 1.
  case configuration(file: String, line: Int?, String)
  /// A console's address, file or program.
  case console(String)
  case key(String)

  public var description: String {
    switch self {
    case .transport(let error): error.description
    case .web(let words): words
    case .configuration(let file, let line, let words): "\(file)\(line.map { ", line \($0)" } ?? ""): \(words)"
    case .console(let words): words
    case .key(let words): "no key for tickets could be made: \(words)"
    }
  }
}
