import SpiceMedia
import SpicePixels
import Testing

@Suite("JPEG")
struct JPEGTests {
  @Test("a picture comes back nearly the same, and opaque", arguments: [(64, 48), (17, 5), (1, 1), (8, 200)])
  func roundTrip(width: Int, height: Int) throws {
    let raster = picture(width: width, height: height)
    let decoded = try JPEG.decode(try JPEG.encode(raster, quality: 100, halvesChroma: false))
    #expect(decoded.size == raster.size)
    #expect(decoded.kind == .opaque)
    #expect(decoded.pixels.allSatisfy { $0 >> 24 == 255 })
    #expect(largestDifference(decoded, raster) <= 6)
  }

  @Test("channels are not exchanged", arguments: [0xFF_0000, 0x00_FF00, 0x00_00FF] as [UInt32])
  func channels(color: UInt32) throws {
    let raster = Raster(width: 16, height: 16, kind: .opaque, fill: color)
    #expect(largestDifference(try JPEG.decode(try JPEG.encode(raster, quality: 95)), raster) <= 3)
  }

  @Test("a lower quality makes fewer bytes")
  func quality() throws {
    let raster = picture(width: 128, height: 128)
    #expect(try JPEG.encode(raster, quality: 20).count < JPEG.encode(raster, quality: 90).count)
  }

  @Test("the fast way differs a little from the accurate one")
  func fast() throws {
    let data = try JPEG.encode(picture(width: 128, height: 128), quality: 80)
    let accurate = try JPEG.decode(data)
    let fast = try JPEG.decode(data, reconstruction: .fast)
    #expect(accurate != fast)
    #expect(accurate.size == fast.size)
  }

  @Test("a slice is decoded like an array")
  func slice() throws {
    let data = try JPEG.encode(picture(width: 20, height: 20), quality: 80)
    #expect(try JPEG.decode(([0, 0] + data + [0])[2..<(2 + data.count)]) == JPEG.decode(data))
  }

  @Test("data that is cut anywhere is refused")
  func truncated() throws {
    let data = try JPEG.encode(picture(width: 40, height: 30), quality: 80)
    for count in 0..<(data.count - 2) {
      #expect(throws: MediaError.self) { try JPEG.decode(data[..<count]) }
    }
  }

  @Test("data that is cut is refused in words")
  func truncatedInWords() throws {
    let data = try JPEG.encode(picture(width: 40, height: 30), quality: 80)
    do {
      _ = try JPEG.decode(data[..<(data.count - 20)])
      Issue.record("decoded")
    } catch {
      #expect("\(error)" == "the JPEG data is damaged or not JPEG: Premature end of JPEG file")
    }
  }

  @Test("what is no JPEG is refused in words")
  func noJPEG() {
    do {
      _ = try JPEG.decode(Array("GIF89a and more".utf8))
      Issue.record("decoded")
    } catch {
      #expect("\(error)".contains("not JPEG: Not a JPEG file"))
    }
  }

  @Test("a header that promises too many pixels is refused before memory is taken")
  func bomb() throws {
    var data = try JPEG.encode(picture(width: 16, height: 16), quality: 50)
    let frame = try #require(data.indices.dropLast(9).first { data[$0] == 0xFF && data[$0 + 1] == 0xC0 })
    data.replaceSubrange((frame + 5)..<(frame + 9), with: [0xFF, 0xDC, 0xFF, 0xDC])
    #expect(throws: MediaError.tooManyPixels(.jpeg, width: 65_500, height: 65_500, limits: .standard)) {
      try JPEG.decode(data)
    }
  }

  @Test("limits hold to the pixel")
  func limits() throws {
    let data = try JPEG.encode(picture(width: 16, height: 8), quality: 50)
    #expect(throws: Never.self) { try JPEG.decode(data, limits: PixelLimits(side: 16, area: 128)) }
    #expect(throws: MediaError.self) { try JPEG.decode(data, limits: PixelLimits(side: 15, area: 128)) }
    #expect(throws: MediaError.self) { try JPEG.decode(data, limits: PixelLimits(side: 16, area: 127)) }
  }

  @Test("random damage never does worse than an error")
  func mutations() throws {
    let data = try JPEG.encode(picture(width: 40, height: 30), quality: 80)
    var randomness = Randomness(seed: 1)
    let small = PixelLimits(side: 4096, area: 1 << 20)
    for round in 0..<1000 {
      _ = try? JPEG.decode(data.mutated(1 + round % 8, using: &randomness), limits: small)
    }
  }

  @Test("an empty raster cannot be encoded")
  func empty() {
    #expect(throws: MediaError.self) { try JPEG.encode(Raster(width: 0, height: 4, kind: .opaque), quality: 80) }
  }
}
