/// Everything between a capture file and its events: packets, streams, conversations. Feed the file's bytes in pieces,
/// then drain.
public struct CaptureFlow {
  private var capture = CaptureReader()
  private var streams = TCPStreams()
  private var reader = FlowReader()
  /// What is wrong with the file, at most a hundred.
  public private(set) var problems: [String] = []
  /// Packets that gave nothing, by reason.
  public private(set) var skipped: [PacketSkip: Int] = [:]
  public private(set) var packets = 0

  public init() {}

  /// The latest time in the file.
  public var now: FlowTime { reader.now }

  /// Takes a piece of the file and gives what is in it.
  public mutating func feed(_ bytes: [UInt8], _ body: (FlowEvent) throws -> Void) rethrows {
    capture.feed(bytes)
    while let item = capture.next() {
      switch item {
      case .comment: break
      case .watched(let time): reader.watch(until: time)
      case .problem(let problem): note(problem.description)
      case .packet(let packet):
        packets += 1
        switch packet.content {
        case .skipped(let reason): skipped[reason, default: 0] += 1
        case .tcp(let segment):
          streams.feed(segment)
          try drain(body)
        }
      }
    }
  }

  /// The file is over.
  public mutating func finish(_ body: (FlowEvent) throws -> Void) rethrows {
    if let problem = capture.finish() { note(problem.description) }
    streams.finish()
    try drain(body)
    reader.finish()
    for event in reader.takeEvents() { try body(event) }
    for (reason, count) in skipped.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      note("\(count) packets were passed over: \(reason.rawValue)")
    }
  }

  private mutating func note(_ problem: String) {
    if problems.count < 100 { problems.append(problem) }
  }

  private mutating func drain(_ body: (FlowEvent) throws -> Void) rethrows {
    for event in streams.takeEvents() {
      reader.feed(event)
      for event in reader.takeEvents() { try body(event) }
      switch event.kind {
      case .finished, .reset: reader.forgetClosed(event.conversation)
      default: break
      }
    }
  }
}
