import Foundation
import Synchronization

/// What a program prints.
enum ProgramOutput {
  static let limit = 1 << 20
  static let patience: Duration = .seconds(10)

  /// Runs a program to its end; the first word is its path.
  static func of(_ words: [String]) async throws(GatewayError) -> [UInt8] {
    guard let program = words.first else { throw .console("the program that tells of a console has no name") }
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: program)
    process.arguments = Array(words.dropFirst())
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = pipe
    do {
      try process.run()
    } catch {
      throw .console("\(program) cannot be started: \(error.localizedDescription)")
    }
    let running = process.processIdentifier
    let alarm = Task {
      try await Task.sleep(for: patience)
      kill(running, SIGKILL)
    }
    // A blocking read, on a thread that may block.
    let output = await withCheckedContinuation { continuation in
      DispatchQueue.global().async {
        var output = Data()
        while let piece = try? pipe.fileHandleForReading.read(upToCount: 64 << 10), !piece.isEmpty {
          output += piece
          if output.count > limit { kill(running, SIGKILL) }
        }
        process.waitUntilExit()
        continuation.resume(returning: output)
      }
    }
    alarm.cancel()
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      throw .console("\(program) failed (status \(process.terminationStatus)), or took more than \(patience)")
    }
    return [UInt8](output)
  }
}
