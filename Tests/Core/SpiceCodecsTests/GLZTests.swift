import SpiceCodecs
import SpicePixels
import Testing

@Suite("GLZ")
struct GLZTests {
  static let sequences = ["window.sequence", "channels.sequence", "desktop.sequence"]

  static func expected(_ sequence: String) -> [ExpectedImage] {
    Fixtures.expected("glz").filter { $0.name.hasPrefix(sequence) }
  }

  @Test(
    "the images of libspice-server decode to the bitmaps they were made of, packed ones too", arguments: sequences,
    [0, 1 << 20])
  func fixtures(sequence: String, unpackedLimit: Int) throws {
    var window = GLZWindow(unpackedLimit: unpackedLimit)
    let images = try Fixtures.sequence(sequence)
    #expect(images.count == Self.expected(sequence).count)
    for (image, expected) in zip(images, Self.expected(sequence)) {
      guard case .decoded(let raster, let id) = try window.decode(image.payload[...]) else {
        Issue.record("\(expected.name) waits")
        continue
      }
      #expect(expected.matches(raster), "\(expected.name)")
      #expect("\(sequence) \(id)" == expected.name)
    }
  }

  @Test("what lies before the sender's window is dropped")
  func release() throws {
    var window = GLZWindow()
    for (index, image) in try Fixtures.sequence("window.sequence").enumerated() {
      _ = try window.decode(image.payload[...])
      #expect(window.count == min(index + 1, 3))
      #expect(window.pixelCount == window.count * 4000)
    }
    #expect(!window.contains(20))
    #expect(window.contains(21) && window.contains(23))
  }

