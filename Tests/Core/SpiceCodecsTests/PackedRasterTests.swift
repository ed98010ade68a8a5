import SpiceCodecs
import SpicePixels
import Testing

@Suite("Packed rasters")
struct PackedRasterTests {
  /// Pixels in runs, of so many colours, each of which is there; high bits too.
  private func picture(_ width: Int, _ height: Int, colors: Int, kind: PixelKind, seed: UInt64) -> Raster {
    var random = FixedRandom(seed: seed)
    let palette = (0..<colors).map { UInt32($0) &* 0x9E37_79B1 &+ 7 }
    var raster = Raster(width: width, height: height, kind: kind)
    var place = 0
    while place < raster.pixels.count {
      let color = place < colors ? palette[place] : palette[Int.random(in: 0..<colors, using: &random)]
      let end = place < colors ? place + 1 : min(raster.pixels.count, place + Int.random(in: 1...40, using: &random))
      for pixel in place..<end { raster.pixels[pixel] = color }
      place = end
    }
    return raster
  }

  @Test("what is unpacked is what was packed, whole and in parts", arguments: [1, 2, 3, 200, 255, 256])
  func roundTrip(colors: Int) throws {
    var random = FixedRandom(seed: UInt64(colors))
    for (width, height) in [(1024, 1), (1031, 3), (77, 61), (32, 33)] {
      let kind: PixelKind = [.opaque, .alpha, .coverage][width % 3]
      let raster = picture(width, height, colors: colors, kind: kind, seed: UInt64(width))
      let packed = try #require(PackedRaster(raster))
      #expect(packed.raster == raster)
      #expect(packed.byteCount == width * height + 4 * colors)
      for _ in 0..<50 {
        let start = Int.random(in: 0..<raster.pixels.count, using: &random)
        let count = Int.random(in: 0...(raster.pixels.count - start), using: &random)
        let part = [UInt32](unsafeUninitializedCapacity: count) { target, initialized in
          if let target = target.baseAddress { packed.read(from: start, count: count, into: target) }
          initialized = count
        }
        #expect(part == Array(raster.pixels[start..<(start + count)]))
      }
    }
  }

  @Test("more colours than a byte counts, or than save half, are not packed")
  func refused() {
    #expect(PackedRaster(picture(100, 100, colors: 257, kind: .opaque, seed: 1)) == nil)
    #expect(PackedRaster(picture(20, 20, colors: 101, kind: .opaque, seed: 1)) == nil)
    #expect(PackedRaster(picture(20, 20, colors: 100, kind: .opaque, seed: 1)) != nil)
    #expect(PackedRaster(picture(15, 17, colors: 1, kind: .opaque, seed: 1)) == nil)
    #expect(PackedRaster(Raster(width: 0, height: 0, kind: .opaque)) == nil)
  }

  @Test("an image of the window that is packed is referred to as any other")
  func window() throws {
    for kind in [PixelKind.opaque, .alpha] {
      var dictionary = GLZDictionary(capacity: 1 << 20)
      var window = GLZWindow(unpackedLimit: 0)
      var image = picture(90, 60, colors: 200, kind: kind, seed: 4)
      if kind == .opaque { for place in image.pixels.indices { image.pixels[place] &= 0xFF_FFFF } }
      var first = 0
      for id in 0..<4 as Range<UInt64> {
        let data = try dictionary.encoded(image)
        // All but the first are a few references, to one that is packed.
        if id == 0 { first = data.count } else { #expect(data.count < first / 2) }
        #expect(try window.decode(data[...]) == .decoded(image, id: id))
        #expect((window.packed(id) != nil) == (id > 0))
      }
      #expect(window.packed(9) == nil)
      #expect(window.pixelCount == 4 * 90 * 60)
    }
  }
}
