import SpiceCodecs
import SpicePixels
import Testing

@Suite("LZ refuses what is not an image")
struct LZErrorTests {
  private func header(
    type: UInt8 = 8, width: Int = 4, height: Int = 1, stride: Int = 0
  ) -> [UInt8] {
    LZTests.header(type: type, width: width, height: height, stride: stride)
  }

  @Test("a truncated header is refused with its offset")
  func shortHeader() {
    #expect(throws: CodecError.truncated(.lz, offset: 27, needed: 1)) { try LZ.header(of: header()[..<27]) }
  }

  @Test("another magic is refused and shown")
  func magic() {
    var data = header()
    data.replaceSubrange(0..<4, with: Array("QUIC".utf8))
    #expect(throws: CodecError.malformed(.lz, offset: 0, .magic(0x5155_4943))) { try LZ.header(of: data[...]) }
  }

  @Test("another version is refused and shown")
  func version() {
    var data = header()
    data[5] = 2
    #expect(throws: CodecError.malformed(.lz, offset: 4, .version(0x2_0001))) { try LZ.header(of: data[...]) }
  }

  @Test("an unknown image type is refused and shown", arguments: [0, 12, 255] as [UInt8])
  func type(number: UInt8) {
    let data = header(type: number)
    #expect(throws: CodecError.malformed(.lz, offset: 8, .imageType(UInt32(number)))) {
      try LZ.header(of: data[...])
    }
  }

  @Test("an image past the limits is refused before its pixels are read")
  func limit() {
    let data = header(width: 20_000, height: 2)
    #expect(throws: CodecError.limit(.lz, width: 20_000, height: 2)) { try LZ.decode(data[...]) }
  }

  @Test("a width past 31 bits is refused")
  func hugeWidth() {
    let data = header(width: 0xffff_ffff)
    #expect(throws: CodecError.limit(.lz, width: 0xffff_ffff, height: 1)) { try LZ.header(of: data[...]) }
  }

  @Test("a large image of a few bytes is refused before memory is taken for it")
  func implausible() {
    let data = header(width: 8000, height: 8000) + [0, 1, 2, 3]
    #expect(throws: CodecError.truncated(.lz, offset: 32, needed: 64_000_000 / 255 + 1 - 4)) {
      try LZ.decode(data[...])
    }
  }

  @Test("a reference before the first pixel is refused with its offset")
  func distance() {
    let data = header() + [0, 1, 2, 3, 0x60, 1]
    #expect(throws: CodecError.malformed(.lz, offset: 32, .distance(2, available: 1))) { try LZ.decode(data[...]) }
  }

  @Test("a reference as the first thing is refused")
  func noPixels() {
    let data = header() + [0x20, 0]
    #expect(throws: CodecError.malformed(.lz, offset: 28, .distance(1, available: 0))) { try LZ.decode(data[...]) }
  }

  @Test("a run past the last pixel is refused with its offset")
  func overrun() {
    let data = header() + [0, 1, 2, 3, 0x80, 0]
    #expect(throws: CodecError.malformed(.lz, offset: 32, .overrun(length: 4, available: 3))) {
      try LZ.decode(data[...])
    }
  }

  @Test("literals past the last pixel are refused with their offset")
  func literalOverrun() {
    let data = header() + [4] + [UInt8](repeating: 9, count: 15)
    #expect(throws: CodecError.malformed(.lz, offset: 28, .overrun(length: 5, available: 4))) {
      try LZ.decode(data[...])
    }
  }

  @Test("a length that never ends is truncated, not added up for ever")
  func endlessLength() {
    let data = header(width: 16_384, height: 64) + [0, 1, 2, 3, 0xe0] + [UInt8](repeating: 255, count: 5000)
    #expect(throws: CodecError.self) { try LZ.decode(data[...]) }
  }

  @Test("indices without a palette are refused")
  func palette() {
    let data = header(type: 5, stride: 4) + [3, 0, 1, 2, 3]
    #expect(throws: CodecError.malformed(.lz, offset: 8, .paletteMissing)) { try LZ.decode(data[...]) }
  }

  @Test("a stride shorter than a row of indices is refused")
  func shortStride() {
    let data = header(type: 5, stride: 3) + [3, 0, 1, 2, 3]
    #expect(throws: CodecError.malformed(.lz, offset: 20, .stride(3, needed: 4))) {
      try LZ.decode(data[...], palette: Palette(id: 0, colors: [0]))
    }
  }

  @Test("a stride longer than any encoder's is refused")
  func longStride() {
    let data = header(type: 5, stride: 1 << 20) + [3, 0, 1, 2, 3]
    #expect(throws: CodecError.malformed(.lz, offset: 20, .stride(1 << 20, needed: 4))) {
      try LZ.decode(data[...], palette: Palette(id: 0, colors: [0]))
    }
  }

  @Test("an 8-bit index past the palette is black")
  func blackIndex() throws {
    let data = header(type: 5, stride: 4) + [3, 0, 1, 2, 255]
    let raster = try LZ.decode(data[...], palette: Palette(id: 0, colors: [0xff11_2233, 0x44_5566]))
    #expect(raster.pixels == [0x11_2233, 0x44_5566, 0, 0])
  }

  @Test("a 4-bit index past the palette counts from its start again, as in the reference decoder")
  func wrappedIndex() throws {
    let data = header(type: 4, stride: 2) + [1, 0x01, 0x25]
    let raster = try LZ.decode(data[...], palette: Palette(id: 0, colors: [10, 11, 12]))
    #expect(raster.pixels == [10, 11, 12, 12])
  }

  @Test("an empty palette makes black")
  func emptyPalette() throws {
    let data = header(type: 4, stride: 2) + [1, 0x01, 0x25]
    #expect(try LZ.decode(data[...], palette: Palette(id: 0, colors: [])).pixels == [0, 0, 0, 0])
  }

  @Test("an image without pixels is empty and needs no data", arguments: [(0, 5), (5, 0), (0, 0)])
  func empty(width: Int, height: Int) throws {
    let data = header(width: width, height: height)
    let raster = try LZ.decode(data[...])
    #expect(raster.size == Size(width: width, height: height))
  }

  @Test("alpha is put above the colours of a JPEG and makes the raster one with alpha")
  func alpha() throws {
    let data = header(type: 10) + [3, 1, 2, 3, 4]
    var raster = Raster(width: 4, height: 1, kind: .opaque, fill: 0xab_cdef)
    try LZ.decodeAlpha(data[...], onto: &raster)
    #expect(raster.kind == .alpha)
    #expect(raster.pixels == [0x01ab_cdef, 0x02ab_cdef, 0x03ab_cdef, 0x04ab_cdef])
  }

  @Test("bottom-up alpha meets the row it belongs to")
  func bottomUpAlpha() throws {
    let data = LZTests.header(type: 11, width: 1, height: 2, topDown: false) + [1, 1, 2]
    var raster = Raster(width: 1, height: 2, kind: .opaque)
    try LZ.decodeAlpha(data[...], onto: &raster)
    #expect(raster.pixels == [0x0200_0000, 0x0100_0000])
  }

  @Test("alpha of another size is refused and the raster stays as it was")
  func alphaSize() throws {
    let data = header(type: 10) + [3, 1, 2, 3, 4]
    var raster = Raster(width: 2, height: 2, kind: .opaque)
    #expect(throws: CodecError.malformed(.lz, offset: 12, .sizeMismatch(width: 4, height: 1))) {
      try LZ.decodeAlpha(data[...], onto: &raster)
    }
    #expect(raster == Raster(width: 2, height: 2, kind: .opaque))
  }

  @Test("colours are no alpha")
  func alphaType() throws {
    let data = header(type: 8) + [3, 1, 2, 3, 4]
    var raster = Raster(width: 4, height: 1, kind: .opaque)
    #expect(throws: CodecError.malformed(.lz, offset: 8, .imageType(8))) {
      try LZ.decodeAlpha(data[...], onto: &raster)
    }
  }

  @Test("an error is a sentence with the offset and what stands there")
  func sentence() {
    let error = CodecError.malformed(.lz, offset: 32, .distance(2, available: 1))
    #expect(error.description == "the LZ data are wrong at offset 32: a reference goes 2 back and only 1 precede it")
  }
}
