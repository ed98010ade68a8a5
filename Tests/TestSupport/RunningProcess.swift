import Foundation
import Synchronization

/// A program that was started: wait for it, or end it.
public final class RunningProcess: Sendable {
  /// The program and its arguments.
  public let name: String
  public let processID: Int32
  private let exit: Exit
  private let folder: URL

  init(
    _ program: String, _ arguments: [String], environment: [String: String], input: Data, deadline: Duration
  ) throws {
    name = ([program] + arguments).joined(separator: " ")
    guard let path = Subprocess.find(program) else {
      throw PeerError("\(program) is not installed. Run Scripts/bootstrap test")
    }
    folder = FileManager.default.temporaryDirectory.appending(path: "saffron-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (file, content) in [("in", input), ("out", Data()), ("err", Data())] {
      try content.write(to: folder.appending(path: file))
    }

    let processID: Int32
    do {
      processID = try Self.spawn(path, arguments, environment, in: folder)
    } catch {
      try? FileManager.default.removeItem(at: folder)
      throw PeerError("\(name) cannot be started: \(error)")
    }
    let exit = Exit()
    self.exit = exit
    self.processID = processID
    Thread.detachNewThread {
      var status: Int32 = 0
      while waitpid(processID, &status, 0) == -1, errno == EINTR {}
      let signal = Int(status & 0x7F)
      exit.happened(signal == 0 ? Int(status >> 8 & 0xFF) : -signal)
    }
    let seconds = Double(deadline.components.seconds) + Double(deadline.components.attoseconds) / 1e18
    DispatchQueue.global().asyncAfter(deadline: .now() + seconds) {
      if exit.expire() { Self.kill(processID, unless: exit) }
    }
  }

  deinit {
    kill()
    try? FileManager.default.removeItem(at: folder)
  }

  public var isRunning: Bool { exit.status == nil }

  /// True where its deadline passed before it ended.
  public var isOverdue: Bool { exit.isOverdue }

  /// Waits until it has ended.
  @discardableResult
  public func end() async throws -> Subprocess.Output {
    let status = await withTaskCancellationHandler {
      await exit.wait()
    } onCancel: {
      kill()
    }
    return try output(status: status)
  }

  /// Ends it and its process group: asked first, and two seconds later not asked any more. Does not wait.
  public func kill() { Self.kill(processID, unless: exit) }

  /// What it has written until now.
  public func output() throws -> Subprocess.Output { try output(status: exit.status ?? 0) }

  private func output(status: Int) throws -> Subprocess.Output {
    Subprocess.Output(
      status: status, standardOutput: try Data(contentsOf: folder.appending(path: "out")),
      standardError: try Data(contentsOf: folder.appending(path: "err")))
  }

  /// Foundation's own `Process` is of no use here. It takes a child for running as long as anything that the child
  /// left behind runs; and the threads that Swift's tasks run on block most signals, which a child would inherit.
  private static func spawn(
    _ path: String, _ arguments: [String], _ environment: [String: String], in folder: URL
  ) throws -> Int32 {
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
      var attributes: posix_spawnattr_t?
      let closeAll = Int16(POSIX_SPAWN_CLOEXEC_DEFAULT)
    #else
      var actions = posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
      let closeAll: Int16 = 0
    #endif
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (descriptor, file) in [(0, "in"), (1, "out"), (2, "err")] as [(Int32, String)] {
      let mode = descriptor == 0 ? O_RDONLY : O_WRONLY
      posix_spawn_file_actions_addopen(&actions, descriptor, folder.appending(path: file).path, mode, 0)
    }

    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETPGROUP) | closeAll)

    var variables = ProcessInfo.processInfo.environment
    variables.merge(environment) { $1 }
    let words = ([path] + arguments).map { strdup($0) } + [nil]
    let settings = variables.map { strdup("\($0)=\($1)") } + [nil]
    defer { (words + settings).forEach { free($0) } }
    var processID: pid_t = 0
    let failure = posix_spawn(&processID, path, &actions, &attributes, words, settings)
    guard failure == 0 else { throw PeerError(String(cString: strerror(failure))) }
    return processID
  }

  private static func kill(_ processID: Int32, unless exit: Exit) {
    guard exit.status == nil else { return }
    signal(-processID, SIGTERM)
    DispatchQueue.global().asyncAfter(deadline: .now() + 2) {
      if exit.status == nil { signal(-processID, SIGKILL) }
    }
  }

  private static func signal(_ target: Int32, _ number: Int32) {
    #if canImport(Darwin)
      _ = Darwin.kill(target, number)
    #else
      _ = Glibc.kill(target, number)
    #endif
  }
}

/// The end of a process: happens once, and wakes who waits for it.
private final class Exit: Sendable {
  private struct State {
    var status: Int?
    var isOverdue = false
    var waiting: [CheckedContinuation<Int, Never>] = []
  }

  private let state = Mutex(State())

  var status: Int? { state.withLock { $0.status } }

  var isOverdue: Bool { state.withLock { $0.isOverdue } }

  /// False where it has ended already.
  func expire() -> Bool {
    state.withLock { state in
      state.isOverdue = state.status == nil
      return state.isOverdue
    }
  }

  func happened(_ status: Int) {
    let waiting = state.withLock { state in
      state.status = status
      defer { state.waiting = [] }
      return state.waiting
    }
    for one in waiting { one.resume(returning: status) }
  }

  func wait() async -> Int {
    await withCheckedContinuation { continuation in
      let status = state.withLock { state in
        if state.status == nil { state.waiting.append(continuation) }
        return state.status
      }
      if let status { continuation.resume(returning: status) }
    }
  }
}
