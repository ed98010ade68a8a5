import SpiceCodecs
import SpicePixels
import Testing

@Suite("QUIC encoding")
struct QuicEncoderTests {
  static let types: [QuicType] = [.gray, .rgb16, .rgb24, .rgb32, .rgba]

  /// Widths of one to five pixels, where runs begin, and around the 2048 pixels after which the waits grow.
  static let widths = [1, 2, 3, 4, 5, 31, 2047, 2048, 2049, 4100]

  /// What is left of a raster in a type that has no room for all of it.
  static func reduced(_ raster: Raster, _ type: QuicType) -> Raster {
    var reduced = raster
    reduced.kind = type.kind
    reduced.pixels = raster.pixels.map { pixel in
      switch type {
      case .gray: (pixel & 0xff) * 0x01_0101
      case .rgb16:
        widened555(UInt16(pixel >> 19 & 31) << 10 | UInt16(pixel >> 11 & 31) << 5 | UInt16(pixel >> 3 & 31))
      case .rgb24, .rgb32: pixel & 0xff_ffff
      case .rgba: pixel
      }
    }
    return reduced
  }

  static func roundTrip(_ raster: Raster, _ type: QuicType) throws -> Bool {
    try Quic.decode(try Quic.encode(raster, type: type)[...]) == reduced(raster, type)
  }

  @Test("noise comes back", arguments: types, widths)
  func noise(type: QuicType, width: Int) throws {
    #expect(try Self.roundTrip(Pictures.noise(width: width, height: 4, kind: .alpha), type))
  }

  @Test("text comes back", arguments: types, widths)
  func page(type: QuicType, width: Int) throws {
    #expect(try Self.roundTrip(Pictures.page(width: width, height: 13, kind: .alpha), type))
  }

  @Test("one colour comes back", arguments: types, widths)
  func plain(type: QuicType, width: Int) throws {
    #expect(try Self.roundTrip(Pictures.plain(width: width, height: 3, kind: .alpha), type))
  }

  @Test("a soft gradient comes back", arguments: types)
  func gradient(type: QuicType) throws {
    var raster = Raster(width: 300, height: 200, kind: .alpha)
    for y in 0..<200 {
      for x in 0..<300 { raster[x, y] = UInt32(x * 255 / 300) << 24 | UInt32(y) << 16 | UInt32(x / 2) << 8 | UInt32(y) }
    }
    #expect(try Self.roundTrip(raster, type))
  }

  @Test("a run longer than any that is expected at once comes back")
  func longRun() throws {
    #expect(try Self.roundTrip(Pictures.plain(width: 16_384, height: 40, kind: .alpha), .rgba))
  }

  @Test("a single pixel comes back", arguments: types)
  func onePixel(type: QuicType) throws {
    #expect(try Self.roundTrip(Pictures.plain(width: 1, height: 1, kind: .alpha), type))
  }

  @Test("a raster without pixels is refused with its size")
  func empty() {
    #expect(throws: CodecError.malformed(.quic, offset: 12, .empty(width: 0, height: 7))) {
      try Quic.encode(Raster(width: 0, height: 7, kind: .opaque), type: .rgb32)
    }
  }

  @Test("the high byte of an opaque raster makes no difference")
  func highByte() throws {
    let clean = Pictures.page(width: 60, height: 20, kind: .opaque)
    var dirty = clean
    for index in dirty.pixels.indices { dirty.pixels[index] |= UInt32(index & 0xff) << 24 }
    #expect(try Quic.encode(dirty, type: .rgb32) == Quic.encode(clean, type: .rgb32))
  }

  @Test("rgb24 and rgb32 differ in the header alone")
  func sameStream() throws {
    let raster = Pictures.page(width: 60, height: 20, kind: .opaque)
    #expect(try Quic.encode(raster, type: .rgb24)[20...] == Quic.encode(raster, type: .rgb32)[20...])
  }
}
