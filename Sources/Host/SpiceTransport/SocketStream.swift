import NIOCore

/// A channel whose bytes end in a mailbox: what `Connection` wraps, and what the handshakes before it talk through.
struct SocketStream: Sendable {
  let channel: any Channel
  let mailbox: Mailbox
  let shortcut = Shortcut()

  init(channel: any Channel, mailbox: Mailbox) {
    self.channel = channel
    self.mailbox = mailbox
  }

  /// Of a channel that a socket at `address` has just accepted; on its event loop.
  init(accepted channel: any Channel, at address: Address) throws {
    // The callers at a Unix socket have no name of their own.
    let peer = channel.remoteAddress.flatMap { Address($0) } ?? address
    self.init(channel: channel, mailbox: Mailbox(peer: peer))
    try channel.pipeline.syncOperations.addHandler(MailboxHandler(mailbox))
  }

  var localAddress: Address? { channel.localAddress.flatMap { Address($0) } }
  var remoteAddress: Address? { channel.remoteAddress.flatMap { Address($0) } }

  func read() async throws(TransportError) -> [UInt8]? {
    try await mailbox.read(restart: { channel.read() })
  }

  func write(_ bytes: [UInt8]) async throws(TransportError) {
    try hand(over: [bytes])
    try await mailbox.awaitRoom()
  }

  /// - Parameter together: small pieces may become one, which is handed to the network's thread in one go.
  func enqueue(_ pieces: [[UInt8]], together: Bool = false) throws(TransportError) {
    guard mailbox.unsent <= Mailbox.pileLimit else { throw .notTaken(mailbox.peer, bytes: mailbox.unsent) }
    try hand(over: together ? Self.joined(pieces) : pieces)
  }

  /// Bytes for which copying once more is cheaper than handing over piece by piece.
  private static let joinLimit = 16 << 10

  /// The same bytes in fewer pieces: what follows one another is one as long as it is small.
  private static func joined(_ pieces: [[UInt8]]) -> [[UInt8]] {
    guard pieces.count > 1 else { return pieces }
    let capacity = min(joinLimit, pieces.reduce(0) { $0 + $1.count })
    var all: [[UInt8]] = []
    for piece in pieces {
      if let last = all.indices.last, all[last].count + piece.count <= joinLimit {
        all[last].reserveCapacity(capacity)
        all[last] += piece
      } else {
        all.append(piece)
      }
    }
    return all
  }

  private func hand(over pieces: [[UInt8]]) throws(TransportError) {
    let pieces = pieces.filter { !$0.isEmpty }
    guard !pieces.isEmpty else { return }
    let count = pieces.reduce(0) { $0 + $1.count }
    let isOnLoop = channel.eventLoop.inEventLoop
    let isDirect = try shortcut.withWay { (way) throws(TransportError) in
      let isFirst = try mailbox.beginWrite(count)
      if !isOnLoop { pass(way.flatMap { isFirst ? rest(of: pieces, after: $0) : nil } ?? pieces) }
      return way != nil
    }
    guard isOnLoop else { return }
    if isDirect {
      // Behind what other threads have handed to this one.
      channel.eventLoop.execute { pass(pieces) }
    } else {
      pass(pieces)
    }
  }

  /// What the socket does not take at once.
  private func rest(of pieces: [[UInt8]], after way: Shortcut.Way) -> [[UInt8]] {
    for (place, piece) in pieces.enumerated() {
      let sent = way.send(piece, isLast: place == pieces.count - 1)
      if sent > 0 { mailbox.finishWrite(sent) }
      if sent < piece.count { return [[UInt8](piece[sent...])] + pieces[(place + 1)...] }
    }
    return []
  }

  /// Hands over to the network's thread.
  private func pass(_ pieces: [[UInt8]]) {
    guard let last = pieces.last else { return }
    for piece in pieces.dropLast() { channel.write(buffer(piece), promise: promise(piece.count)) }
    channel.writeAndFlush(buffer(last), promise: promise(last.count))
  }

  private func buffer(_ bytes: [UInt8]) -> ByteBuffer { channel.allocator.buffer(bytes: bytes) }

  /// Notes how the sending of so many bytes ended.
  private func promise(_ count: Int) -> EventLoopPromise<Void> {
    let sent = channel.eventLoop.makePromise(of: Void.self)
    sent.futureResult.whenComplete { [mailbox] result in
      if case .failure(let error) = result { mailbox.end(ending(for: error, peer: mailbox.peer)) }
      mailbox.finishWrite(count)
    }
    return sent
  }

  /// Ends the connection without waiting for anything.
  func abort() {
    mailbox.end(.finished)
    channel.close(promise: nil)
  }

  /// Ends the connection at `deadline` with that error, unless the returned task is cancelled before.
  func fail(at deadline: NIODeadline, with error: @escaping @Sendable () -> TransportError) -> Scheduled<Void> {
    channel.eventLoop.scheduleTask(deadline: deadline) {
      mailbox.end(.failed(error()))
      channel.close(promise: nil)
    }
  }
}

/// The last handler of each pipeline: fills the mailbox, and lets the socket be read only while there is room.
final class MailboxHandler: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  let mailbox: Mailbox

  init(_ mailbox: Mailbox) { self.mailbox = mailbox }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    unwrapInboundIn(data).withUnsafeReadableBytes { mailbox.append($0) }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    mailbox.deliver()
  }

  func read(context: ChannelHandlerContext) {
    if mailbox.admitsReading() { context.read() }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    mailbox.end(ending(for: error, peer: mailbox.peer))
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    mailbox.end(.finished)
  }
}
