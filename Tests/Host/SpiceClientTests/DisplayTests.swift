import SpiceCodecs
import SpiceMedia
import SpicePixels
import SpiceProtocol
import SpiceSession
import Testing

import SpiceClient

@Suite("Displays at work", .serialized, .timeLimit(.minutes(1)))
struct DisplayTests {
  private static func jpeg(_ color: UInt32, _ size: Size) throws -> ImageContent {
    let raster = Raster(width: size.width, height: size.height, kind: .opaque, fill: color)
    return .jpeg(try JPEG.encode(raster, quality: 100)[...])
  }

  @Test("a display that has images without end delays no key")
  func busyDisplay() async throws {
    let flooded = Gate()
    let script = ScriptedServer.Script.with {
      $0.display = { channel, server in
        try await channel.expectDisplayInit()
        let size = Size(width: 128, height: 128)
        try await channel.send(Screen.create(size))
        let image = Screen.copy(try Self.jpeg(Screen.blue, size), to: Rect(size))
        // Nothing but the key's coming ends this.
        var count = 0
        while server.inputs.all.isEmpty {
          try await channel.send(Array(repeating: image, count: 100))
          count += 100
          if count >= 1000 { flooded.open() }
        }
        try await channel.send(DisplayServerMessage.mark)
        try await channel.drain()
      }
    }
    try await withSession(script) { client, server in
      try await flooded.wait()
      try await client.send(KeyCombination("a"))
      #expect(try await server.inputs.reaches(2) == [.keyDown(0x1E), .keyUp(0x9E)])
      #expect(try await client.picture(timeout: .seconds(30)).isComplete)
    }
  }

  @Test("a display that has images without end from its first moment on delays no connecting")
  func busyFromTheStart() async throws {
    // Whether images come in one piece with the link's end is chance: several times.
    for _ in 0..<8 {
      let isOpen = Gate()
      let script = ScriptedServer.Script.with {
        $0.display = { channel, _ in
          try await channel.expectDisplayInit()
          let size = Size(width: 128, height: 128)
          try await channel.send(Screen.create(size), DisplayServerMessage.mark)
          let image = Screen.copy(try Self.jpeg(Screen.blue, size), to: Rect(size))
          // Nothing but the session's being open ends this.
          while !isOpen.isOpen { try await channel.send(Array(repeating: image, count: 100)) }
          try await channel.drain()
        }
      }
      try await withSession(script) { client, _ in
        isOpen.open()
        let picture = try await client.picture(timeout: .seconds(30))
        #expect(picture.isComplete)
      }
    }
  }

  @Test("a picture that takes time to decode keeps its place among the others")
  func jpegOrder() async throws {
    let left = Rect(x: 0, y: 0, width: 32, height: 48)
    let script = ScriptedServer.Script.with {
      $0.display = { channel, _ in
        try await channel.expectDisplayInit()
        try await channel.send(
          Screen.create(), Screen.fill(Rect(Screen.size), Screen.red),
          Screen.copy(try Self.jpeg(Screen.blue, left.size), to: left),
          Screen.fill(Rect(x: 0, y: 0, width: 16, height: 48), Screen.green), DisplayServerMessage.mark)
        try await channel.drain()
      }
    }
    try await withSession(script) { client, _ in
      let image = try await client.picture().image
      #expect(image.color(5, 5) == Screen.green)
      #expect(image.color(20, 5) & 0xFF > 0xF0)
      #expect(image.color(40, 5) == Screen.red)
    }
  }

  @Test("what comes while large images are decoded is read, and keeps its place")
  func readsAhead() async throws {
    let side = 200
    let dots = 300
    @Sendable func dot(_ number: Int) -> Rect {
      Rect(x: Int32(number % side), y: Int32(number / side), width: 1, height: 1)
    }
    let script = ScriptedServer.Script.with {
      $0.display = { channel, _ in
        try await channel.expectDisplayInit()
        let size = Size(width: side, height: side)
        try await channel.send(Screen.create(size))
        for number in 0..<dots {
          // Each image covers the dots before it.
          let raster = Raster(width: side, height: side, kind: .opaque, fill: UInt32(number))
          let image = Screen.copy(.lzRGB(LZ.encode(raster)[...]), to: Rect(size))
          try await channel.send(image, Screen.fill(dot(number), Screen.red))
        }
        try await channel.send(DisplayServerMessage.mark)
        try await channel.drain()
      }
    }
    try await withSession(script) { client, _ in
      let image = try await client.picture(timeout: .seconds(30)).image
      let last = dot(dots - 1)
      #expect(image.color(Int(last.left), Int(last.top)) == Screen.red)
      #expect(image.pixels.count { $0 & 0xFF_FFFF == UInt32(dots - 1) } == side * side - 1)
    }
  }

