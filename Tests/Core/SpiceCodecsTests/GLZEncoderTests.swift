import SpiceCodecs
import SpicePixels
import Testing

@Suite("GLZ encoding")
struct GLZEncoderTests {
  @Test("a sequence of images decodes to itself", arguments: [4000, 20_000, 1 << 20])
  func roundTrip(capacity: Int) throws {
    var dictionary = GLZDictionary(capacity: capacity)
    var window = GLZWindow(unpackedLimit: capacity / 4)
    var random = FixedRandom(seed: 11)
    var id: UInt64 = 0
    for step in 0..<60 {
      let width = Int.random(in: 1...90, using: &random)
      let height = Int.random(in: 1...60, using: &random)
      let kind: PixelKind = step % 3 == 0 ? .alpha : .opaque
      let picture =
        switch step % 4 {
        case 0: Pictures.noise(width: width, height: height, kind: kind)
        case 1: Pictures.plain(width: width, height: height, kind: kind)
        default: Pictures.page(width: width, height: height, kind: kind, seed: UInt64(step / 8))
        }
      guard let data = dictionary.encode(picture) else {
        #expect(picture.pixels.count > capacity)
        continue
      }
      #expect(try window.decode(data[...]) == .decoded(picture, id: id))
      #expect(window.pixelCount <= capacity)
      id += 1
    }
  }

  @Test("an image seen before costs next to nothing")
  func repeated() throws {
    var dictionary = GLZDictionary(capacity: 1 << 20)
    let picture = Pictures.noise(width: 200, height: 100, kind: .opaque)
    let first = try dictionary.encoded(picture)
    let second = try dictionary.encoded(picture)
    #expect(first.count > 60_000)
    #expect(second.count < 300)
    var window = GLZWindow()
    _ = try window.decode(first[...])
    #expect(try window.decode(second[...]) == .decoded(picture, id: 1))
  }

  @Test("offsets of every length are written and read", arguments: [10, 5000, 200_000])
  func offsets(skip: Int) throws {
    var dictionary = GLZDictionary(capacity: 1 << 20)
    var window = GLZWindow()
    let noise = Pictures.noise(width: 500, height: 500, kind: .opaque)
    _ = try window.decode(try dictionary.encoded(noise)[...])
    // A hundred small images between, for a long distance.
    for seed in 0..<100 as Range<UInt64> {
      _ = try window.decode(
        try dictionary.encoded(Pictures.page(width: 9, height: 9, kind: .opaque, seed: seed))[...])
    }
    let part = try #require(
      Raster(width: 300, height: 1, kind: .opaque, pixels: Array(noise.pixels[skip..<(skip + 300)])))
    let data = try dictionary.encoded(part)
    #expect(data.count < 300)
    #expect(try window.decode(data[...]) == .decoded(part, id: 101))
  }

  @Test(
    "an image that takes more than its limit leaves the dictionary as it was", arguments: [PixelKind.opaque, .alpha])
  func limit(kind: PixelKind) throws {
    var dictionary = GLZDictionary(capacity: 15_000)
    for seed in 0..<3 as Range<UInt64> {
      _ = try dictionary.encoded(Pictures.page(width: 80, height: 50, kind: kind, seed: seed))
    }
    var untried = dictionary
    let noise = Pictures.noise(width: 100, height: 100, kind: kind)
    let refused = dictionary.encode(noise, limit: 20_000)
    #expect(refused == nil)
    // Of the three pages, the noise would have pushed out two.
    for seed in 0..<3 as Range<UInt64> {
      let page = Pictures.page(width: 40, height: 50, kind: kind, seed: seed)
      let (tried, expected) = (try dictionary.encoded(page), try untried.encoded(page))
      let areEqual = tried == expected
      #expect(areEqual)
    }
  }

  @Test("an image that takes its limit exactly is encoded")
  func withinLimit() throws {
    var (first, second) = (GLZDictionary(capacity: 10_000), GLZDictionary(capacity: 10_000))
    let page = Pictures.page(width: 90, height: 60, kind: .opaque, seed: 1)
    let size = try first.encoded(page).count
    let (tight, enough) = (second.encode(page, limit: size - 1), second.encode(page, limit: size))
    #expect(tight == nil && enough?.count == size)
  }

  @Test("an image larger than the window is not encoded")
  func tooLarge() {
    var dictionary = GLZDictionary(capacity: 99)
    #expect(dictionary.encode(Pictures.plain(width: 10, height: 10, kind: .opaque)) == nil)
    #expect(dictionary.nextID == 0)
  }
}

extension GLZDictionary {
  /// Encodes what is known to fit.
  mutating func encoded(_ raster: Raster) throws -> [UInt8] {
    let data = encode(raster)
    return try #require(data)
  }
}
