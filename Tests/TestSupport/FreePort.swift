import Foundation
import Synchronization

/// TCP ports of 127.0.0.1 that nobody listens on.
public enum FreePort {
  private static let given = Mutex<Set<UInt16>>([])

  /// A port that is free now and that this process has not handed out before. The kernel chooses it from its range for
  /// programs that ask for any (from 32768 on Linux), which the peer scripts leave alone.
  public static func next() throws -> Int {
    for _ in 0..<100 {
      let port = try freePort()
      if given.withLock({ $0.insert(port).inserted }) { return Int(port) }
    }
    throw PeerError("the kernel offered no port in 100 tries that this process has not used before")
  }

  private static func freePort() throws -> UInt16 {
    #if canImport(Darwin)
      let descriptor = socket(AF_INET, SOCK_STREAM, 0)
    #else
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #endif
    guard descriptor >= 0 else { throw PeerError("no socket: \(String(cString: strerror(errno)))") }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let found = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(descriptor, address, length) == 0 && getsockname(descriptor, address, &length) == 0
      }
    }
    guard found else { throw PeerError("127.0.0.1 has no free port: \(String(cString: strerror(errno)))") }
    return UInt16(bigEndian: address.sin_port)
  }
}
