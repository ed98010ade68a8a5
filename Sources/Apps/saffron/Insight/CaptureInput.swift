import ArgumentParser

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A capture file, read in pieces.
enum CaptureInput {
  static let pieceSize = 1 << 20

  /// Gives `body` the file's pieces in order; `-` is standard input.
  static func read(_ path: String, _ body: ([UInt8]) throws -> Void) throws {
    let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw failure("\(path) cannot be opened: \(String(cString: strerror(errno)))")
    }
    defer { if descriptor != STDIN_FILENO { close(descriptor) } }
    while true {
      var problem: Int32 = 0
      let piece = [UInt8](unsafeUninitializedCapacity: pieceSize) { buffer, count in
        var size: Int
        repeat { size = posixRead(descriptor, buffer.baseAddress, pieceSize) } while size < 0 && errno == EINTR
        problem = size < 0 ? errno : 0
        count = max(0, size)
      }
      if problem != 0 { throw failure("\(path) cannot be read: \(String(cString: strerror(problem)))") }
      if piece.isEmpty { return }
      try body(piece)
    }
  }

  /// Says the sentence; what it gives ends the command.
  static func failure(_ sentence: String) -> ExitCode {
    Terminal.tell("saffron: \(sentence)")
    return ExitStatus.failure
  }

  private static func posixRead(_ descriptor: Int32, _ memory: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    #if canImport(Glibc)
      Glibc.read(descriptor, memory, count)
    #elseif canImport(Musl)
      Musl.read(descriptor, memory, count)
    #else
      Darwin.read(descriptor, memory, count)
    #endif
  }
}
