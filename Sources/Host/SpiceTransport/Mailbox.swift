import Synchronization

/// What came from a peer and was not read yet, what is written and not sent yet, and who waits for either.
///
/// The event loop's thread puts bytes in; any task takes them out. Both directions are bounded: past `readAheadLimit`
/// the socket is not read any more, and past `unsentLimit` writers wait.
final class Mailbox: Sendable {
  /// Bytes read ahead before the socket is left alone, and the fill at which it is read again.
  static let readAheadLimit = 256 << 10
  static let readAheadRestart = 64 << 10
  /// Most bytes that one `read` returns, unless one read of the socket brought more.
  static let chunkLimit = 64 << 10
  /// Bytes handed over for sending past which a writer waits, and the rest at which it goes on.
  static let unsentLimit = 256 << 10
  static let unsentRestart = 64 << 10
  /// Bytes that may pile up from those who do not wait.
  static let pileLimit = 4 << 20
  /// A waiting reader gets bytes as soon as there are this many, and else when the socket has no more for now.
  private static let eager = 16 << 10

  enum Ending: Sendable {
    /// The peer said what it had to say, or this side closed.
    case finished
    case failed(TransportError)
  }

  enum Reading: Sendable {
    case bytes([UInt8])
    case ending(Ending)
  }

  private typealias Reader = UnsafeContinuation<Reading, Never>
  private typealias Writer = UnsafeContinuation<TransportError?, Never>

  private struct State {
    var chunks: [[UInt8]] = []
    var unread = 0
    var received = 0
    /// The pipeline wanted to read the socket and was held back.
    var isHeldBack = false
    var unsent = 0
    var ending: Ending?
    var reader: (ticket: UInt64, continuation: Reader)?
    var writers: [(ticket: UInt64, continuation: Writer)] = []
    var lastTicket: UInt64 = 0

    mutating func nextTicket() -> UInt64 {
      lastTicket &+= 1
      return lastTicket
    }

    mutating func takeChunk() -> [UInt8]? {
      guard !chunks.isEmpty else { return nil }
      let chunk = chunks.removeFirst()
      unread -= chunk.count
      return chunk
    }
  }

  let peer: Address
  private let state = Mutex(State())

  init(peer: Address) { self.peer = peer }

  // MARK: From the event loop

  /// Adds what came from the socket.
  func append(_ bytes: UnsafeRawBufferPointer) {
    guard !bytes.isEmpty else { return }
    let due = state.withLock { state -> (Reader, Reading)? in
      if let last = state.chunks.indices.last, state.chunks[last].count + bytes.count <= Self.chunkLimit {
        state.chunks[last].append(contentsOf: bytes)
      } else {
        state.chunks.append([UInt8](bytes))
      }
      state.unread += bytes.count
      state.received += bytes.count
      return state.unread >= Self.eager ? Self.serveReader(&state) : nil
    }
    due.map { $0.resume(returning: $1) }
  }

  /// Hands what came to a waiting reader.
  func deliver() {
    let due = state.withLock { Self.serveReader(&$0) }
    due.map { $0.resume(returning: $1) }
  }

  /// Whether the socket may be read now. After false, a later `read` tells its caller to ask again.
  func admitsReading() -> Bool {
    state.withLock { state in
      state.isHeldBack = state.unread >= Self.readAheadLimit
      return !state.isHeldBack
    }
  }

  /// Nothing more will come or go. The first ending counts; bytes that came before it can still be read.
  func end(_ ending: Ending) {
    let (reader, writers) = state.withLock { state -> ((Reader, Reading)?, [Writer]) in
      guard state.ending == nil else { return (nil, []) }
      state.ending = ending
      let writers = state.writers.map(\.continuation)
      state.writers = []
      return (Self.serveReader(&state), writers)
    }
    reader.map { $0.resume(returning: $1) }
    for writer in writers { writer.resume(returning: writeFailure(ending)) }
  }

  /// `count` bytes of `beginWrite` were sent, or never will be.
  func finishWrite(_ count: Int) {
    let writers = state.withLock { state -> [Writer] in
      state.unsent -= count
      guard state.unsent <= Self.unsentRestart else { return [] }
      let writers = state.writers.map(\.continuation)
      state.writers = []
      return writers
    }
    for writer in writers { writer.resume(returning: nil) }
  }

  /// What a `read` would find now, left where it is.
  func peek() -> Reading? {
    state.withLock { state in state.chunks.first.map(Reading.bytes) ?? state.ending.map(Reading.ending) }
  }

  /// What came and was not read, and the ending where there is one. For who takes over from here.
  func takeAll() -> (chunks: [[UInt8]], ending: Ending?) {
    state.withLock { state in
      defer {
        state.chunks = []
        state.unread = 0
        state.isHeldBack = false
      }
      return (state.chunks, state.ending)
    }
  }

