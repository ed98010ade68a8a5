import Foundation

/// A TCP port of 127.0.0.1 at which nothing listens, and that nobody else can take meanwhile: it is bound, and no more.
public final class DeafPort: Sendable {
  public let number: Int
  private let descriptor: CInt

  public init() throws {
    #if canImport(Darwin)
      descriptor = socket(AF_INET, SOCK_STREAM, 0)
    #else
      descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
    #endif
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { [descriptor] pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        bind(descriptor, generic, length) == 0 && getsockname(descriptor, generic, &length) == 0
      }
    }
    number = Int(UInt16(bigEndian: address.sin_port))
    guard bound, number > 0 else { throw PeerError("no port of 127.0.0.1 can be bound") }
  }

  deinit { close(descriptor) }
}
