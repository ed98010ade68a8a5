import Foundation

/// Other programs, each with a deadline. Their output goes through files, so that none waits for a reader and a child
/// that stays behind holds nothing open.
public enum Subprocess {
  public struct Output: Sendable {
    /// The exit status, or minus the number of the signal that ended it.
    public let status: Int
    public let standardOutput: Data
    public let standardError: Data
    /// Standard output as text, without white space at its ends.
    public var text: String { trimmed(standardOutput) }
    /// Standard error as text, without white space at its ends.
    public var complaint: String { trimmed(standardError) }

    private func trimmed(_ data: Data) -> String {
      String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
  }

  /// Runs a program to its end.
  ///
  /// - Parameters:
  ///   - program: a path, or a name that is looked up in `PATH`.
  ///   - environment: variables set beside those of this process.
  ///   - input: what it reads from standard input.
  ///   - deadline: after this it is ended, with its process group, and an error thrown.
  /// - Throws: `PeerError` where it cannot be started or did not end in time. A failing status throws nothing.
  public static func run(
    _ program: String, _ arguments: [String] = [], environment: [String: String] = [:], input: Data = Data(),
    deadline: Duration = .seconds(60)
  ) async throws -> Output {
    let running = try RunningProcess(program, arguments, environment: environment, input: input, deadline: deadline)
    let output = try await running.end()
    try Task.checkCancellation()
    if running.isOverdue {
      let said = output.complaint.isEmpty ? output.text : output.complaint
      throw PeerError("\(running.name) was ended: it ran for more than \(deadline). It had said: \(said.suffix(2000))")
    }
    return output
  }

  /// Runs a program to its end and throws, with what it complained about, where its status is not 0.
  public static func check(
    _ program: String, _ arguments: [String] = [], environment: [String: String] = [:], input: Data = Data(),
    deadline: Duration = .seconds(60)
  ) async throws -> Output {
    let output = try await run(program, arguments, environment: environment, input: input, deadline: deadline)
    guard output.status == 0 else {
      let name = ([program] + arguments).joined(separator: " ")
      throw PeerError("\(name) ended with status \(output.status): \(output.complaint.suffix(2000))")
    }
    return output
  }

  /// Starts a program and leaves it running, until it ends, is ended, or its deadline has passed.
  public static func start(
    _ program: String, _ arguments: [String] = [], environment: [String: String] = [:],
    deadline: Duration = .seconds(300)
  ) throws -> RunningProcess {
    try RunningProcess(program, arguments, environment: environment, input: Data(), deadline: deadline)
  }

  /// Where `program` is, or nil.
  public static func find(_ program: String) -> String? {
    if program.contains("/") { return FileManager.default.isExecutableFile(atPath: program) ? program : nil }
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    // The system's own first: `PATH` may begin with wrappers that know other versions.
    return (["/usr/bin"] + path.split(separator: ":").map(String.init)).map { "\($0)/\(program)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }
}
