import Crypto
import SpiceMedia
import SpiceTransport

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The page's files, read once: nothing that a browser asks for becomes a path.
struct WebFolder: Sendable {
  private struct File: Sendable {
    let type: String
    let plain: [UInt8]
    /// In zlib's format, which HTTP calls `deflate`; nil where that saves little.
    let deflated: [UInt8]?
    let tag: String
  }

  private let files: [String: File]

  private static let types = [
    "html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8",
    "wasm": "application/wasm", "svg": "image/svg+xml", "png": "image/png", "ico": "image/x-icon",
  ]
  /// What the page cannot be without.
  private static let needed = ["index.html", "saffron-console.js", "saffron-core.wasm"]
  private static let sizeLimit = 64 << 20

  static let empty = WebFolder(files: [:])

  private init(files: [String: File]) { self.files = files }

  /// Reads the files of a folder that browsers know what to do with.
  init(_ folder: String) throws(GatewayError) {
    let manager = FileManager.default
    guard let names = try? manager.contentsOfDirectory(atPath: folder) else {
      throw .web("the page's folder \(folder) cannot be read; name the project's Web folder with --web")
    }
    for name in Self.needed where !names.contains(name) {
      let remedy =
        name.hasSuffix(".wasm") ? "make it with `make wasm` (Scripts/wasm)" : "name the project's Web folder with --web"
      throw .web("the page's folder \(folder) has no \(name): \(remedy)")
    }
    var contents: [String: [UInt8]] = [:]
    var total = 0
    for name in names where Self.type(of: name) != nil {
      guard let bytes = manager.contents(atPath: "\(folder)/\(name)") else { continue }
      total += bytes.count
      guard total <= Self.sizeLimit else { throw .web("\(folder) has more than \(Self.sizeLimit >> 20) MiB of files") }
      contents[name] = [UInt8](bytes)
    }
    var files: [String: File] = [:]
    for (name, bytes) in Self.joined(contents) { files["/\(name)"] = Self.type(of: name).map { Self.file(bytes, $0) } }
    files["/"] = files["/index.html"]
    self.init(files: files)
  }

  private static func type(of name: String) -> String? { types[URL(filePath: name).pathExtension] }

  /// The page's scripts, the element (for pages of others) and its worker come with what they import, and the page does not
  /// ask for that ahead.
  private static func joined(_ contents: [String: [UInt8]]) -> [String: [UInt8]] {
    var served = contents
    var inside: Set<String> = []
    for entry in ["app.js", "bar.js", "saffron-console.js", "worker.js"] {
      guard let (text, names) = ModuleJoin.join(entry, in: contents), names.count > 1 else { continue }
      served[entry] = Array(text.utf8)
      inside.formUnion(names.filter { $0 != entry })
    }
    if let page = contents["index.html"] {
      let lines = String(decoding: page, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
      let kept = lines.filter { line in
        !line.contains("rel=\"modulepreload\"") || !inside.contains { line.contains("href=\"\($0)\"") }
      }
      served["index.html"] = Array(kept.joined(separator: "\n").utf8)
    }
    return served
  }

  private static func file(_ bytes: [UInt8], _ type: String) -> File {
    let deflated = try? Deflate.deflate(bytes, level: 9)
    let digest = SHA256.hash(data: bytes).prefix(12).map { String($0, radix: 16) }.joined()
    return File(
      type: type, plain: bytes, deflated: deflated.flatMap { $0.count < bytes.count * 9 / 10 ? $0 : nil },
      tag: "\"\(digest)\"")
  }

  /// The file at a path of the request's; nil where there is none.
  func response(to request: WebRequest) -> WebResponse? {
    guard let file = files[request.path] else { return nil }
    // Asked for each time, answered in a few bytes where nothing has changed.
    var headers = [("ETag", file.tag), ("Cache-Control", "no-cache"), ("Vary", "Accept-Encoding")]
    if request.headers["if-none-match"] == file.tag {
      return WebResponse(status: 304, headers: headers.map { (name: $0.0, value: $0.1) })
    }
    headers.append(("Content-Type", file.type))
    let encodings = request.headers["accept-encoding"] ?? ""
    guard let deflated = file.deflated, encodings.contains("deflate") else {
      return WebResponse(status: 200, headers: headers.map { (name: $0.0, value: $0.1) }, body: file.plain)
    }
    headers.append(("Content-Encoding", "deflate"))
    return WebResponse(status: 200, headers: headers.map { (name: $0.0, value: $0.1) }, body: deflated)
  }
}
