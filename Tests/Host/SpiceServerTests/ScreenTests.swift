import SpiceClient
import SpicePixels
import SpiceProtocol
import SpiceServer
import SpiceSession
import Testing

@Suite("A server's screens", .timeLimit(.minutes(1)))
struct ScreenTests {
  @Test("a client sees what the program drew before it came")
  func before() async throws {
    try await withServer { server in
      server.screen.fill(Rect(server.screen.size), 0x20_40_60)
      server.screen.fill(Rect(left: 10, top: 10, right: 40, bottom: 30), 0xFF_8000)
      try await withClient(server.uri) { client in
        _ = try await client.picture()
        try await client.shows(server.screen)
      }
    }
  }

  @Test("whatever is drawn while clients look on, all have it in the end", arguments: [1, 2, 3])
  func random(seed: UInt64) async throws {
    try await withServer { server in
      try await withClient(server.uri) { first in
        try await withClient(server.uri) { second in
          var numbers = SeededNumbers(state: seed)
          for step in 0..<60 {
            draw(on: server.screen, &numbers)
            if step % 20 == 19 {
              try await first.shows(server.screen)
              try await second.shows(server.screen)
            }
          }
        }
      }
    }
  }

  private func draw(on screen: Screen, _ numbers: inout SeededNumbers) {
    let size = screen.size
    func place(_ limit: Int) -> Int32 { Int32.random(in: -8...Int32(limit) + 8, using: &numbers) }
    let (left, top) = (place(size.width), place(size.height))
    let box = Rect(
      left: left, top: top, right: left + .random(in: 1...50, using: &numbers),
      bottom: top + .random(in: 1...40, using: &numbers))
    switch Int.random(in: 0..<10, using: &numbers) {
    case 0...3: screen.fill(box, UInt32.random(in: 0...0xFF_FFFF, using: &numbers))
    case 4...7:
      let noise = UInt32.random(in: 0...0xFFFF, using: &numbers)
      let seen = box.intersection(Rect(size))
      screen.draw(box) { picture in
        guard !seen.isEmpty else { return }
        for y in Int(seen.top)..<Int(seen.bottom) {
          for x in Int(seen.left)..<Int(seen.right) {
            picture[x, y] = UInt32(x * 7 + y * 13) &* (noise | 1) & 0xFF_FFFF
          }
        }
      }
    case 8:
      let image = Raster(width: 9, height: 7, kind: .opaque, fill: 0x12_3456)
      screen.put(image, at: Point(x: left, y: top))
    default:
      let next = Size(width: .random(in: 1...120, using: &numbers), height: .random(in: 1...90, using: &numbers))
      screen.resize(to: next, color: UInt32.random(in: 0...0xFF_FFFF, using: &numbers))
    }
  }

  @Test("a picture that was drawn elsewhere is shown, with what only moved as a copy")
  func shown() async throws {
    try await withServer { server in
      var picture = server.screen.picture
      for y in 0..<picture.height { for x in 0..<picture.width { picture[x, y] = UInt32(x * y * 31) & 0xFF_FFFF } }
      server.screen.show(picture)
      try await withClient(server.uri) { client in
        try await client.shows(server.screen)
        // All rows move up by 8; the last 8 are new.
        let (width, height) = (picture.width, picture.height)
        var moved = picture
        for y in 0..<height - 8 { for x in 0..<width { moved[x, y] = picture[x, y + 8] } }
        for y in height - 8..<height { for x in 0..<width { moved[x, y] = 0x00_FF00 } }
        let last = Rect(left: 0, top: Int32(height) - 8, right: Int32(width), bottom: Int32(height))
        server.screen.show(
          moved,
          changes: [
            .copy(
              Rect(left: 0, top: 0, right: Int32(width), bottom: Int32(height) - 8), from: Point(x: 0, y: 8)),
            .fill(last, color: 0x00_FF00),
          ])
        try await client.shows(server.screen)
        let copies = await client.inspectDisplay { $0.statistics.draws[.copyBits] ?? 0 }
        #expect(copies == 1)
      }
    }
  }

  @Test("a copy of what was damaged just before copies what it was then")
  func damagedAndCopied() async throws {
    try await withServer { server in
      let size = server.screen.size
      server.screen.fill(Rect(size), 0x10_1010)
      try await withClient(server.uri) { client in
        try await client.shows(server.screen)
        // A stone is drawn, copied away, and drawn over: three changes, told at once.
        let (here, there) = (
          Rect(left: 0, top: 0, right: 8, bottom: 8), Rect(left: 20, top: 0, right: 28, bottom: 8)
        )
        var picture = server.screen.picture
        for y in 0..<8 { for x in 20..<28 { picture[x, y] = UInt32(x * y) } }
        for y in 0..<8 { for x in 0..<8 { picture[x, y] = 0xFF_0000 } }
        server.screen.show(
          picture, changes: [.damage(here), .copy(there, from: here.origin), .fill(here, color: 0xFF_0000)])
        let isShown = server.screen.picture.pixels == picture.pixels
        #expect(isShown)
      }
    }
  }

