import NIOCore

/// Asks a proxy, over a stream that stands, for a connection to a peer.
///
/// swift-nio-extras has both protocols as channel handlers; its SOCKS client knows no password, and its HTTP one keeps
/// the status line to itself. As these are a few bytes back and forth, they are written out here.
struct ProxyHandshake {
  let stream: SocketStream
  let proxy: Proxy
  let target: Address
  /// Bytes that came and are not used yet.
  private var unread: [UInt8] = []

  /// Most bytes of an HTTP proxy's answer before its empty line.
  private static let headLimit = 16 << 10

  static func perform(on stream: SocketStream, proxy: Proxy, target: Address) async throws(TransportError) {
    guard case .tcp(let host, let port) = target else {
      throw .badAddress(target, reason: "a proxy cannot reach a Unix socket")
    }
    guard (1...65_535).contains(port), !host.isEmpty, host.utf8.count <= 255,
      host.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F })
    else {
      throw .badAddress(target, reason: "a proxy takes a host of 1 to 255 bytes without spaces, and a port")
    }
    var handshake = ProxyHandshake(stream: stream, proxy: proxy, target: target)
    switch proxy {
    case .http(_, _, let user, let password):
      try await handshake.connectHTTP(user: user, password: password)
    case .socks5(_, _, let user, let password):
      try await handshake.connectSOCKS(host: host, port: UInt16(port), user: user, password: password)
    }
    // What the peer itself already said stays readable.
    if !handshake.unread.isEmpty { stream.mailbox.putBack(handshake.unread) }
  }

  private init(stream: SocketStream, proxy: Proxy, target: Address) {
    self.stream = stream
    self.proxy = proxy
    self.target = target
  }

  // MARK: HTTP

  private mutating func connectHTTP(user: String?, password: String?) async throws(TransportError) {
    var request = "CONNECT \(target.authority) HTTP/1.1\r\nHost: \(target.authority)\r\n"
    if let user {
      request += "Proxy-Authorization: Basic \(base64(Array("\(user):\(password ?? "")".utf8)))\r\n"
    }
    try await send(Array("\(request)\r\n".utf8))

    // An interim answer (1xx) may come before the one that counts.
    while true {
      let (status, reason) = try statusLine(of: try await head())
      if (200..<300).contains(status) { return }
      if !(100..<200).contains(status) { throw .proxyRefused(proxy, target: target, .status(status, reason: reason)) }
    }
  }

  /// The lines up to an empty one, without it.
  private mutating func head() async throws(TransportError) -> [UInt8] {
    var searched = 0
    while true {
      if let end = endOfHead(from: searched) {
        let head = Array(unread[..<end.lowerBound])
        unread.removeSubrange(..<end.upperBound)
        return head
      }
      if !unread.prefix(5).elementsEqual("HTTP/".utf8.prefix(unread.count)) { throw await stranger() }
      guard unread.count < Self.headLimit else {
        throw .notAProxy(proxy, reason: "its answer has more than \(Self.headLimit) bytes of headers")
      }
      searched = max(0, unread.count - 3)
      try await receive()
    }
  }

  private func endOfHead(from start: Int) -> Range<Int>? {
    let end: [UInt8] = [13, 10, 13, 10]
    guard unread.count >= 4 else { return nil }
    for index in start...(unread.count - 4) where unread[index..<(index + 4)].elementsEqual(end) {
      return index..<(index + 4)
    }
    return nil
  }

  private func statusLine(of head: [UInt8]) throws(TransportError) -> (Int, String) {
    let line = head.prefix { $0 != 13 && $0 != 10 }
    let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 2, omittingEmptySubsequences: true)
    guard parts.count >= 2, parts[0].starts(with: "HTTP/1.".utf8), parts[1].count == 3,
      let status = Int(String(decoding: parts[1], as: UTF8.self)), status >= 100
    else {
      throw .notAProxy(proxy, reason: "its answer has no HTTP status line: \(greetingDescription(Array(line)))")
    }
    let reason = parts.count > 2 ? parts[2].prefix(80).filter { $0 >= 0x20 && $0 < 0x7F } : []
    return (status, String(decoding: reason, as: UTF8.self))
  }

  // MARK: SOCKS 5

  private mutating func connectSOCKS(
    host: String, port: UInt16, user: String?, password: String?
  ) async throws(TransportError) {
    // RFC 1928, section 3: version, number of methods, methods (0 nobody asks, 2 user and password).
    try await send(user == nil ? [5, 1, 0] : [5, 2, 0, 2])
    let choice = try await exactly(2)
    guard choice[0] == 5 else {
      unread = choice + unread
      throw await stranger()
    }
    switch (choice[1], user) {
    case (0, _): break
    case (2, let user?): try await logIn(user: user, password: password ?? "")
    default:
      throw .proxyRefused(proxy, target: target, .noLoginAccepted(offeredPassword: user != nil))
    }

    // Section 4: version, connect, reserved, kind of address, address, port.
    var request: [UInt8] = [5, 1, 0]
    if let address = CertificateCheck.addressBytes(host) {
      request += [address.count == 4 ? 1 : 4] + address
    } else {
      request += [3, UInt8(host.utf8.count)] + Array(host.utf8)
    }
    try await send(request + [UInt8(port >> 8), UInt8(port & 0xFF)])

    // Section 6: version, reply, reserved, then the address that the proxy uses, which nobody needs.
    let reply = try await exactly(4)
    guard reply[0] == 5 else { throw .notAProxy(proxy, reason: "its reply has version \(reply[0]), not 5") }
    guard reply[1] == 0 else { throw .proxyRefused(proxy, target: target, .reply(reply[1])) }
    switch reply[3] {
    case 1: _ = try await exactly(4 + 2)
    case 4: _ = try await exactly(16 + 2)
    case 3: _ = try await exactly(Int(try await exactly(1)[0]) + 2)
    default: throw .notAProxy(proxy, reason: "its reply has an address of kind \(reply[3]), which is 1, 3 or 4")
    }
  }

  /// RFC 1929.
  private mutating func logIn(user: String, password: String) async throws(TransportError) {
    let user = Array(user.utf8)
    let password = Array(password.utf8)
    guard (1...255).contains(user.count), password.count <= 255 else {
      throw .badProxy("SOCKS takes a user of 1 to 255 bytes and a password of at most 255")
    }
    try await send([1, UInt8(user.count)] + user + [UInt8(password.count)] + password)
    let answer = try await exactly(2)
    guard answer[1] == 0 else { throw .proxyRefused(proxy, target: target, .loginRejected) }
  }

  // MARK: Reading and writing

  private mutating func exactly(_ count: Int) async throws(TransportError) -> [UInt8] {
    while unread.count < count { try await receive() }
    let bytes = Array(unread[..<count])
    unread.removeFirst(count)
    return bytes
  }

  /// Names who answered instead of a proxy. Four bytes tell the protocols apart, and need not come at once.
  private mutating func stranger() async -> TransportError {
    while unread.count < 4 {
      do throws(TransportError) { try await receive() } catch { break }
    }
    return Task.isCancelled ? .cancelled : .notAProxy(proxy, reason: greetingDescription(unread))
  }

  private func send(_ bytes: [UInt8]) async throws(TransportError) {
    do throws(TransportError) {
      try await stream.write(bytes)
    } catch .closed {
      throw .closedDuring(.proxy, proxy.address)
    }
  }

  private mutating func receive() async throws(TransportError) {
    guard let bytes = try await stream.read() else { throw .closedDuring(.proxy, proxy.address) }
    unread += bytes
  }
}

/// RFC 4648, section 4.
func base64(_ bytes: [UInt8]) -> String {
  let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  var text: [UInt8] = []
  for start in stride(from: 0, to: bytes.count, by: 3) {
    let group = bytes[start..<min(start + 3, bytes.count)]
    let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
    for place in 0..<4 {
      text.append(place <= group.count ? letters[bits >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
    }
  }
  return String(decoding: text, as: UTF8.self)
}
