import Foundation

/// Where this project's files are, seen from the test that runs.
public enum Repository {
  /// The folder that holds `Package.swift`.
  public static let root = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// The path of a script, such as `script("peers/xspice")`.
  public static func script(_ name: String) -> String {
    root.appending(path: "Scripts").appending(path: name).path
  }
}

/// The files in `Tests/Fixtures`.
public enum Fixtures {
  /// The file or folder at `path` below `Tests/Fixtures`.
  public static func url(_ path: String) -> URL {
    Repository.root.appending(path: "Tests/Fixtures").appending(path: path)
  }

  /// Every byte of the file at `path` below `Tests/Fixtures`.
  public static func bytes(_ path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: url(path)))
  }

  /// The frames of a stream of video below `Tests/Fixtures/video`, as `make.py` there writes them.
  public static func video(_ name: String) throws -> [ArraySlice<UInt8>] {
    var bytes = try bytes("video/\(name).frames")[...]
    var frames: [ArraySlice<UInt8>] = []
    while bytes.count >= 4 {
      let size = bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) }
      frames.append(bytes.dropFirst(4).prefix(size))
      bytes = bytes.dropFirst(4 + size)
    }
    return frames
  }
}

/// A folder that is there while `body` runs and gone afterwards.
public func withTemporaryFolder<Result: Sendable>(
  _ body: @Sendable (URL) async throws -> Result
) async throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: "saffron-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try await body(folder)
}
