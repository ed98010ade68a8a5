import SpiceCodecs
import SpicePixels
import Testing

@Suite("LZ")
struct LZTests {
  @Test("an image of libspice-server decodes to the bitmap it was made of", arguments: Fixtures.expected("lz"))
  func fixture(_ expected: ExpectedImage) throws {
    let data = try Fixtures.bytes("lz/\(expected.name)")
    let raster = try LZ.decode(data[...], palette: Fixtures.palette(expected.name))
    #expect(expected.matches(raster))
  }

  @Test("the fixtures cover every image type, and both directions of rows")
  func coverage() throws {
    let headers = try Fixtures.expected("lz").map { try LZ.header(of: Fixtures.bytes("lz/\($0.name)")[...]) }
    let types: [LZImageType] = [
      .palette1LE, .palette1BE, .palette4LE, .palette4BE, .palette8, .rgb16, .rgb24, .rgb32, .rgba, .xxxa, .a8,
    ]
    for type in types {
      for isTopDown in [true, false] {
        #expect(headers.contains { $0.type == type && $0.isTopDown == isTopDown }, "\(type) \(isTopDown)")
      }
    }
  }

  @Test("the kernel gives what the plain decoder gives", arguments: Fixtures.expected("lz"))
  func plainDecoder(_ expected: ExpectedImage) throws {
    let data = try Fixtures.bytes("lz/\(expected.name)")
    guard Fixtures.palette(expected.name) == nil else { return }
    #expect(try LZ.decode(data[...]).pixels == SlowLZ.decode(data))
  }

  @Test("every distance and length gives what the plain decoder gives", arguments: [8, 6, 11] as [UInt8])
  func streams(type: UInt8) throws {
    var random = FixedRandom(seed: UInt64(type))
    for _ in 0..<400 {
      let data = Self.stream(type: type, &random)
      let expected = SlowLZ.decode(data)
      #expect(expected != nil)
      #expect(try LZ.decode(data[...]).pixels == expected)
    }
  }

  @Test("a slice decodes as the whole does")
  func slice() throws {
    let data = try Fixtures.bytes("lz/rgba-narrow-bottom-up.lz")
    let framed = [1, 2, 3] + data + [4, 5]
    let whole = try LZ.decode(data[...])
    #expect(try LZ.decode(framed[3..<(3 + data.count)]) == whole)
  }

  @Test("bytes after the last pixel are ignored")
  func trailing() throws {
    let data = try Fixtures.bytes("lz/rgb32-narrow-top-down.lz")
    let whole = try LZ.decode(data[...])
    #expect(try LZ.decode((data + [0, 255, 255])[...]) == whole)
  }

  @Test(
    "an image cut off anywhere is refused as truncated",
    arguments: [
      "rgb32-narrow-top-down.lz", "rgba-narrow-bottom-up.lz", "rgb16-narrow-top-down.lz", "a8-narrow-top-down.lz",
      "plt4be-narrow-top-down.lz",
    ])
  func truncation(name: String) throws {
    let data = try Fixtures.bytes("lz/\(name)")
    for count in 0..<data.count {
      let error = #expect(throws: CodecError.self) {
        try LZ.decode(data[..<count], palette: Fixtures.palette(name))
      }
      guard case .truncated(.lz, let offset, let needed) = error else {
        Issue.record("cut after \(count): \(String(describing: error))")
        continue
      }
      #expect(offset == count)
      #expect(needed > 0)
    }
  }

  @Test("a changed image is decoded as the plain decoder does, or refused as by it")
  func mutation() throws {
    var random = FixedRandom(seed: 99)
    for name in ["rgb32-narrow-top-down.lz", "rgba-narrow-bottom-up.lz", "rgb16-narrow-top-down.lz"] {
      let data = try Fixtures.bytes("lz/\(name)")
      for _ in 0..<1000 {
        let changed = mutated(data, from: LZ.headerSize, &random)
        #expect((try? LZ.decode(changed[...]))?.pixels == SlowLZ.decode(changed))
      }
    }
  }

  @Test("a changed header gives an error or an image of its size")
  func headerMutation() throws {
    var random = FixedRandom(seed: 5)
    let data = try Fixtures.bytes("lz/plt8-narrow-top-down.lz")
    let palette = Fixtures.palette("plt8-narrow-top-down.lz")
    let limits = PixelLimits(side: 2048, area: 1 << 16)
    for _ in 0..<2000 {
      let changed = Array(mutated(Array(data[..<LZ.headerSize]), from: 8, &random)) + data[LZ.headerSize...]
      guard let raster = try? LZ.decode(changed[...], palette: palette, limits: limits) else { continue }
      let header = try LZ.header(of: changed[...])
      #expect(raster.width == header.width && raster.height == header.height)
      #expect(raster.pixels.count == header.width * header.height)
    }
  }

  /// A whole stream of random literals and references, of every length and of distances short, long and far.
  private static func stream(type: UInt8, _ random: inout FixedRandom) -> [UInt8] {
    let literalSize = type == 8 ? 3 : type == 6 ? 2 : 1
    let bias = 3 - literalSize
    var body: [UInt8] = []
    var count = 0
    let most = Int.random(in: 1...12_000, using: &random)
    while count < most {
      if count == 0 || Int.random(in: 0..<3, using: &random) == 0 {
        let literals = Int.random(in: 1...32, using: &random)
        body.append(UInt8(literals - 1))
        for _ in 0..<(literals * literalSize) { body.append(UInt8.random(in: 0...255, using: &random)) }
        count += literals
        continue
      }
      let furthest = min(count, [20, 300, 9000, 73_000].randomElement(using: &random) ?? 1)
      let distance = Int.random(in: 1...furthest, using: &random)
      let code = Int.random(in: 1...([6, 12, 60, 900].randomElement(using: &random) ?? 6), using: &random)
      LZTests.append(distance: distance, code: code, to: &body)
      count += code + bias
    }
    return header(type: type, width: count, height: 1) + body
  }

  private static func append(distance: Int, code: Int, to body: inout [UInt8]) {
    let offset = distance - 1
    let isFar = offset >= 8191
    body.append(UInt8(min(code, 7) << 5 | (isFar ? 31 : offset >> 8)))
    if code >= 7 {
      var rest = code - 7
      while rest >= 255 {
        body.append(255)
        rest -= 255
      }
      body.append(UInt8(rest))
    }
    body.append(isFar ? 255 : UInt8(offset & 255))
    if isFar {
      body.append(UInt8((offset - 8191) >> 8))
      body.append(UInt8((offset - 8191) & 255))
    }
  }

  static func header(
    type: UInt8, width: Int, height: Int, stride: Int = 0, topDown: Bool = true
  ) -> [UInt8] {
    let words: [Int] = [0x2020_5a4c, 0x1_0001, Int(type), width, height, stride, topDown ? 1 : 0]
    return words.flatMap { (word: Int) -> [UInt8] in
      [24, 16, 8, 0].map { (shift: Int) -> UInt8 in UInt8(truncatingIfNeeded: word >> shift) }
    }
  }
}
