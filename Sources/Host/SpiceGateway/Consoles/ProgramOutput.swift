import Subprocess
import SystemPackage

/// What a program prints.
enum ProgramOutput {
  static let limit = 1 << 20
  static let patience: Duration = .seconds(10)

  /// Runs a program to its end; the first word is its path. It is killed where it takes longer than `patience`.
  static func of(_ words: [String], patience: Duration = patience) async throws(GatewayError) -> [UInt8] {
    guard let program = words.first else { throw .console("the program that tells of a console has no name") }
    let arguments = Arguments(Array(words.dropFirst()))
    do {
      return try await withThrowingTaskGroup(of: [UInt8].self) { group in
        group.addTask {
          let result = try await run(
            .path(FilePath(program)), arguments: arguments, output: .bytes(limit: limit), error: .discarded)
          guard result.terminationStatus.isSuccess else {
            throw GatewayError.console("\(program) failed: \(result.terminationStatus)")
          }
          return result.standardOutput
        }
        group.addTask {
          try await Task.sleep(for: patience)
          throw GatewayError.console("\(program) took more than \(patience)")
        }
        defer { group.cancelAll() }
        return try await group.next() ?? []
      }
    } catch let error as GatewayError {
      throw error
    } catch {
      throw .console("\(program) gave nothing: \(error)")
    }
  }
}
