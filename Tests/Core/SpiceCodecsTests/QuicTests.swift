import SpiceCodecs
import SpicePixels
import Testing

@Suite("QUIC")
struct QuicTests {
  static let images = Fixtures.expected("quic")

  @Test("an image from libspice-server decodes to the pixels that were on its screen", arguments: images)
  func decode(image: ExpectedImage) throws {
    let data = try Fixtures.bytes("quic/\(image.name)")
    #expect(image.matches(try Quic.decode(data[...])))
  }

  @Test("an image from libspice-server, encoded again, gives the same bytes", arguments: images)
  func sameBytes(image: ExpectedImage) throws {
    let data = try Fixtures.bytes("quic/\(image.name)")
    let type = try Quic.header(of: data[...]).type
    #expect(try Quic.encode(Quic.decode(data[...]), type: type) == data)
  }

  @Test("every fixture has its row in the table")
  func table() { #expect(Self.images.count == 8) }

  @Test("the header tells type and size")
  func header() throws {
    let header = try Quic.header(of: try Fixtures.bytes("quic/rgba-icon.quic")[..<20])
    #expect(header.type == .rgba)
    #expect(header.width == 24)
    #expect(header.height == 24)
  }

  @Test("a slice that does not begin at 0 decodes like one that does")
  func slice() throws {
    let data = try Fixtures.bytes("quic/rgba-icon.quic")
    #expect(try Quic.decode(([1, 2, 3] + data)[3...]) == Quic.decode(data[...]))
  }

  @Test("what follows the image is not looked at")
  func trailingBytes() throws {
    let data = try Fixtures.bytes("quic/rgba-icon.quic")
    #expect(try Quic.decode((data + [UInt8](repeating: 0xa5, count: 4000))[...]) == Quic.decode(data[...]))
  }

  @Test("the word of zeros at the end may be missing")
  func noLastWord() throws {
    let data = try Fixtures.bytes("quic/rgba-icon.quic")
    #expect(try Quic.decode(data.dropLast(4)) == Quic.decode(data[...]))
  }

  @Test("five-bit channels are widened by their own high bits")
  func widening() throws {
    let raster = try Quic.decode(try Fixtures.bytes("quic/rgb16-screen.quic")[...])
    #expect(
      raster.pixels.allSatisfy { pixel in
        pixel == widened555(UInt16(pixel >> 19 & 31) << 10 | UInt16(pixel >> 11 & 31) << 5 | UInt16(pixel >> 3 & 31))
      })
  }

  @Test("gray becomes three equal channels")
  func gray() throws {
    let raster = try Quic.decode(try Fixtures.bytes("quic/gray-photo.quic")[...])
    #expect(raster.pixels.allSatisfy { $0 == ($0 & 0xff) * 0x01_0101 })
  }
}
