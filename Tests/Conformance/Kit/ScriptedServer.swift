import Foundation
import SpiceProtocol
import SpiceSession
import TestSupport

#if canImport(Glibc)
  import Glibc
#endif

/// A server on 127.0.0.1 that lets everybody in and says on the display channel what it was given, whatever it hears.
///
/// The link stage and the main channel are those of `SpiceSession`; each connection has a thread and a deadline.
final class ScriptedServer: Sendable {
  let port: Int
  private let listener: Int32
  private let script: [UInt8]

  /// - Parameter script: messages for the display channel, under mini headers.
  init(script: [UInt8]) throws {
    self.script = script
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard listener >= 0 else { throw PeerError("no socket: \(String(cString: strerror(errno)))") }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(listener, address, size) == 0 && listen(listener, 16) == 0 && getsockname(listener, address, &size) == 0
      }
    }
    guard isBound else {
      Glibc.close(listener)
      throw PeerError("no port to listen on: \(String(cString: strerror(errno)))")
    }
    port = Int(UInt16(bigEndian: address.sin_port))
    Thread.detachNewThread { [script] in
      while true {
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { break }
        Thread.detachNewThread { Conversation(connection, script).hold() }
      }
    }
  }

  /// No more connections.
  func close() {
    shutdown(listener, Int32(SHUT_RDWR))
    Glibc.close(listener)
  }
}

/// One connection.
private struct Conversation {
  private let connection: Int32
  private let script: [UInt8]
  private let now = Moment(microseconds: 1)

  init(_ connection: Int32, _ script: [UInt8]) {
    self.connection = connection
    self.script = script
    var patience = timeval(tv_sec: 30, tv_usec: 0)
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
  }

  func hold() {
    defer { Glibc.close(connection) }
    guard let link = link() else { return }
    switch link.channel.type {
    case .main: holdMain(link)
    case .display: holdDisplay(link)
    default: while read() != nil {}
    }
  }

  private func link() -> AcceptedLink? {
    var link = ServerLink(publicKey: Self.publicKey)
    while true {
      guard let bytes = read() else { return nil }
      do throws(LinkRefusal) { try link.receive(bytes, at: now) } catch { return nil }
      while let effect = link.next() {
        switch effect {
        case .send(let bytes): if !write(bytes) { return nil }
        case .judge(let message):
          let isMain = message.channel.type == .main
          link.accept(
            common: ServerLink.capabilities, specific: isMain ? MainServer.capabilities : Self.displayCapabilities)
        case .ticket: link.conclude(.ok)
        case .linked(let link): return link
        }
      }
    }
  }

  private func holdMain(_ link: AcceptedLink) {
    var nothing = NothingShared()
    var engine = MainServer(link, MainSettings(sessionID: 1, channels: [ChannelID(.display, 0)]))
    engine.start(at: now, &nothing)
    var bytes: [UInt8]? = []
    while let some = bytes {
      do throws(SessionError) { try engine.receive(some, at: now, &nothing) } catch { return }
      while let effect = engine.next() {
        if case .send(let bytes) = effect, !write(bytes) { return }
      }
      bytes = read()
    }
  }

  /// The client speaks first; what it says does not matter.
  private func holdDisplay(_ link: AcceptedLink) {
    if link.surplus.isEmpty, read() == nil { return }
    guard write(script) else { return }
    while read() != nil {}
  }

  private func read() -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = recv(connection, &buffer, buffer.count, 0)
    return count > 0 ? Array(buffer[..<count]) : nil
  }

  private func write(_ bytes: [UInt8]) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        buffer.baseAddress.map { send(connection, $0 + sent, buffer.count - sent, Int32(MSG_NOSIGNAL)) } ?? -1
      }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }

  private static let displayCapabilities = Capabilities([
    DisplayCapability.monitorsConfig, .composite, .a8Surface, .lz4Compression,
  ])

  /// Some RSA key of 1024 bits: whatever a client encrypts with it is as good as anything else.
  private static let publicKey: [UInt8] = {
    let text =
      "30819f300d06092a864886f70d010101050003818d0030818902818100bb1d666a52e825acdac625a5dc3715737db1bda4393170cad010"
      + "9819a7df2c27c41bdf9076821b5bf89c975a60fca03141e815a4bb6f9e7412a455edf692a4dbec9e8e272ac8b22a3a813f3c2bf7183100"
      + "1af87dd67f9771ee3d5afa45be9743365263ad3d22eb12757519a92c68bc42079da85f2cbfa89010e442e0c059997d0203010001"
    let digits = Array(text.utf8)
    return stride(from: 0, to: digits.count, by: 2).map { place in
      UInt8(String(decoding: digits[place...place + 1], as: UTF8.self), radix: 16) ?? 0
    }
  }()
}
