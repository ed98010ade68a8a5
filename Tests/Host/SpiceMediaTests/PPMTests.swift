import SpiceMedia
import SpicePixels
import Testing

@Suite("PPM")
struct PPMTests {
  @Test("a picture comes back the same", arguments: [(64, 48), (1, 1), (0, 0)])
  func roundTrip(width: Int, height: Int) throws {
    let raster = picture(width: width, height: height)
    #expect(try PPM.decode(PPM.encode(raster)) == raster)
  }

  @Test("the bytes are a header and red, green, blue")
  func bytes() {
    let raster = Raster(width: 2, height: 1, kind: .opaque, fill: 0x0001_0203)
    #expect(PPM.encode(raster) == Array("P6\n2 1\n255\n".utf8) + [1, 2, 3, 1, 2, 3])
  }

  @Test("comments and any white space may stand in the header")
  func comments() throws {
    let data = Array("P6 # a comment\n#another\n 1\t1\r\n# last\n255\n".utf8) + [9, 8, 7]
    #expect(try PPM.decode(data).pixels == [0xFF09_0807])
  }

  @Test("data that is cut anywhere is called truncated")
  func truncated() {
    let data = PPM.encode(picture(width: 3, height: 2))
    for count in 2..<data.count {
      #expect(throws: MediaError.truncated(.ppm)) { try PPM.decode(data[..<count]) }
    }
  }

  @Test(
    "a header that makes no sense is refused in words",
    arguments: [
      ("P5\n1 1\n255\n", "begin with P6"), ("P6\nx", "its width is no number"), ("P6\n1 -1\n255\n", "its height is no"),
      ("P6\n1 1\n65535\n", "brightest value is 65535"), ("P6\n99999999999999999999 1\n", "too many digits"),
    ])
  func wrongHeader(text: String, reason: String) {
    do {
      _ = try PPM.decode(Array(text.utf8))
      Issue.record("decoded")
    } catch {
      #expect("\(error)".contains(reason))
    }
  }

  @Test("a header that promises too many pixels is refused before memory is taken")
  func bomb() {
    #expect(throws: MediaError.tooManyPixels(.ppm, width: 100_000, height: 100_000, limits: .standard)) {
      try PPM.decode(Array("P6\n100000 100000\n255\n".utf8))
    }
  }
}