  @Test("a JPEG image larger than its message said is refused")
  func largerJPEG() async throws {
    let script = ScriptedServer.Script.with {
      $0.display = { channel, _ in
        try await channel.expectDisplayInit()
        let content = try Self.jpeg(Screen.blue, Size(width: 1000, height: 1000))
        try await channel.send(Screen.create(), Screen.copy(content, to: Rect(Screen.size)))
        try await channel.drain()
      }
    }
    let error = try #require(try await ending(with: script))
    guard case .session(.foreignImage) = error else { throw error }
    #expect("\(error)".contains("1000 by 1000 pixels"))
  }

  @Test("an image that does not decode ends the session with the decoder's words")
  func damagedJPEG() async throws {
    let script = ScriptedServer.Script.with {
      $0.display = { channel, _ in
        try await channel.expectDisplayInit()
        try await channel.send(Screen.create(), Screen.copy(.jpeg([1, 2, 3, 4]), to: Rect(Screen.size)))
        try await channel.drain()
      }
    }
    let error = try #require(try await ending(with: script))
    #expect("\(error)".contains("message 2 does not decode: the JPEG data is damaged"))
  }

  // MARK: Several displays

  /// Two displays, whose roles know each other's gate.
  private static func pair(
    _ first: @escaping @Sendable (ServerChannel) async throws -> Void,
    _ second: @escaping @Sendable (ServerChannel) async throws -> Void
  ) -> ScriptedServer.Script {
    .with {
      $0.channels = [ChannelID(.display, 0), ChannelID(.display, 1)]
      $0.display = { channel, _ in
        try await channel.expectDisplayInit()
        try await channel.id.id == 0 ? first(channel) : second(channel)
        try await channel.drain()
      }
    }
  }

  @Test("a display that is told to wait for another does nothing until that has come as far")
  func waits() async throws {
    let gate = Gate()
    let script = Self.pair {
      try await $0.show(Screen.blue)
      try await gate.wait()
      try await $0.send(Screen.fill(Rect(Screen.size), Screen.red))
    } _: {
      try await $0.send(
        Screen.create(), Screen.fill(Rect(Screen.size), Screen.red), DisplayServerMessage.mark,
        CommonServerMessage.waitForChannels([ChannelWait(channel: ChannelID(.display, 0), serial: 4)]),
        Screen.fill(Rect(Screen.size), Screen.green))
    }
    try await withSession(script) { client, _ in
      var frames = client.frames(of: 1).makeAsyncIterator()
      var frame = try #require(await frames.next())
      while !frame.isComplete { frame = try #require(await frames.next()) }
      #expect(frame.image.only == Screen.red)
      gate.open()
      #expect(await frames.next()?.image.only == Screen.green)
    }
  }

  @Test("a wait for what never comes ends the session and names both channels")
  func waitsInVain() async throws {
    let script = Self.pair {
      try await $0.show(Screen.blue)
    } _: {
      try await $0.send(
        CommonServerMessage.waitForChannels([ChannelWait(channel: ChannelID(.display, 0), serial: 100)]))
    }
    var options = ClientOptions()
    options.waitTimeout = .milliseconds(200)
    let error = try #require(try await ending(with: script, options))
    #expect("\(error)".contains("the display/1 channel was told to wait for display/0 message 100"))
  }

  @Test("an image that needs another display's is shown as soon as that has come")
  func sharedDictionary() async throws {
    let gate = Gate()
    let isShared = Gate()
    var dictionary = GLZDictionary(capacity: 1 << 20)
    var noise = Raster(width: Screen.size.width, height: Screen.size.height, kind: .opaque)
    var random = SystemRandomNumberGenerator()
    for place in noise.pixels.indices { noise.pixels[place] = random.next(upperBound: 0x100_0000) }
    let original = noise
    let first = dictionary.encode(original) ?? []
    // The same pixels again: nothing but references to the first image.
    let second = dictionary.encode(original) ?? []
    #expect(!second.isEmpty)
    #expect(second.count < first.count / 10)
    let script = Self.pair {
      isShared.open()
      try await $0.show(Screen.blue)
      try await gate.wait()
      try await $0.send(Screen.copy(.glzRGB(first[...]), to: Rect(Screen.size)))
    } _: {
      try await isShared.wait()
      try await $0.send(
        Screen.create(), DisplayServerMessage.mark, Screen.copy(.glzRGB(second[...]), to: Rect(Screen.size)))
    }
    try await withSession(script) { client, _ in
      _ = try await client.picture(of: 0)
      var frames = client.frames(of: 1).makeAsyncIterator()
      var frame = try #require(await frames.next())
      #expect(frame.image.only == 0)
      gate.open()
      while frame.image.only != nil { frame = try #require(await frames.next()) }
      #expect(frame.image.pixels.map { $0 & 0xFF_FFFF } == original.pixels)
    }
  }
}
