import SpiceSession

/// What became of a TCP connection's bytes, in order.
public struct StreamEvent: Sendable {
  public enum Kind: Sendable {
    /// `whole` is false where the capture began in the middle of the connection.
    case opened(client: Endpoint, server: Endpoint, whole: Bool)
    case bytes(ArraySlice<UInt8>)
    /// So many bytes were said and not captured.
    case gap(missing: Int)
    /// Says no more.
    case finished
    case reset
    /// Can take no more bytes, or can again (its TCP window is 0, or no longer).
    case blocked(Bool)
  }

  public var time: FlowTime
  public var conversation: Int
  public var speaker: Speaker
  public var kind: Kind
}

/// Puts TCP streams together again: each direction in order, each byte once, with gaps where the capture has them.
public struct TCPStreams {
  public struct Limits: Sendable {
    /// Bytes that one direction may hold back for an earlier piece.
    public var held = 4 << 20
    /// Bytes that all may.
    public var heldTogether = 64 << 20
    /// Connections at once; the one that was silent longest gives way.
    public var connections = 16_384
    /// Connections that are over and still known, for what comes late of them.
    public var ended = 1024
    /// Segments of a connection, and the time, for which a piece may be looked for that another end has acknowledged: who
    /// captures at several queues sees some answers before what they answer.
    public var overtaken = 16
    public var overtakenTime = 100_000_000 as UInt64

    public init() {}
  }

  private struct Key: Hashable {
    var first: Endpoint
    var second: Endpoint
  }

  private struct Ended: Sendable {
    var id: Int
    var key: Key
  }

  private struct Held {
    var sequence: UInt32
    var bytes: [UInt8]
    var isLast: Bool
  }

  /// One direction.
  private struct Stream {
    /// The next byte's number; nil before the first segment.
    var next: UInt32?
    /// In order of their numbers.
    var held: [Held] = []
    var heldBytes = 0
    var isOver = false
    var isBlocked = false
  }

  private struct Connection {
    var id: Int
    var client: Endpoint
    var server: Endpoint
    var fromClient = Stream()
    var fromServer = Stream()
    var lastTime: FlowTime
    /// Segments that acknowledge what has not been seen yet, in the order in which they came.
    var early: [TCPSegment] = []

    var isOver: Bool { fromClient.isOver && fromServer.isOver }

    subscript(speaker: Speaker) -> Stream {
      get { speaker == .client ? fromClient : fromServer }
      _modify {
        if speaker == .client { yield &fromClient } else { yield &fromServer }
      }
    }
  }

  public let limits: Limits
  private var places: [Key: Int] = [:]
  private var connections: [Int: Connection] = [:]
  /// Those that are over, in the order in which they ended.
  private var ended = Queue<Ended>()
  private var heldBytes = 0
  private var earlyBytes = 0
  private var opened = 0
  private var events: [StreamEvent] = []

  public init(limits: Limits = Limits()) { self.limits = limits }

  /// What has become known since the last call.
  public mutating func takeEvents() -> [StreamEvent] {
    let taken = events
    events.removeAll(keepingCapacity: true)
    return taken
  }

  public mutating func feed(_ segment: TCPSegment) {
    let id = connection(of: segment)
    guard var connection = connections[id] else { return }
    let wasOver = connection.isOver
    connections[id] = nil  // gives up this reference, so that changing it copies nothing
    connection.lastTime = max(connection.lastTime, segment.time)
    if connection.early.isEmpty && !overtakes(segment, connection) {
      process(segment, &connection)
    } else {
      // A copy of its own: the payload would keep a whole piece of the file.
      var early = segment
      early.payload = Array(segment.payload)[...]
      earlyBytes += early.payload.count
      connection.early.append(early)
      settle(&connection, at: segment.time)
    }
    connections[id] = connection
    if connection.isOver, !wasOver { keepInMind(Ended(id: id, key: key(segment))) }
  }

  /// Of very many connections those that have long been over are forgotten.
  private mutating func keepInMind(_ one: Ended) {
    ended.append(one)
    guard ended.count > limits.ended, let oldest = ended.popFirst() else { return }
    connections[oldest.id] = nil
    if places[oldest.key] == oldest.id { places[oldest.key] = nil }
  }

  /// Whether it acknowledges bytes that have not been seen.
  private func overtakes(_ segment: TCPSegment, _ connection: Connection) -> Bool {
    let other: Speaker = segment.source == connection.client ? .server : .client
    guard segment.flags & TCPFlags.ack != 0, segment.flags & TCPFlags.reset == 0, let next = connection[other].next,
      !connection[other].isOver
    else { return false }
    let covered = Int(Int32(truncatingIfNeeded: segment.acknowledgement &- next))
    return covered > 0 && covered < 1 << 30
  }

