import NIOCore
import NIOSSL
import NIOTLS

/// Sits behind the TLS handler until the handshake is over one way or the other, and lets nothing pass before.
final class HandshakeHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let opening: OpeningBytesHandler
  private let target: Address
  private let time: Duration
  private let deadline: NIODeadline
  private let check: () throws(TransportError) -> TLSInformation
  private let explain: () -> CertificateProblem?
  private let outcome: (Result<TLSInformation, TransportError>) -> Void
  private var alarm: Scheduled<Void>?
  private var isOver = false
  private var isAccepted = false

  /// - Parameters:
  ///   - check: called when the library is content; refuses or accepts the peer.
  ///   - explain: called when it has refused the certificate.
  ///   - outcome: called once.
  init(
    opening: OpeningBytesHandler, target: Address, time: Duration, deadline: NIODeadline,
    check: @escaping () throws(TransportError) -> TLSInformation, explain: @escaping () -> CertificateProblem?,
    outcome: @escaping (Result<TLSInformation, TransportError>) -> Void
  ) {
    self.opening = opening
    self.target = target
    self.time = time
    self.deadline = deadline
    self.check = check
    self.explain = explain
    self.outcome = outcome
  }

  func handlerAdded(context: ChannelHandlerContext) {
    let context = NIOLoopBound(context, eventLoop: context.eventLoop)
    alarm = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
      self.fail(
        .timedOut(.tlsHandshake, self.target, after: self.time, received: self.opening.count), context: context.value)
    }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    fail(.closedDuring(.tlsHandshake, target), context: context)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard !isOver, case TLSUserEvent.handshakeCompleted? = event as? TLSUserEvent else {
      return context.fireUserInboundEventTriggered(event)
    }
    do throws(TransportError) {
      let information = try check()
      isAccepted = true
      finish(.success(information))
      context.pipeline.syncOperations.removeHandler(opening, promise: nil)
      context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    } catch {
      fail(error, context: context)
    }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    // A refused peer may have sent more before it hears of it.
    guard isAccepted else { return }
    context.fireChannelRead(data)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard !isOver else { return context.fireErrorCaught(error) }
    fail(failure(for: error), context: context)
  }

  func channelInactive(context: ChannelHandlerContext) {
    fail(notTLS ?? .closedDuring(.tlsHandshake, target), context: context)
    context.fireChannelInactive()
  }

  private func failure(for error: any Error) -> TransportError {
    if let notTLS { return notTLS }
    switch error {
    case NIOSSLError.handshakeFailed(.sslError([.eofDuringHandshake])): return .closedDuring(.tlsHandshake, target)
    case NIOSSLError.handshakeFailed(let error):
      let reason = tlsReason(error)
      guard reason.contains("certificate verify failed") else { return .tlsFailed(target, reason: reason) }
      return .certificate(target, explain() ?? .unreadable(reason: "the TLS library says: \(reason)"))
    default:
      if case .failed(let error) = ending(for: error, peer: target) { return error }
      return .closedDuring(.tlsHandshake, target)
    }
  }

  private var notTLS: TransportError? {
    opening.isTLS ? nil : .notTLS(target, seen: opening.bytes)
  }

  private func fail(_ error: TransportError, context: ChannelHandlerContext) {
    guard !isOver else { return }
    finish(.failure(error))
    context.close(promise: nil)
  }

  private func finish(_ result: Result<TLSInformation, TransportError>) {
    isOver = true
    alarm?.cancel()
    alarm = nil
    outcome(result)
  }
}

/// Notes the first bytes that come from the socket, before the TLS handler takes them.
final class OpeningBytesHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  static let kept = 16
  private(set) var bytes: [UInt8] = []
  private(set) var count = 0

  /// False where what came begins with no record of TLS: change cipher spec, alert, handshake or data (20 to 23).
  var isTLS: Bool { bytes.first.map { (20...23).contains($0) } ?? true }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let buffer = unwrapInboundIn(data)
    count += buffer.readableBytes
    if bytes.count < Self.kept { bytes += buffer.readableBytesView.prefix(Self.kept - bytes.count) }
    context.fireChannelRead(data)
  }
}
