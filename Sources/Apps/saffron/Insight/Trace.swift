import Dispatch
import SpiceInsight
import SpiceTransport
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What connections say while they live: recorded, told and judged. Shared by all of them.
///
/// That is done on a thread of its own, in the order in which things are noted: no connection waits for a file or a
/// judgement, unless so much of what they said waits for that that memory would have to bear it.
final class Trace: Sendable {
  struct Options {
    /// Nil: nothing is written.
    var file: String?
    var keepsSecrets = false
    /// Tells what is said, on standard output, or on standard error where the file is standard output.
    var report: FlowReport.Options?
    /// Decode GLZ images to judge their references; who decodes them anyway notices by itself.
    var followsGLZ = true
  }

  private struct State {
    var recorder: Recorder
    var report: FlowReport?
    var start: FlowTime?
    /// Nil where nothing is written, any more or at all.
    var file: Int32?
    var failure: String?
    var nextPort: UInt16 = 49_152
  }

  private let state: Mutex<State>
  private let path: String
  private let isForPeople: Bool
  private let wall: UInt64
  private let begun = ContinuousClock.now
  private let thread = DispatchQueue(label: "saffron.trace", qos: .userInitiated)
  /// How many began; noted in that order, so that the recorder has the same number for each.
  private let connections = Mutex(0)
  /// Bytes that are noted and not recorded.
  private let waiting = Atomic(0)

  /// Of those; who notes more waits.
  private static let waitingLimit = 8 << 20

  init(_ options: Options) throws(FileFailure) {
    path = options.file ?? ""
    isForPeople = options.report?.format.isForPeople ?? false
    var file: Int32?
    if let name = options.file {
      let opened = name == "-" ? STDOUT_FILENO : open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
      guard opened >= 0 else { throw FileFailure(description: "cannot write \(name): \(Self.reason)") }
      file = opened
    }
    var recording = Recorder.Options()
    recording.keepsSecrets = options.keepsSecrets
    recording.application = "saffron \(Saffron.configuration.version)"
    recording.keepsEvents = options.report != nil
    recording.diagnosis.followsGLZ = options.followsGLZ
    do {
      let recorder = try Recorder(options: recording, put: file.map { file in { try Self.write($0, to: file) } })
      state = Mutex(State(recorder: recorder, report: options.report.map { FlowReport(options: $0) }, file: file))
    } catch {
      throw FileFailure(description: "cannot write \(options.file ?? ""): \(error)")
    }
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    wall = UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
  }

  /// A connection between these two began; ends without a number of their own get one.
  func begin(client: Address?, server: Address?) -> Int {
    connections.withLock { number in
      number += 1
      note { state, now in
        let port = state.nextPort
        state.nextPort = port == .max ? 49_152 : port + 1
        _ = try state.recorder.open(
          client: SpiceInsight.Endpoint(client, port: port), server: SpiceInsight.Endpoint(server, port: 5900), at: now)
      }
      return number
    }
  }

  func record(_ bytes: [UInt8], from speaker: Speaker, in connection: Int) {
    let ahead = waiting.add(bytes.count, ordering: .relaxed).newValue
    note { [self] state, now in
      waiting.subtract(bytes.count, ordering: .relaxed)
      try state.recorder.record(bytes, from: speaker, in: connection, at: now)
    }
    if ahead > Self.waitingLimit { thread.sync {} }
  }

  /// One end takes no more bytes, or does again.
  func block(_ connection: Int, _ speaker: Speaker, _ isBlocked: Bool) {
    note { state, now in
      try state.recorder.block(connection, speaker, isBlocked, at: now)
    }
  }

  func end(_ connection: Int, from speaker: Speaker, reset: Bool = false) {
    note { state, now in
      try state.recorder.close(connection, from: speaker, reset: reset, at: now)
    }
  }

