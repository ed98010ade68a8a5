#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Reading and removing a small file with the system's own calls: loading Foundation for it would cost more time than
/// all else that a command does before it connects.
package enum FileSystem {
  /// Most bytes of a key file; real ones have a few thousand.
  static let limit = 1 << 20

  /// All bytes of the file at `path`.
  package static func contents(of path: String) throws(TargetError) -> [UInt8] {
    guard !path.utf8.contains(0) else { throw .unreadable(path: path, reason: "a path has no NUL in it") }
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw .unreadable(path: path, reason: reason(errno)) }
    defer { _ = close(file) }
    return try contents(of: file, named: path)
  }

  /// All bytes of standard input.
  static func standardInput() throws(TargetError) -> [UInt8] {
    try contents(of: STDIN_FILENO, named: nil)
  }

  private static func contents(of file: Int32, named path: String?) throws(TargetError) -> [UInt8] {
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 16 << 10)
    while true {
      let count = piece.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        throw .unreadable(path: path, reason: reason(errno))
      }
      if count == 0 { return bytes }
      bytes += piece[..<count]
      guard bytes.count <= limit else { throw .tooLarge(path: path, limit: limit) }
    }
  }

  static func remove(_ path: String) throws(TargetError) {
    guard unlink(path) == 0 else { throw .cannotDelete(path: path, reason: reason(errno)) }
  }

  private static func reason(_ code: Int32) -> String {
    guard let text = strerror(code) else { return "error \(code)" }
    return String(cString: text)
  }
}
