#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A file that cannot be read or written.
struct FileFailure: Error, CustomStringConvertible {
  let description: String
}

/// Small files, with the system's own calls.
enum FileOutput {
  /// Writes beside the file and then takes its place, so that a reader never sees half a picture.
  static func write(_ bytes: [UInt8], to path: String) throws(FileFailure) {
    if let kind = kind(of: path), kind != S_IFREG {
      try write(bytes, into: path, flags: O_WRONLY)
      return
    }
    let beside = path + ".part\(getpid())"
    try write(bytes, into: beside, flags: O_WRONLY | O_CREAT | O_TRUNC)
    guard rename(beside, path) == 0 else {
      let reason = reason(errno)
      unlink(beside)
      throw FileFailure(description: "cannot write \(path): \(reason)")
    }
  }

  /// The first line of a file, without its end.
  static func firstLine(of path: String) throws(FileFailure) -> String {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw FileFailure(description: "cannot read \(path): \(reason(errno))") }
    defer { _ = close(file) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = bytes.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
    guard count >= 0 else { throw FileFailure(description: "cannot read \(path): \(reason(errno))") }
    let line = bytes[..<count].prefix { $0 != 10 && $0 != 13 }
    return String(decoding: line, as: UTF8.self)
  }

  private static func write(_ bytes: [UInt8], into path: String, flags: Int32) throws(FileFailure) {
    let file = open(path, flags | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw FileFailure(description: "cannot write \(path): \(reason(errno))") }
    let written = Terminal.write(bytes, to: file)
    let reason = reason(errno)
    guard close(file) == 0, written else { throw FileFailure(description: "cannot write \(path): \(reason)") }
  }

  private static func kind(of path: String) -> mode_t? {
    var information = stat()
    return stat(path, &information) == 0 ? information.st_mode & S_IFMT : nil
  }

  private static func reason(_ number: Int32) -> String { String(cString: strerror(number)) }
}