  @Test("who tells what it moves is sent what it draws; what it damages without a change is left out")
  func tellsMoves() async throws {
    try await withServer { server in
      let size = server.screen.size
      let whole = Rect(size)
      var picture = Raster(width: size.width, height: size.height, kind: .opaque)
      for place in picture.pixels.indices { picture.pixels[place] = UInt32(place) &* 0x9E37_79B1 & 0xFF_FFFF }
      server.screen.show(picture)
      try await withClient(server.uri) { client in
        try await client.shows(server.screen)
        for step in 0..<24 {
          // All of it scrolls, and some of what is said to be new is.
          let rows = picture
          for y in 0..<size.height - 2 { for x in 0..<size.width { picture[x, y] = rows[x, y + 2] } }
          picture[step % size.width, size.height - 1] = UInt32(step)
          let kept = Rect(left: 0, top: 0, right: whole.right, bottom: whole.bottom - 2)
          let last = Rect(left: 0, top: kept.bottom, right: whole.right, bottom: whole.bottom)
          server.screen.show(
            picture, changes: [.copy(kept, from: Point(x: 0, y: 2)), step % 3 == 0 ? .drawn(last) : .damage(whole)])
          try await client.shows(server.screen)
          let isShown = server.screen.picture.pixels == picture.pixels
          #expect(isShown)
        }
        let copies = await client.inspectDisplay { $0.statistics.draws[.copyBits] ?? 0 }
        let pictures = await client.inspectDisplay { $0.statistics.draws[.drawCopy] ?? 0 }
        #expect(copies == 24)
        #expect(pictures.map { $0 < 60 } == true)
        // And who then draws again as if nothing were known is shown all the same.
        server.screen.draw(whole) { picture in for x in 0..<9 { picture[x, 3] = 0xFF_FFFF } }
        try await client.shows(server.screen)
      }
    }
  }

  @Test("a copy from outside of the screen has the picture's pixels")
  func copiedFromOutside() async throws {
    try await withServer { server in
      let size = server.screen.size
      server.screen.fill(Rect(size), 0x10_1010)
      try await withClient(server.uri) { client in
        try await client.shows(server.screen)
        var picture = server.screen.picture
        for x in 0..<size.width { picture[x, 0] = UInt32(x) }
        server.screen.show(picture, changes: [.copy(Rect(size), from: Point(x: 0, y: -1))])
        try await client.shows(server.screen)
        let isShown = server.screen.picture.pixels == picture.pixels
        #expect(isShown)
      }
    }
  }

  @Test("each screen is a display channel of its own")
  func several() async throws {
    try await withServer {
      $0.screens = [.init(size: Size(width: 40, height: 30)), .init(size: Size(width: 50, height: 20))]
    } _: { server in
      server.screens[0].fill(Rect(server.screens[0].size), 0xFF_0000)
      server.screens[1].fill(Rect(server.screens[1].size), 0x00_00FF)
      try await withClient(server.uri) { client in
        #expect(client.displays == [0, 1])
        try await client.shows(server.screens[0], display: 0)
        try await client.shows(server.screens[1], display: 1)
      }
    }
  }

  @Test("monitors look at parts of a screen")
  func monitors() async throws {
    let halves = [
      Rect(left: 0, top: 0, right: 48, bottom: 64), Rect(left: 48, top: 0, right: 96, bottom: 64),
    ]
    try await withServer {
      $0.screens[0].monitors = halves
    } _: { server in
      try await withClient(server.uri) { client in
        _ = try await client.picture()
        let heads = await client.monitors()
        #expect(
          heads.map {
            Rect(left: Int32($0.x), top: Int32($0.y), right: Int32($0.x + $0.width), bottom: Int32($0.y + $0.height))
          } == halves)
      }
    }
  }

  @Test("the pointer's shape arrives, before and after a client came")
  func cursor() async throws {
    let shape = CursorShape(width: 2, height: 1, hotSpot: Point(x: 1, y: 0), pixels: [0xFFFF_0000, 0x8000_0080])
    try await withServer { server in
      server.setCursor(shape)
      try await withClient(server.uri) { client in
        for _ in 0..<500 where await client.cursor?.shape != shape { try await Task.sleep(for: .milliseconds(10)) }
        #expect(await client.cursor?.shape == shape)
        server.setCursor(nil)
        for _ in 0..<500 where await client.cursor?.isVisible == true { try await Task.sleep(for: .milliseconds(10)) }
        #expect(await client.cursor?.isVisible == false)
      }
    }
  }

  @Test("the pointer's place arrives, before and after a client came")
  func pointer() async throws {
    try await withServer { server in
      server.movePointer(to: Point(x: 7, y: 9))
      try await withClient(server.uri) { client in
        for _ in 0..<500 where await client.cursor?.position != Point(x: 7, y: 9) {
          try await Task.sleep(for: .milliseconds(10))
        }
        #expect(await client.cursor?.position == Point(x: 7, y: 9))
        for x in 8...60 { server.movePointer(to: Point(x: Int32(x), y: 9)) }
        for _ in 0..<500 where await client.cursor?.position != Point(x: 60, y: 9) {
          try await Task.sleep(for: .milliseconds(10))
        }
        #expect(await client.cursor?.position == Point(x: 60, y: 9))
      }
    }
  }
}
