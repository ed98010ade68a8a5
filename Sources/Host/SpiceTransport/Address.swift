/// Where a peer is.
public enum Address: Sendable, Hashable {
  /// A host name or an IP literal (IPv6 without brackets), and a port from 1 to 65535 (0 where one listens: any free one).
  case tcp(host: String, port: Int)
  /// A Unix domain socket in the file system.
  case unix(path: String)
}

extension Address: CustomStringConvertible {
  /// `host:port`, `[v6]:port` or `unix:path`.
  public var description: String {
    switch self {
    case .tcp(let host, let port): host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .unix(let path): "unix:\(path)"
    }
  }

  /// The host part, where there is one.
  public var host: String? {
    switch self {
    case .tcp(let host, _): host
    case .unix: nil
    }
  }
}
