import SpicePixels
import SpiceProtocol
import SpiceSession
import Testing

@Suite("A pointer's picture")
struct CursorShapeTests {
  private let black: UInt32 = 0xFF00_0000
  private let white: UInt32 = 0xFFFF_FFFF

  private func shape(
    _ type: CursorType, _ width: UInt16, _ height: UInt16, _ data: [UInt8], limit: Int = 1024
  ) throws(CursorFault) -> CursorShape {
    let header = CursorHeader(unique: 1, type: type, width: width, height: height, hotSpotX: 1, hotSpotY: 2)
    // A slice that does not begin at 0, as it comes out of a message.
    return try CursorShape(header, ([9, 9, 9] + data)[3...], limit: limit)
  }

  /// A palette of `count` colours: those given, then black.
  private func palette(_ colors: [UInt32], count: Int) -> [UInt8] {
    (colors + Array(repeating: 0, count: count - colors.count)).flatMap { color in
      (0..<4).map { UInt8(truncatingIfNeeded: color >> ($0 * 8)) }
    }
  }

  @Test("ALPHA is premultiplied 32-bit colour, as it came")
  func alpha() throws {
    let shape = try shape(.alpha, 2, 1, hex("01020304 05060708"))
    #expect(shape.pixels == [0x0403_0201, 0x0807_0605])
    #expect(shape.inverting.isEmpty)
    #expect(shape.hotSpot == Point(x: 1, y: 2))
    #expect(shape.width == 2 && shape.height == 1)
  }

  @Test("MONO is black, white, nothing or the inverse of the screen, in two planes of padded rows")
  func mono() throws {
    let shape = try shape(.mono, 9, 2, hex("30 80  FF 80") + hex("50 80  00 00"))
    #expect(
      shape.pixels == [black, white, 0, 0, black, black, black, black, 0] + Array(repeating: 0, count: 9))
    var inverting = [Bool](repeating: false, count: 18)
    inverting[3] = true
    inverting[8] = true
    #expect(shape.inverting == inverting)
  }

  @Test("COLOR4 is indices of padded rows, high half first; a palette of 16; a mask that counts through")
  func color4() throws {
    let colors: [UInt32] = [0x11, 0x22_0000, 0x0033_4455, 0x66]
    // The last pixel is masked out.
    let shape = try shape(.color4, 3, 2, hex("12 30  0F 10") + palette(colors, count: 16) + hex("04"))
    #expect(shape.pixels == [0xFF22_0000, 0xFF33_4455, 0xFF00_0066, 0xFF00_0011, black, 0])
    #expect(shape.inverting.isEmpty)
  }

  @Test("COLOR8 is indices, a palette of 256 and a mask")
  func color8() throws {
    let shape = try shape(.color8, 3, 1, hex("00 01 FF") + palette([0xAA, 0xBB], count: 256) + hex("40"))
    #expect(shape.pixels == [0xFF00_00AA, 0, black])
  }

  @Test("COLOR16 is five bits a channel and a mask")
  func color16() throws {
    let shape = try shape(.color16, 3, 1, hex("007C E003 1F00") + hex("00"))
    #expect(shape.pixels == [0xFFFF_0000, 0xFF00_FF00, 0xFF00_00FF])
  }

  @Test("COLOR24 is blue, green, red and a mask")
  func color24() throws {
    let shape = try shape(.color24, 2, 1, hex("010203 0A0B0C") + hex("80"))
    #expect(shape.pixels == [0, 0xFF0C_0B0A])
  }

  @Test("COLOR32 is colours whose fourth byte means nothing, and a mask; white that is masked inverts the screen")
  func color32() throws {
    let shape = try shape(.color32, 3, 1, hex("01020300 FFFFFF00 FFFFFFFF") + hex("40"))
    #expect(shape.pixels == [0xFF03_0201, 0, white])
    #expect(shape.inverting == [false, true, false])
  }

  @Test("a mask of nine pixels goes into its second byte")
  func maskAcrossBytes() throws {
    let shape = try shape(.color24, 3, 3, Array(repeating: 1, count: 27) + hex("00 80"))
    #expect(shape.pixels == Array(repeating: 0xFF01_0101, count: 8) + [0])
  }

  @Test("bytes behind the shape are passed over")
  func longer() throws {
    #expect(try shape(.alpha, 1, 1, hex("01020304 FFFF")).pixels == [0x0403_0201])
  }

  static let sizes: [(CursorType, Int)] = [
    (.alpha, 35 * 4), (.mono, 2 * 7), (.color4, 3 * 7 + 64 + 5), (.color8, 35 + 1024 + 5), (.color16, 70 + 5),
    (.color24, 105 + 5), (.color32, 140 + 5),
  ]

  @Test("every type wants exactly its bytes", arguments: sizes)
  func truncation(_ type: CursorType, _ needed: Int) throws {
    #expect(try shape(type, 5, 7, Array(repeating: 0, count: needed)).pixels.count == 35)
    #expect(throws: CursorFault.truncated(needed: needed, available: needed - 1)) {
      try shape(type, 5, 7, Array(repeating: 0, count: needed - 1))
    }
  }

  @Test("a side of none is a picture of none", arguments: [(0, 5), (5, 0), (0, 0)] as [(UInt16, UInt16)])
  func empty(_ width: UInt16, _ height: UInt16) throws {
    for type in CursorType.allCases {
      #expect(try shape(type, width, height, Array(repeating: 0, count: 2000)).pixels.isEmpty)
    }
  }

  @Test("a side past the limit is refused before its bytes are counted")
  func limit() {
    #expect(throws: CursorFault.size(width: 65_535, height: 65_535, limit: 1024)) {
      try shape(.color32, .max, .max, [])
    }
    #expect(throws: CursorFault.size(width: 1, height: 17, limit: 16)) {
      try shape(.alpha, 1, 17, Array(repeating: 0, count: 100), limit: 16)
    }
  }
}
