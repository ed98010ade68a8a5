import SpiceMedia
import SpicePixels
import SpiceProtocol
import SpiceSession
import Testing

import SpiceClient

@Suite("Frames", .serialized, .timeLimit(.minutes(1)))
struct FrameTests {
  /// Shows green, and draws what the test says when it says so.
  private static func drawing(
    after gate: Gate, _ more: @escaping @Sendable (ServerChannel) async throws -> Void
  ) -> ScriptedServer.Script {
    .with {
      $0.display = { channel, _ in
        try await channel.expectDisplayInit()
        try await channel.show(Screen.green)
        try await gate.wait()
        try await more(channel)
        try await channel.drain()
      }
    }
  }

  @Test("the first complete picture is shown")
  func firstPicture() async throws {
    try await withSession { client, _ in
      let frame = try await client.picture()
      #expect(frame.isComplete)
      #expect(frame.image.size == Screen.size)
      #expect(frame.image.only == Screen.green)
      #expect(frame.damage == [Rect(Screen.size)])
    }
  }

  @Test("a screen that is not marked complete is no picture")
  func incomplete() async throws {
    let script = ScriptedServer.Script.with {
      $0.display = { channel, _ in
        try await channel.expectDisplayInit()
        try await channel.send(Screen.create(), Screen.fill(Rect(Screen.size), Screen.red))
        try await channel.drain()
      }
    }
    try await withSession(script) { client, _ in
      let error = await failure { () throws(ClientError) in _ = try await client.picture(timeout: .milliseconds(200)) }
      guard case .noPicture? = error else { throw Unexpected("\(String(describing: error))") }
      for await frame in client.frames() {
        #expect(!frame.isComplete)
        break
      }
    }
  }

  @Test("a later frame has the newest picture and tells only what has changed")
  func damage() async throws {
    let gate = Gate()
    let script = Self.drawing(after: gate) { channel in
      try await channel.send(Screen.fill(Rect(x: 10, y: 20, width: 5, height: 6), Screen.blue))
    }
    try await withSession(script) { client, _ in
      var frames = client.frames().makeAsyncIterator()
      while let frame = await frames.next(), !frame.isComplete {}
      gate.open()
      let frame = try #require(await frames.next())
      #expect(frame.damage == [Rect(x: 10, y: 20, width: 5, height: 6)])
      #expect(frame.image.color(10, 20) == Screen.blue)
      #expect(frame.image.color(9, 20) == Screen.green)
    }
  }

  @Test("what was drawn last is there for a slow reader when the session has ended, and then no more")
  func lastFrame() async throws {
    let gate = Gate()
    let script = ScriptedServer.Script.with {
      $0.display = { channel, _ in
        try await channel.expectDisplayInit()
        try await channel.show(Screen.green)
        try await gate.wait()
        try await channel.send(Screen.fill(Rect(Screen.size), Screen.blue))
      }
    }
    try await withSession(script) { client, _ in
      var frames = client.frames().makeAsyncIterator()
      while let frame = await frames.next(), !frame.isComplete {}
      gate.open()
      for await _ in client.events {}
      let last = try #require(await frames.next())
      #expect(last.image.only == Screen.blue)
      #expect(await frames.next() == nil)
      let error = await failure { () throws(ClientError) in _ = try await client.picture() }
      #expect(error != nil)
    }
  }

  @Test("frames of video are shown when their time has come, one after the other, and the session goes on")
  func videoTimes() async throws {
    let colors: [UInt32] = [0xF0_3030, 0x80_4080, 0x20_20FF]
    let pictures = try colors.map {
      try JPEG.encode(Raster(width: 16, height: 16, kind: .opaque, fill: $0), quality: 90)
    }
    let script = ScriptedServer.Script.with {
      $0.display = { channel, _ in
        try await channel.expectDisplayInit()
        try await channel.show(Screen.green)
        let place = Rect(x: 0, y: 0, width: 16, height: 16)
        try await channel.send(
          DisplayServerMessage.streamCreate(
            StreamCreate(
              surface: 0, id: 1, flags: StreamCreate.topDown, codec: .mjpeg, stamp: 0, streamWidth: 16,
              streamHeight: 16, sourceWidth: 16, sourceHeight: 16, destination: place, clip: .none)))
        // The session's clock began at 0 when it was opened.
        for (number, picture) in pictures.enumerated() {
          let time = UInt32(300 + 200 * number)
          try await channel.send(
            DisplayServerMessage.streamData(StreamFrame(id: 1, multimediaTime: time, sizing: nil, data: picture[...])))
        }
        try await channel.drain()
      }
    }
    let start = ContinuousClock.now
    try await withSession(script) { client, _ in
      // On a busy machine two may be due at once, of which the later is shown.
      var seen = -1
      for await frame in client.frames() {
        guard let number = colors.lastIndex(where: { Self.isNear(frame.image.color(3, 3), $0) }), number != seen,
          frame.image.color(3, 3) != Screen.green
        else { continue }
        #expect(number > seen && ContinuousClock.now - start > .milliseconds(200 + 200 * number))
        seen = number
        if number == colors.count - 1 { break }
      }
      #expect(seen == colors.count - 1 && client.failure == nil)
    }
  }

  /// As JPEG has it.
  private static func isNear(_ one: UInt32, _ other: UInt32) -> Bool {
    [0, 8, 16].allSatisfy { abs(Int(one >> $0 & 0xFF) - Int(other >> $0 & 0xFF)) < 8 }
  }

