#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Where the page's files are, seen from the program.
enum WebFolderSearch {
  /// The first folder with a page in it: of an installed program `../share/saffron/web`, of one in a checkout its `Web`.
  static func find() throws(FileFailure) -> String {
    guard let program = program() else { throw missing("this program") }
    var folder = program.deletingLastPathComponent()
    let installed = folder.deletingLastPathComponent().appending(path: "share/saffron/web")
    if isPage(installed) { return installed.path }
    while folder.path != "/" {
      let web = folder.appending(path: "Web")
      if isPage(web) { return web.path }
      folder = folder.deletingLastPathComponent()
    }
    throw missing(program.path)
  }

  /// Where this program's file is.
  private static func program() -> URL? {
    #if os(Linux)
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")).map { URL(filePath: $0) }
    #else
      Bundle.main.executableURL?.resolvingSymlinksInPath()
    #endif
  }

  private static func isPage(_ folder: URL) -> Bool {
    FileManager.default.fileExists(atPath: folder.appending(path: "saffron-console.js").path)
  }

  private static func missing(_ program: String) -> FileFailure {
    FileFailure(
      description:
        "the page's files are neither in ../share/saffron/web beside \(program) nor in a folder Web above it; "
        + "name their folder with --web")
  }
}
