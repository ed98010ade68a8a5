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
      throw ValidationError("\(path) cannot be opened: \(String(cString: strerror(errno)))")
    }
    defer { if descriptor != STDIN_FILENO { close(descriptor) } }
    while true {
      var failure: Int32 = 0
      let piece = [UInt8](unsafeUninitializedCapacity: pieceSize) { buffer, count in
        var size: Int
        repeat { size = posixRead(descriptor, buffer.baseAddress, pieceSize) } while size < 0 && errno == EINTR
        failure = size < 0 ? errno : 0
        count = max(0, size)
      }
      if failure != 0 { throw ValidationError("\(path) cannot be read: \(String(cString: strerror(failure)))") }
      if piece.isEmpty { return }
      try body(piece)
    }
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