  /// Nothing more will come. A report is brought to its end.
  ///
  /// - Returns: what is wrong with what was seen, the worst first, and when that began.
  func finish() -> (findings: [Finding], start: FlowTime) {
    let now = self.now
    thread.sync {}
    return state.withLock { state in
      attempt(&state, at: now) { state, now in try state.recorder.finish(at: now) }
      try? state.report?.finish(at: now, tell)
      if let file = state.file, file != STDOUT_FILENO { _ = close(file) }
      state.file = nil
      state.recorder.endFile()
      return (state.recorder.findings, state.start ?? now)
    }
  }

  /// What the report found.
  var told: [Finding] { state.withLock { $0.report?.findings ?? [] } }

  /// Why the file is not complete.
  var failure: String? { state.withLock { $0.failure } }

  // MARK: Inside

  private struct Unwritten: Error {}

  private var now: FlowTime {
    let elapsed = begun.duration(to: .now).components
    return FlowTime(
      nanoseconds: wall + UInt64(clamping: elapsed.seconds) * 1_000_000_000
        + UInt64(clamping: elapsed.attoseconds / 1_000_000_000))
  }

  /// Has it recorded, as of now.
  private func note(_ step: @escaping @Sendable (inout State, FlowTime) throws -> Void) {
    let now = self.now
    thread.async { [self] in state.withLock { attempt(&$0, at: now, step) } }
  }

  /// Records; where the file cannot be written, says so once and goes on without it. Connections never suffer from it.
  private func attempt(_ state: inout State, at now: FlowTime, _ step: (inout State, FlowTime) throws -> Void) {
    do {
      try step(&state, now)
    } catch {
      state.failure = "cannot write \(path): \(Self.reason); what follows is not recorded"
      Terminal.tell("saffron: \(state.failure ?? "")")
      state.recorder.endFile()
    }
    state.start = state.start ?? now
    guard state.report != nil else { return }
    for event in state.recorder.takeEvents() { try? state.report?.see(event, tell) }
  }

  private func tell(_ line: String) {
    if path == "-" {
      Terminal.tell(line)
    } else {
      Terminal.put(isForPeople ? Terminal.shown(line) : line)
    }
  }

  private static func write(_ block: [UInt8], to file: Int32) throws {
    guard Terminal.write(block, to: file) else { throw Unwritten() }
  }

  private static var reason: String { String(cString: strerror(errno)) }
}

/// For this program's own connections.
extension Trace: ConnectionTap {
  func opened(local: Address?, remote: Address?) -> Int { begin(client: local, server: remote) }
  func sent(_ bytes: [UInt8], on connection: Int) { record(bytes, from: .client, in: connection) }
  func received(_ bytes: [UInt8], on connection: Int) { record(bytes, from: .server, in: connection) }

  func closed(_ connection: Int, byPeer: Bool) {
    end(connection, from: byPeer ? .server : .client)
    end(connection, from: byPeer ? .client : .server)
  }
}

/// For a server's connections.
struct ServerTap: ConnectionTap {
  let trace: Trace

  func opened(local: Address?, remote: Address?) -> Int { trace.begin(client: remote, server: local) }
  func sent(_ bytes: [UInt8], on connection: Int) { trace.record(bytes, from: .server, in: connection) }
  func received(_ bytes: [UInt8], on connection: Int) { trace.record(bytes, from: .client, in: connection) }
  func closed(_ connection: Int, byPeer: Bool) { trace.closed(connection, byPeer: !byPeer) }
}

extension SpiceInsight.Endpoint {
  /// An end as the system has it; 127.0.0.1 for what has no number.
  fileprivate init(_ address: Address?, port: UInt16) {
    guard case .tcp(let host, let given)? = address, let number = UInt16(exactly: given) else {
      self.init(127, 0, 0, 1, port: port)
      return
    }
    self.init(address: Self.bytes(of: host)[...], port: number)
  }

  private static func bytes(of host: String) -> [UInt8] {
    var four = in_addr()
    if inet_pton(AF_INET, host, &four) == 1 { return withUnsafeBytes(of: &four) { Array($0) } }
    var sixteen = in6_addr()
    if inet_pton(AF_INET6, host, &sixteen) == 1 { return withUnsafeBytes(of: &sixteen) { Array($0) } }
    return [127, 0, 0, 1]
  }
}