  /// Takes what nothing is missing for any more; all of it when it has waited long enough.
  private mutating func settle(_ connection: inout Connection, at time: FlowTime) {
    while let place = connection.early.firstIndex(where: { !overtakes($0, connection) }) {
      let segment = connection.early.remove(at: place)
      earlyBytes -= segment.payload.count
      process(segment, &connection)
    }
    guard let first = connection.early.first,
      connection.early.count > limits.overtaken || time.since(first.time) > limits.overtakenTime
        || earlyBytes > limits.heldTogether
    else { return }
    giveUp(&connection)
  }

  /// What is missing was not captured.
  private mutating func giveUp(_ connection: inout Connection) {
    let early = connection.early
    connection.early = []
    for segment in early {
      earlyBytes -= segment.payload.count
      process(segment, &connection)
    }
  }

  private mutating func process(_ segment: TCPSegment, _ connection: inout Connection) {
    let speaker: Speaker = segment.source == connection.client ? .client : .server
    if segment.flags & TCPFlags.ack != 0, segment.flags & TCPFlags.reset == 0 {
      blocked(&connection, speaker, segment)
      acknowledged(&connection, speaker.other, segment)
    }
    take(&connection, speaker, segment)
    if segment.flags & TCPFlags.reset != 0, !connection.isOver {
      flush(&connection, speaker, segment.time)
      emit(connection, speaker, .reset, segment.time)
      connection.fromClient.isOver = true
      connection.fromServer.isOver = true
    }
  }

  /// After the last segment: what was held back for a piece that did not come is given with its gap.
  public mutating func finish() {
    for id in connections.keys.sorted() {
      guard var connection = connections[id] else { continue }
      connections[id] = nil
      giveUp(&connection)
      for speaker in Speaker.allCases { flush(&connection, speaker, connection.lastTime) }
    }
    places = [:]
  }

  // MARK: Connections

  private func key(_ segment: TCPSegment) -> Key {
    let isSorted =
      (segment.source.port, segment.source.high, segment.source.low)
      <= (segment.destination.port, segment.destination.high, segment.destination.low)
    return isSorted
      ? Key(first: segment.source, second: segment.destination)
      : Key(first: segment.destination, second: segment.source)
  }

  private mutating func connection(of segment: TCPSegment) -> Int {
    let key = key(segment)
    let opens = segment.flags & (TCPFlags.syn | TCPFlags.ack) == TCPFlags.syn
    if let id = places[key], var known = connections[id] {
      guard opens && isNew(segment, known) else { return id }
      connections[id] = nil
      giveUp(&known)
      connections[id] = known
    }
    if connections.count >= limits.connections { dropOldest() }
    let isSyn = segment.flags & TCPFlags.syn != 0
    let isAnswer = isSyn && !opens
    // Without an opening the lower port is taken to be the server's, and a SPICE port before any other.
    let fromClient = isSyn ? !isAnswer : rank(segment.source.port) > rank(segment.destination.port)
    opened += 1
    let connection = Connection(
      id: opened, client: fromClient ? segment.source : segment.destination,
      server: fromClient ? segment.destination : segment.source, lastTime: segment.time)
    places[key] = opened
    connections[opened] = connection
    emit(
      connection, .client, .opened(client: connection.client, server: connection.server, whole: isSyn), segment.time)
    return opened
  }

  private func rank(_ port: UInt16) -> Int { (5900..<6000).contains(port) ? Int(port) - 5900 : Int(port) + 100 }

  /// The same ends begin anew: not the opening of the known connection once more.
  private func isNew(_ segment: TCPSegment, _ known: Connection) -> Bool {
    if known.isOver { return true }
    guard segment.source == known.client, let next = known.fromClient.next else { return false }
    return segment.sequence &+ 1 != next && known.fromServer.next != nil
  }

  private mutating func dropOldest() {
    guard let oldest = connections.values.min(by: { $0.lastTime < $1.lastTime }) else { return }
    var connection = oldest
    connections[oldest.id] = nil
    giveUp(&connection)
    for speaker in Speaker.allCases { flush(&connection, speaker, connection.lastTime) }
    places = places.filter { $0.value != oldest.id }
  }

  private mutating func emit(
    _ connection: Connection, _ speaker: Speaker, _ kind: StreamEvent.Kind, _ time: FlowTime
  ) {
    events.append(StreamEvent(time: time, conversation: connection.id, speaker: speaker, kind: kind))
  }

  private mutating func blocked(_ connection: inout Connection, _ speaker: Speaker, _ segment: TCPSegment) {
    let isBlocked = segment.window == 0
    guard connection[speaker].isBlocked != isBlocked, !connection.isOver else { return }
    connection[speaker].isBlocked = isBlocked
    emit(connection, speaker, .blocked(isBlocked), segment.time)
  }