  /// Bytes handed over for sending that have not left.
  var unsent: Int { state.withLock { $0.unsent } }

  /// How many bytes ever came.
  var received: Int { state.withLock { $0.received } }

  // MARK: From tasks

  /// Puts bytes that were read and not used before all others. Nobody may be reading.
  func putBack(_ bytes: [UInt8]) {
    state.withLock { state in
      state.chunks.insert(bytes, at: 0)
      state.unread += bytes.count
    }
  }

  /// The next bytes, or nil at the end.
  ///
  /// - Parameter restart: called where the socket was left alone and should be read again.
  func read(restart: () -> Void) async throws(TransportError) -> [UInt8]? {
    let (ready, mustRestart, ticket) = state.withLock { state -> (Reading?, Bool, UInt64) in
      let chunk = state.takeChunk()
      let mustRestart = state.isHeldBack && state.unread <= Self.readAheadRestart
      if mustRestart { state.isHeldBack = false }
      return (chunk.map(Reading.bytes) ?? state.ending.map(Reading.ending), mustRestart, state.nextTicket())
    }
    if mustRestart { restart() }
    let reading: Reading
    if let ready {
      reading = ready
    } else {
      reading = await withTaskCancellationHandler {
        await withUnsafeContinuation { awaitBytes(ticket: ticket, continuation: $0) }
      } onCancel: {
        cancelRead(ticket: ticket)
      }
    }
    switch reading {
    case .bytes(let bytes): return bytes
    case .ending(.finished): return nil
    case .ending(.failed(let error)): throw error
    }
  }

  /// Counts bytes that are about to be handed over for sending; true where none wait before them.
  func beginWrite(_ count: Int) throws(TransportError) -> Bool {
    let (isFirst, ending) = state.withLock { state in
      let isFirst = state.unsent == 0
      if state.ending == nil { state.unsent += count }
      return (isFirst, state.ending)
    }
    if let ending { throw writeFailure(ending) }
    return isFirst
  }

  /// Returns at once where no more than `limit` bytes wait to be sent, else when no more than `unsentRestart` do.
  /// Cancellation ends the wait, not the sending.
  func awaitRoom(past limit: Int = unsentLimit) async throws(TransportError) {
    let (isFull, ticket) = state.withLock { ($0.unsent > limit, $0.nextTicket()) }
    guard isFull else { return }
    let failure = await withTaskCancellationHandler {
      await withUnsafeContinuation { (continuation: Writer) in
        let (isOver, ending) = state.withLock { state -> (Bool, Ending?) in
          let isOver = state.ending != nil || state.unsent <= limit
          if !isOver { state.writers.append((ticket, continuation)) }
          return (isOver, state.ending)
        }
        if isOver {
          continuation.resume(returning: ending.map(writeFailure))
        } else if Task.isCancelled {
          cancelWrite(ticket: ticket)
        }
      }
    } onCancel: {
      cancelWrite(ticket: ticket)
    }
    if let failure { throw failure }
  }

  // MARK: Inside

  private static func serveReader(_ state: inout State) -> (Reader, Reading)? {
    guard let reader = state.reader?.continuation else { return nil }
    if let chunk = state.takeChunk() {
      state.reader = nil
      return (reader, .bytes(chunk))
    }
    guard let ending = state.ending else { return nil }
    state.reader = nil
    return (reader, .ending(ending))
  }

  private func awaitBytes(ticket: UInt64, continuation: Reader) {
    let due = state.withLock { state -> (Reader, Reading)? in
      guard state.reader == nil else { return (continuation, .ending(.failed(.alreadyReading(peer)))) }
      state.reader = (ticket, continuation)
      return Self.serveReader(&state)
    }
    if let due {
      due.0.resume(returning: due.1)
    } else if Task.isCancelled {
      cancelRead(ticket: ticket)
    }
  }

  private func cancelRead(ticket: UInt64) {
    let reader = state.withLock { state -> Reader? in
      guard let reader = state.reader, reader.ticket == ticket else { return nil }
      state.reader = nil
      return reader.continuation
    }
    reader?.resume(returning: .ending(.failed(.cancelled)))
  }

  private func cancelWrite(ticket: UInt64) {
    let writer = state.withLock { state -> Writer? in
      guard let index = state.writers.firstIndex(where: { $0.ticket == ticket }) else { return nil }
      return state.writers.remove(at: index).continuation
    }
    writer?.resume(returning: .cancelled)
  }

  private func writeFailure(_ ending: Ending) -> TransportError {
    switch ending {
    case .finished: .closed(peer)
    case .failed(let error): error
    }
  }
}