  @Test("a slow reader gets the newest picture and none of those between")
  func slowReader() async throws {
    let gate = Gate()
    let script = Self.drawing(after: gate) { channel in
      for color: UInt32 in 1...200 { try await channel.send(Screen.fill(Rect(Screen.size), color)) }
    }
    try await withSession(script) { client, _ in
      var frames = client.frames().makeAsyncIterator()
      while let frame = await frames.next(), !frame.isComplete {}
      gate.open()
      while await client.inspectDisplay(0, { $0.statistics.draws[.drawFill] }) != 201 {
        try await Task.sleep(for: .milliseconds(2))
      }
      #expect(await frames.next()?.image.only == 200)
      await client.disconnect()
      #expect(await frames.next() == nil)
    }
  }

  @Test("two readers of one sequence each get every change")
  func twoReaders() async throws {
    let gate = Gate()
    let script = Self.drawing(after: gate) { channel in
      try await channel.send(Screen.fill(Rect(x: 0, y: 0, width: 8, height: 8), Screen.red))
    }
    try await withSession(script) { client, _ in
      let frames = client.frames()
      let ready = Recorder<Int>()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for reader in 0..<2 {
          group.addTask {
            var isFirst = true
            for await frame in frames where frame.isComplete {
              if isFirst {
                #expect(frame.damage == [Rect(Screen.size)])
                isFirst = false
                ready.append(reader)
              } else {
                #expect(frame.damage == [Rect(x: 0, y: 0, width: 8, height: 8)])
                return
              }
            }
            Issue.record("reader \(reader) saw no change")
          }
        }
        try await ready.reaches(2)
        gate.open()
        try await group.waitForAll()
      }
    }
  }

  @Test("a screen that is made anew comes as a whole frame of its new size")
  func newSize() async throws {
    let gate = Gate()
    let larger = Size(width: 100, height: 80)
    let script = Self.drawing(after: gate) { channel in
      try await channel.send(
        DisplayServerMessage.surfaceDestroy(0), Screen.create(larger), Screen.fill(Rect(larger), Screen.blue),
        DisplayServerMessage.mark)
    }
    try await withSession(script) { client, _ in
      var frames = client.frames().makeAsyncIterator()
      while let frame = await frames.next(), !frame.isComplete {}
      gate.open()
      while let frame = await frames.next() {
        guard frame.image.only == Screen.blue else { continue }
        #expect(frame.image.size == larger)
        #expect(frame.damage == [Rect(larger)])
        return
      }
      Issue.record("the new screen did not come")
    }
  }

  @Test("a settled picture comes after the last change")
  func settled() async throws {
    let gate = Gate()
    let isDrawing = Gate()
    let script = Self.drawing(after: gate) { channel in
      for color: UInt32 in 1...50 {
        try await channel.send(Screen.fill(Rect(Screen.size), color))
        if color == 3 { isDrawing.open() }
        try await Task.sleep(for: .milliseconds(2))
      }
    }
    try await withSession(script) { client, _ in
      gate.open()
      try await isDrawing.wait()
      let picture = try await client.picture(settled: .seconds(1))
      #expect(picture.image.only == 50)
    }
  }

  @Test("a display that never rests gives a picture all the same")
  func restless() async throws {
    let gate = Gate()
    let script = Self.drawing(after: gate) { channel in
      var color: UInt32 = 0
      while true {
        color += 1
        try await channel.send(Screen.fill(Rect(Screen.size), color))
        try await Task.sleep(for: .milliseconds(2))
      }
    }
    try await withSession(script) { client, _ in
      _ = try await client.picture()
      gate.open()
      // It comes, whatever it shows: that is all.
      let frame = try await client.picture(settled: .seconds(1), timeout: .seconds(1))
      #expect(frame.isComplete)
    }
  }

  @Test("there is no display that the server does not have")
  func noSuchDisplay() async throws {
    try await withSession { client, _ in
      let error = await failure { () throws(ClientError) in _ = try await client.picture(of: 3) }
      guard case .noSuchDisplay(3, available: 1)? = error else { throw Unexpected("\(String(describing: error))") }
    }
  }

  @Test("a monitor of several is cut out of its surface, pointer and all")
  func monitors() async throws {
    let right = Rect(x: 32, y: 0, width: 32, height: 48)
    let script = ScriptedServer.Script.with {
      $0.display = { channel, _ in
        try await channel.expectDisplayInit()
        try await channel.send(
          Screen.create(), Screen.fill(Rect(Screen.size), Screen.green), Screen.fill(right, Screen.blue),
          DisplayServerMessage.monitorsConfig(
            [0, 32].map { x in
              MonitorHead(id: x / 32, surface: 0, width: 32, height: 48, x: x, y: 0, flags: 0)
            }, maximum: 4), DisplayServerMessage.mark)
        try await channel.drain()
      }
      $0.cursor = { channel, _ in
        let white = Cursor(
          flags: 0,
          header: CursorHeader(unique: 1, type: .alpha, width: 1, height: 1, hotSpotX: 0, hotSpotY: 0),
          data: [0xFF, 0xFF, 0xFF, 0xFF])
        try await channel.send(
          CursorServerMessage.initialize(
            CursorInit(x: 40, y: 5, trailLength: 0, trailFrequency: 0, visible: true, cursor: white)))
        try await channel.drain()
      }
    }
    try await withSession(script) { client, _ in
      while await client.cursor?.isVisible != true { try await Task.sleep(for: .milliseconds(2)) }
      #expect(try await client.screenshot(of: 0).only == Screen.green)
      #expect(try await client.screenshot(of: 1).only == Screen.blue)
      let picture = try await client.screenshot(of: 1, withPointer: true)
      #expect(picture.color(8, 5) == 0xFF_FFFF)
      let error = await failure { () throws(ClientError) in _ = try await client.screenshot(of: 2) }
      guard case .noSuchDisplay(2, available: 2)? = error else { throw Unexpected("\(String(describing: error))") }
    }
  }
}
