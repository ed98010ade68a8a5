import SpicePixels
import SpiceProtocol

/// A frame that waits for its time, as it came.
struct WaitingFrame: Sendable {
  let frame: StreamFrame
  let serial: UInt64
}

/// What a server has asked to be told of a stream, and what there is to tell since the last report.
struct ReportLedger: Sendable {
  /// Frames in a row that came too late, which are told at once.
  private static let alarming: UInt32 = 3

  private let request: StreamActivateReport
  private var began: Moment?
  private var start: UInt32 = 0
  private var frames: UInt32 = 0
  private var drops: UInt32 = 0
  private var lateInARow: UInt32 = 0

  init(_ request: StreamActivateReport) { self.request = request }

  /// A frame was not shown.
  mutating func drop() { drops &+= 1 }

  /// A frame has come, before its time or after it; returns the report where there is to be one.
  mutating func take(_ frame: StreamFrame, due: Moment, sound: UInt32?, at now: Moment) -> StreamReport? {
    if began == nil {
      began = now
      start = frame.multimediaTime
    }
    frames &+= 1
    lateInARow = due < now ? lateInARow &+ 1 : 0
    let isLong = now.since(began ?? now) / 1000 >= UInt64(request.timeout)
    guard frames >= request.maximumWindow || isLong || lateInARow >= Self.alarming else { return nil }
    let lead = Int64(due.since(now) / 1000) - Int64(now.since(due) / 1000)
    let report = StreamReport(
      stream: request.stream, unique: request.unique, startFrameTime: start, endFrameTime: frame.multimediaTime,
      frames: frames, drops: drops, lastFrameDelay: Int32(clamping: lead), audioDelay: sound ?? .max)
    self = ReportLedger(request)
    return report
  }
}

extension DisplayEngine {
  /// Keeps a frame until its time, and reports on its stream where that was asked for.
  mutating func keep(_ frame: StreamFrame, _ serial: UInt64, at now: Moment, _ store: DisplayStore) {
    streams[frame.id]?.waiting.append(WaitingFrame(frame: frame, serial: serial))
    waitingFrames += 1
    waitingFrameBytes += frame.data.count
    let due = store.clock.moment(of: frame.multimediaTime, at: now) ?? now
    let sound = store.clock.soundDelay(at: now)
    if let report = streams[frame.id]?.report?.take(frame, due: due, sound: sound, at: now) {
      channel.send(DisplayClientMessage.streamReport(report))
    }
  }

  /// Hands on the frames whose time has come, and notes when that of the next will. Where the time of several has come, the
  /// last of them is shown: those under it are late.
  mutating func releaseFrames(at now: Moment, _ store: inout DisplayStore) throws(SessionError) {
    alarm = nil
    if waitingFrames == 0 { return }
    for id in streams.keys.sorted() {
      guard let stream = streams[id], !stream.waiting.isEmpty else { continue }
      let waiting = stream.waiting
      let times = waiting.map { store.clock.moment(of: $0.frame.multimediaTime, at: now) }
      // One that is stamped by another clock is shown when it comes, and so is what came before it.
      let due = times.lastIndex { ($0 ?? now) <= now }.map { waiting[...$0] } ?? []
      streams[id]?.waiting.removeFirst(due.count)
      noteGone(due)
      if due.count < waiting.count, let next = times[due.count] { alarm = min(alarm ?? next, next) }
      guard let newest = due.last else { continue }
      let area = stream.destination(of: newest.frame)
      for (place, one) in due.enumerated() {
        // Without a clock all are on time.
        let isLate =
          place < due.count - 1 && times[place] != nil && area.contains(stream.destination(of: one.frame))
        try release(one, isLate: isLate, &store)
      }
    }
  }

  /// Drops the frames of a stream that ends: what is drawn next is the picture.
  mutating func dropFrames(of stream: Stream) { noteGone(stream.waiting[...]) }

  private mutating func noteGone(_ frames: ArraySlice<WaitingFrame>) {
    waitingFrames -= frames.count
    waitingFrameBytes -= frames.reduce(0) { $0 + $1.frame.data.count }
  }
}
