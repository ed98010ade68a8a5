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
  static func write(_ pieces: some Sequence<[UInt8]>, to path: String) throws(FileFailure) {
    if let kind = kind(of: path), kind != S_IFREG {
      try write(pieces, into: path, flags: O_WRONLY, named: path)
      return
    }
    let beside = path + ".part\(getpid())"
    do throws(FileFailure) {
      // Nothing that somebody else has put there is written through.
      unlink(beside)
      try write(pieces, into: beside, flags: O_WRONLY | O_CREAT | O_EXCL, named: path)
      guard rename(beside, path) == 0 else { throw failure(writing: path) }
    } catch {
      unlink(beside)
      throw error
    }
  }

  /// The first line of a file, without its end.
  static func firstLine(of path: String) throws(FileFailure) -> String {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw failure(reading: path) }
    defer { _ = close(file) }
    var bytes: [UInt8] = []
    // A pipe may bring a line in pieces.
    while bytes.count < lineLimit, !bytes.contains(where: isLineEnd) {
      guard let piece = piece(of: file, upTo: 1024) else { throw failure(reading: path) }
      if piece.isEmpty { break }
      bytes += piece
    }
    return String(decoding: bytes.prefix { !isLineEnd($0) }, as: UTF8.self)
  }

  /// All of a file, where it has at most `limit` bytes.
  static func contents(of path: String, limit: Int) throws(FileFailure) -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw failure(reading: path) }
    defer { _ = close(file) }
    var bytes: [UInt8] = []
    while true {
      guard let piece = piece(of: file, upTo: 256 << 10) else { throw failure(reading: path) }
      if piece.isEmpty { return bytes }
      guard bytes.count + piece.count <= limit else {
        throw FileFailure(description: "\(path) has more than the \(limit) bytes that are read of such a file")
      }
      bytes += piece
    }
  }

  /// The next bytes of an open file or pipe, at most `size`: none at its end, nil where `errno` says why there are none.
  static func piece(of file: Int32, upTo size: Int) -> [UInt8]? {
    var isRead = true
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      var received: Int
      repeat { received = read(file, buffer.baseAddress, size) } while received < 0 && errno == EINTR
      isRead = received >= 0
      count = max(0, received)
    }
    return isRead ? bytes : nil
  }

  /// The names of what is in a folder.
  static func names(in folder: String) throws(FileFailure) -> [String] {
    guard let listing = opendir(folder) else {
      throw FileFailure(description: "cannot read the folder \(folder): \(reason(errno))")
    }
    defer { closedir(listing) }
    var names: [String] = []
    while let entry = readdir(listing) {
      names.append(
        withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
    }
    return names
  }

  /// Bytes of a line that are looked at; a password has 60 at most.
  private static let lineLimit = 4096

  private static func isLineEnd(_ byte: UInt8) -> Bool { byte == 10 || byte == 13 }

  private static func write(
    _ pieces: some Sequence<[UInt8]>, into path: String, flags: Int32, named name: String
  ) throws(FileFailure) {
    let file = open(path, flags | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw failure(writing: name) }
    let failure: FileFailure? = pieces.allSatisfy { Terminal.write($0, to: file) } ? nil : failure(writing: name)
    let isClosed = close(file) == 0
    if let failure { throw failure }
    guard isClosed else { throw self.failure(writing: name) }
  }

  /// What the system last complained of.
  private static func failure(reading path: String) -> FileFailure {
    FileFailure(description: "cannot read \(path): \(reason(errno))")
  }

  private static func failure(writing path: String) -> FileFailure {
    FileFailure(description: "cannot write \(path): \(reason(errno))")
  }

  private static func kind(of path: String) -> mode_t? {
    var information = stat()
    return stat(path, &information) == 0 ? information.st_mode & S_IFMT : nil
  }

  private static func reason(_ number: Int32) -> String { String(cString: strerror(number)) }
}