  /// Who acknowledges has received: what is not here when such a segment is taken was never captured, and waiting for it
  /// any longer would only put what follows out of its order with the other end.
  private mutating func acknowledged(_ connection: inout Connection, _ speaker: Speaker, _ segment: TCPSegment) {
    guard let next = connection[speaker].next, !connection[speaker].isOver else { return }
    let covered = Int(Int32(truncatingIfNeeded: segment.acknowledgement &- next))
    guard covered > 0, covered < 1 << 30 else { return }
    let hole = connection[speaker].held.first.map { Int(Int32(truncatingIfNeeded: $0.sequence &- next)) } ?? covered
    let missing = min(covered, max(0, hole))
    if missing > 0 {
      connection[speaker].next = next &+ UInt32(truncatingIfNeeded: missing)
      emit(connection, speaker, .gap(missing: missing), segment.time)
    }
    release(&connection, speaker, segment.time)
  }

  // MARK: Bytes

  private mutating func take(_ connection: inout Connection, _ speaker: Speaker, _ segment: TCPSegment) {
    var start = segment.sequence
    if segment.flags & TCPFlags.syn != 0 {
      start &+= 1
      if connection[speaker].next == nil { connection[speaker].next = start }
    }
    let isLast = segment.flags & TCPFlags.fin != 0
    guard !segment.payload.isEmpty || segment.missing > 0 || isLast else { return }
    let next = connection[speaker].next ?? start
    connection[speaker].next = next
    guard !connection[speaker].isOver else { return }
    let ahead = Int(Int32(truncatingIfNeeded: start &- next))
    if ahead > 0 {
      hold(&connection, speaker, segment, start, isLast)
      return
    }
    deliver(&connection, speaker, segment.payload, ahead: ahead, missing: segment.missing, isLast, segment.time)
    release(&connection, speaker, segment.time)
  }

  /// Gives bytes that begin `-ahead` bytes before the next one.
  private mutating func deliver(
    _ connection: inout Connection, _ speaker: Speaker, _ bytes: ArraySlice<UInt8>, ahead: Int, missing: Int,
    _ isLast: Bool, _ time: FlowTime
  ) {
    let fresh = bytes.dropFirst(-ahead)
    let lost = max(0, min(missing, bytes.count + missing + ahead))
    let next = connection[speaker].next ?? 0
    connection[speaker].next = next &+ UInt32(truncatingIfNeeded: fresh.count + lost)
    if !fresh.isEmpty { emit(connection, speaker, .bytes(fresh), time) }
    if lost > 0 { emit(connection, speaker, .gap(missing: lost), time) }
    if isLast, !connection[speaker].isOver {
      connection[speaker].isOver = true
      heldBytes -= connection[speaker].heldBytes
      connection[speaker].held = []
      connection[speaker].heldBytes = 0
      emit(connection, speaker, .finished, time)
    }
  }

  private mutating func hold(
    _ connection: inout Connection, _ speaker: Speaker, _ segment: TCPSegment, _ start: UInt32, _ isLast: Bool
  ) {
    let origin = connection[speaker].next ?? start
    func distance(_ sequence: UInt32) -> Int32 { Int32(truncatingIfNeeded: sequence &- origin) }
    // Most late pieces come in order: look from the end.
    var place = connection[speaker].held.count
    while place > 0, distance(connection[speaker].held[place - 1].sequence) > distance(start) { place -= 1 }
    if place > 0, connection[speaker].held[place - 1].sequence == start,
      connection[speaker].held[place - 1].bytes.count >= segment.payload.count
    {
      return
    }
    let piece = Held(sequence: start, bytes: Array(segment.payload), isLast: isLast)
    connection[speaker].held.insert(piece, at: place)
    connection[speaker].heldBytes += piece.bytes.count
    heldBytes += piece.bytes.count
    let isTooMuch =
      connection[speaker].heldBytes > limits.held || heldBytes > limits.heldTogether
      || connection[speaker].held.count > 16_384
    if isTooMuch { flush(&connection, speaker, segment.time) }
  }

  /// Gives held pieces that have become the next ones.
  private mutating func release(_ connection: inout Connection, _ speaker: Speaker, _ time: FlowTime) {
    var taken = 0
    while taken < connection[speaker].held.count, let next = connection[speaker].next {
      let piece = connection[speaker].held[taken]
      let ahead = Int(Int32(truncatingIfNeeded: piece.sequence &- next))
      if ahead > 0 { break }
      taken += 1
      connection[speaker].heldBytes -= piece.bytes.count
      heldBytes -= piece.bytes.count
      deliver(&connection, speaker, piece.bytes[...], ahead: ahead, missing: 0, piece.isLast, time)
    }
    if taken > 0 { connection[speaker].held.removeFirst(min(taken, connection[speaker].held.count)) }
  }

  /// Gives all that is held, with gaps for what is missing.
  private mutating func flush(_ connection: inout Connection, _ speaker: Speaker, _ time: FlowTime) {
    while let first = connection[speaker].held.first, let next = connection[speaker].next {
      let ahead = Int(Int32(truncatingIfNeeded: first.sequence &- next))
      if ahead > 0 {
        connection[speaker].next = first.sequence
        emit(connection, speaker, .gap(missing: ahead), time)
      }
      release(&connection, speaker, time)
    }
  }
}
