/// Whom a limit per address counts together: an IPv4 address, also where it comes as an IPv6 one; of other IPv6 addresses
/// the network (64 bits), for one machine has as many addresses there as it likes.
package enum AddressGroup: Hashable, Sendable {
  case host([UInt8])
  case name(String)

  /// Nil for Unix sockets, whose callers all look alike.
  package init?(of peer: Address) {
    guard case .tcp(let host, _) = peer else { return nil }
    guard let bytes = CertificateCheck.addressBytes(host) else {
      self = .name(host)
      return
    }
    let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
    if bytes.count == 16, bytes.starts(with: mapped) {
      self = .host(Array(bytes[12...]))
    } else {
      self = .host(Array(bytes.prefix(bytes.count == 16 ? 8 : 4)))
    }
  }
}
