import Foundation
import SpiceMedia
import SpicePixels
import SpiceProtocol
import TestSupport
import Testing

import SpiceClient

@Suite("saffron screenshot", .serialized, .timeLimit(.minutes(1)))
struct ScreenshotCommandTests {
  @Test("a .png file has the picture")
  func png() async throws {
    try await withTemporaryFolder { folder in
      try await ScriptedServer.run { server in
        let file = folder.appending(path: "screen.png")
        let output = try await Saffron.run("screenshot", server.address, "-o", file.path)
        #expect(output.status == 0)
        #expect(output.complaint == "\(file.path): 64×48")
        let picture = try PNG.decode([UInt8](Data(contentsOf: file)))
        #expect(picture.size == Screen.size)
        #expect(picture.only == Screen.green)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["screen.png"])
      }
    }
  }

  @Test("a .ppm file has the picture")
  func ppm() async throws {
    try await withTemporaryFolder { folder in
      try await ScriptedServer.run { server in
        let file = folder.appending(path: "screen.ppm")
        let output = try await Saffron.run("screenshot", server.address, "-o", file.path)
        #expect(output.status == 0)
        let picture = try PPM.decode([UInt8](Data(contentsOf: file)))
        #expect(picture.only == Screen.green)
      }
    }
  }

  @Test("standard output gets a PNG and nothing else")
  func standardOutput() async throws {
    try await ScriptedServer.run { server in
      let output = try await Saffron.run("screenshot", server.address, "-o", "-")
      #expect(output.status == 0)
      #expect(output.complaint == "")
      #expect(try PNG.decode([UInt8](output.standardOutput)).only == Screen.green)
    }
  }

  @Test("a file that is there is replaced")
  func replaces() async throws {
    try await withTemporaryFolder { folder in
      try await ScriptedServer.run { server in
        let file = folder.appending(path: "screen.png")
        try Data("old".utf8).write(to: file)
        let output = try await Saffron.run("screenshot", server.address, "-o", file.path)
        #expect(output.status == 0)
        let picture = try PNG.decode([UInt8](Data(contentsOf: file)))
        #expect(picture.only == Screen.green)
      }
    }
  }

  @Test("a path that cannot be written ends with 1, names it, and leaves nothing behind")
  func unwritable() async throws {
    try await withTemporaryFolder { folder in
      try await ScriptedServer.run { server in
        let missing = folder.appending(path: "no/such/folder/screen.png").path
        let output = try await Saffron.run("screenshot", server.address, "-o", missing)
        #expect(output.status == 1)
        #expect(output.complaint == "saffron: cannot write \(missing): No such file or directory")

        let directory = folder.appending(path: "directory.png")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
        let again = try await Saffron.run("screenshot", server.address, "-o", directory.path)
        #expect(again.status == 1)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["directory.png"])
      }
    }
  }

  #if os(Linux)
    @Test("a full disk leaves no file, and the old one as it was")
    func fullDisk() async throws {
      try await withTemporaryFolder { folder in
        try await ScriptedServer.run { server in
          let file = folder.appending(path: "screen.ppm")
          try Data("old".utf8).write(to: file)
          // A limit of 512 bytes on files stands for the full disk.
          let shell = "trap '' XFSZ; ulimit -f 1; exec \"$@\""
          let output = try await Subprocess.run(
            "/bin/sh", ["-c", shell, "sh", Saffron.binary, "screenshot", server.address, "-o", file.path],
            deadline: .seconds(30))
          #expect(output.status == 1)
          #expect(output.complaint.contains("cannot write \(file.path): File too large"))
          #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["screen.ppm"])
          #expect(try Data(contentsOf: file) == Data("old".utf8))
        }
      }
    }
  #endif

  @Test("a reader of standard output that leaves early ends it with 1 and a sentence")
  func brokenPipe() async throws {
    let script = ScriptedServer.Script.with {
      $0.display = { channel, _ in
        try await channel.expectDisplayInit()
        // Noise, so that the PNG is larger than a pipe.
        let side = 300
        let rows = (0..<side * side * 4).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
        let bitmap = BitmapImage(
          format: 8, topDown: true, width: UInt32(side), height: UInt32(side), stride: UInt32(side * 4), palette: .none,
          rows: rows[...])
        let box = Rect(x: 0, y: 0, width: Int32(side), height: Int32(side))
        try await channel.send(
          Screen.create(box.size), Screen.copy(.bitmap(bitmap), to: box), DisplayServerMessage.mark)
        try await channel.drain()
      }
    }
    try await ScriptedServer.run(script) { server in
      let shell = "{ \"$@\"; echo \"status $?\" >&2; } | true"
      let output = try await Subprocess.run(
        "/bin/sh", ["-c", shell, "sh", Saffron.binary, "screenshot", server.address, "-o", "-"],
        deadline: .seconds(30))
      #expect(output.complaint.contains("standard output was closed before the picture was written"))
      #expect(output.complaint.contains("status 1"))
    }
  }

  @Test("--cursor draws the pointer")
  func cursor() async throws {
    let isShown = Gate()
    let script = ScriptedServer.Script.with {
      $0.cursor = { channel, _ in
        let red = Cursor(
          flags: 0,
          header: CursorHeader(unique: 1, type: .alpha, width: 1, height: 1, hotSpotX: 0, hotSpotY: 0),
          data: [0, 0, 0xFF, 0xFF])
        try await channel.send(
          CursorServerMessage.initialize(
            CursorInit(x: 7, y: 9, trailLength: 0, trailFrequency: 0, visible: true, cursor: red)),
          CommonServerMessage.ping(Ping(id: 1, timestamp: 1)))
        _ = try await channel.receive()
        isShown.open()
        try await channel.drain()
      }
      $0.display = { channel, _ in
        try await channel.expectDisplayInit()
        try await isShown.wait()
        try await channel.show(Screen.green)
        try await channel.drain()
      }
    }
    try await ScriptedServer.run(script) { server in
      let output = try await Saffron.run("screenshot", server.address, "-o", "-", "--cursor")
      let picture = try PNG.decode([UInt8](output.standardOutput))
      #expect(picture.color(7, 9) == Screen.red)
      #expect(picture.color(8, 9) == Screen.green)
    }
  }
}
