import ArgumentParser

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
      guard let piece = FileOutput.piece(of: descriptor, upTo: pieceSize) else {
        throw failure("\(path) cannot be read: \(String(cString: strerror(errno)))")
      }
      if piece.isEmpty { return }
      try body(piece)
    }
  }

  /// Says the sentence; what it gives ends the command.
  static func failure(_ sentence: String) -> ExitCode {
    Terminal.tell("saffron: \(sentence)")
    return ExitStatus.failure
  }
}