  @Test("an image that refers to one of another channel waits for it, and decodes after it")
  func waiting() throws {
    // The second channel first, and the first channel's images whenever they are waited for.
    let images = try Fixtures.sequence("channels.sequence")
    let expected = Self.expected("channels.sequence")
    var pending: [UInt64: [UInt8]] = [:]
    var window = GLZWindow()
    var waits = 0
    var decoded: [UInt64: Raster] = [:]
    for (id, image) in images.enumerated() where image.channel == 0 { pending[UInt64(id)] = image.payload }
    for image in images where image.channel == 1 {
      var queue = [image.payload]
      while let payload = queue.last {
        switch try window.decode(payload[...]) {
        case .decoded(let raster, let id):
          decoded[id] = raster
          queue.removeLast()
        case .waiting(let id):
          waits += 1
          let missing = pending.removeValue(forKey: id)
          queue.append(try #require(missing))
        }
      }
    }
    #expect(waits > 0)
    for payload in pending.values {
      if case .decoded(let raster, let id) = try window.decode(payload[...]) { decoded[id] = raster }
    }
    for (id, image) in expected.enumerated() {
      let raster = try #require(decoded[UInt64(id)])
      #expect(image.matches(raster), "\(image.name)")
    }
  }

  @Test("waiting leaves the window as it was")
  func unchanged() throws {
    let images = try Fixtures.sequence("channels.sequence")
    var window = GLZWindow()
    #expect(try window.decode(images[1].payload[...]) == .waiting(forImage: 0))
    #expect(window.count == 0)
    #expect(window.pixelCount == 0)
  }

  @Test("no image is dropped while an earlier one is still to come")
  func gap() throws {
    var dictionary = GLZDictionary(capacity: 3000)
    var window = GLZWindow()
    let pictures = (0..<6).map { Pictures.noise(width: 50, height: 20, kind: .opaque, seed: $0) }
    let images = try pictures.map { try dictionary.encoded($0) }
    for index in [0, 2, 3, 4, 5] {
      #expect(try window.decode(images[index][...]) == .decoded(pictures[index], id: UInt64(index)))
    }
    #expect(window.count == 5)
    _ = try window.decode(images[1][...])
    #expect(window.count == 3)
    #expect(window.contains(3) && window.contains(5))
  }

  @Test("a session that begins with a later id needs no earlier images")
  func laterStart() throws {
    var dictionary = GLZDictionary(capacity: 5000, nextID: 1000)
    var window = GLZWindow()
    for seed in 0..<8 as Range<UInt64> {
      let picture = Pictures.page(width: 50, height: 40, kind: .opaque, seed: seed)
      let data = try dictionary.encoded(picture)
      #expect(try window.decode(data[...]) == .decoded(picture, id: 1000 + seed))
      #expect(window.count <= 2)
    }
  }

  @Test("beyond its capacity the window drops the oldest images")
  func capacity() throws {
    var dictionary = GLZDictionary(capacity: 100_000)
    var window = GLZWindow(capacity: 5000)
    for seed in 0..<10 as Range<UInt64> {
      let picture = Pictures.noise(width: 40, height: 50, kind: .opaque)
      _ = try? window.decode(try dictionary.encoded(picture)[...])
      #expect(window.pixelCount <= 5000, "\(seed)")
    }
  }

  @Test("a reference to an image that was dropped is an error that names it")
  func gone() throws {
    var dictionary = GLZDictionary(capacity: 100_000)
    var window = GLZWindow(capacity: 2500)
    let picture = Pictures.noise(width: 40, height: 50, kind: .opaque)
    let other = Pictures.page(width: 40, height: 50, kind: .opaque)
    for raster in [picture, other] { _ = try window.decode(try dictionary.encoded(raster)[...]) }
    #expect(!window.contains(0))
    let data = try dictionary.encoded(picture)
    let error = #expect(throws: CodecError.self) { try window.decode(data[...]) }
    guard case .malformed(.glz, _, .imageGone(0)) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test("after a fresh start the window holds nothing")
  func removeAll() throws {
    var window = GLZWindow()
    _ = try window.decode(try Fixtures.sequence("window.sequence")[0].payload[...])
    window.removeAll()
    #expect(window.count == 0 && window.pixelCount == 0 && !window.contains(0))
  }

  @Test("a raster given out is not the window's to change")
  func sharing() throws {
    let images = try Fixtures.sequence("window.sequence")
    var window = GLZWindow()
    guard case .decoded(var first, _) = try window.decode(images[0].payload[...]) else { return }
    for index in first.pixels.indices { first.pixels[index] = 0 }
    guard case .decoded(let second, _) = try window.decode(images[1].payload[...]) else { return }
    #expect(Self.expected("window.sequence")[1].matches(second))
  }

  @Test("an image cut off anywhere is refused or waits, and the window stays as it was")
  func truncation() throws {
    let images = try Fixtures.sequence("window.sequence")
    var window = GLZWindow()
    for image in images[..<21] { _ = try window.decode(image.payload[...]) }
    let data = images[21].payload
    for count in 0..<data.count {
      #expect(throws: CodecError.self) { try window.decode(data[..<count]) }
      #expect(window.count == 3)
    }
    guard case .decoded(let raster, _) = try window.decode(data[...]) else { return }
    #expect(Self.expected("window.sequence")[21].matches(raster))
  }

  @Test("a changed sequence gives errors, waits or images of the right size")
  func mutation() throws {
    var random = FixedRandom(seed: 3)
    let images = try Fixtures.sequence("window.sequence")
    for _ in 0..<60 {
      var window = GLZWindow(capacity: 40_000, limits: PixelLimits(side: 4096, area: 1 << 15))
      for image in images {
        let changed = mutated(image.payload, from: 8, &random)
        guard case .decoded(let raster, _)? = try? window.decode(changed[...]) else { continue }
        let header = try GLZHeader(of: changed[...])
        #expect(raster.pixels.count == header.width * header.height)
        #expect(raster.kind == .alpha || raster.pixels.allSatisfy { $0 >> 24 == 0 })
        #expect(window.pixelCount <= 40_000)
      }
    }
  }
}
