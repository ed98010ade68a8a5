/// Where a peer is.
public enum Address: Sendable, Hashable {
  /// A host name or an IP literal (IPv6 without brackets), and a port from 1 to 65535 (0 where one listens: any free one).
  case tcp(host: String, port: Int)
  /// A Unix domain socket in the file system.
  case unix(path: String)
}

extension Address: CustomStringConvertible {
  /// `host:port`, `[v6]:port` or `unix:path`. The host that Proxmox names is a ticket for its proxy, and not shown.
  public var description: String {
    switch self {
    case .tcp(let host, let port) where host.hasPrefix("pvespiceproxy:"): "pvespiceproxy:(hidden):\(port)"
    case .tcp, .unix: authority
    }
  }

  /// The same as it goes on the wire. Only addresses of IPv6 stand in brackets: other hosts with colons in them are
  /// Proxmox's tickets, which its proxy takes as they are.
  var authority: String {
    switch self {
    case .tcp(let host, let port):
      CertificateCheck.addressBytes(host)?.count == 16 ? "[\(host)]:\(port)" : "\(host):\(port)"
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
