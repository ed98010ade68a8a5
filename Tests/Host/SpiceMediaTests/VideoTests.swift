import SpiceMedia
import SpicePixels
import SpiceProtocol
import TestSupport
import Testing

/// The streams are ffmpeg's; what they show is said by `Tests/Fixtures/video/make.py`.
@Suite("Video")
struct VideoTests {
  static let codecs: [VideoCodec] = [.vp8, .vp9, .h264, .h265]

  private func frames(_ codec: VideoCodec) throws -> [ArraySlice<UInt8>] { try Fixtures.video("\(codec)") }

  private func expected(_ number: Int, _ x: Int, _ y: Int) -> [Int] {
    if 16..<32 ~= y, 4 * number..<4 * number + 16 ~= x { return [255, 255, 255] }
    return x < 32 ? [200, 40, 40] : [40, 60, 200]
  }

  /// The mean difference of a channel from what was encoded.
  private func difference(_ raster: Raster, from number: Int) -> Double {
    var sum = 0
    for y in 0..<48 {
      for x in 0..<64 {
        let pixel = raster[x, y]
        let colors = [Int(pixel >> 16 & 255), Int(pixel >> 8 & 255), Int(pixel & 255)]
        sum += zip(colors, expected(number, x, y)).reduce(0) { $0 + abs($1.0 - $1.1) }
      }
    }
    return Double(sum) / Double(64 * 48 * 3)
  }

  @Test("every codec is there, and each frame is what was filmed", arguments: codecs)
  func pictures(_ codec: VideoCodec) throws {
    #expect(VideoDecoder.available.contains(codec))
    let decoder = try VideoDecoder(codec)
    for (number, data) in try frames(codec).enumerated() {
      let raster = try #require(try decoder.decode(data), "frame \(number) came late")
      #expect(raster.width == 64 && raster.height == 48 && raster.kind == .opaque)
      #expect(raster[0, 0] >> 24 == 0xff)
      // Chroma has half the sides: what stands beside an edge takes part of the other side's colour.
      #expect(difference(raster, from: number) < 8)
    }
  }

  @Test("a frame depends on those before it", arguments: codecs)
  func memory(_ codec: VideoCodec) throws {
    let frames = try frames(codec)
    let alone = try? VideoDecoder(codec).decode(frames[5])
    #expect(alone.map { difference($0, from: 5) > 8 } ?? true)
  }

  @Test(
    "damaged bytes give an error or a picture of the right size, and the next stream is none the worse",
    arguments: codecs)
  func damage(_ codec: VideoCodec) throws {
    let frames = try frames(codec)
    var seed: UInt64 = 7
    for _ in 0..<40 {
      let decoder = try VideoDecoder(codec)
      for frame in frames {
        var bytes = Array(frame)
        seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        bytes[Int(seed >> 33) % bytes.count] ^= UInt8(truncatingIfNeeded: seed >> 25) | 1
        if let raster = try? decoder.decode(bytes) {
          #expect(raster.pixels.count == raster.width * raster.height)
        }
      }
    }
    let raster = try #require(try VideoDecoder(codec).decode(frames[0]))
    #expect(difference(raster, from: 0) < 8)
  }

  @Test("no bytes, and bytes of nothing, are refused or pass", arguments: codecs)
  func nothing(_ codec: VideoCodec) throws {
    let decoder = try VideoDecoder(codec)
    for bytes in [[], [0], [UInt8](repeating: 0xff, count: 100)] {
      #expect(((try? decoder.decode(bytes)) ?? nil) == nil)
    }
  }

  @Test("a frame past the limits is refused", arguments: codecs)
  func limits(_ codec: VideoCodec) throws {
    let decoder = try VideoDecoder(codec, limits: PixelLimits(side: 63, area: 64 * 48))
    #expect(throws: MediaError.self) { _ = try decoder.decode(try frames(codec)[0]) }
    let smaller = try VideoDecoder(codec, limits: PixelLimits(side: 64, area: 64 * 48 - 1))
    #expect(throws: MediaError.self) { _ = try smaller.decode(try frames(codec)[0]) }
  }

  @Test("MJPEG is not FFmpeg's to decode")
  func mjpeg() {
    #expect(!VideoDecoder.available.contains(.mjpeg))
    #expect(throws: MediaError.self) { try VideoDecoder(.mjpeg) }
  }
}
