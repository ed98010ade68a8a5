import DemoDesktop
import SpicePixels
import Testing

/// The tone, the pointer's shape and the font: what the desktop makes besides its picture.
@Suite struct ToneTests {
  private let tone = DemoDesktop.tone(frequency: 440, sampleRate: 48_000, samples: 0..<48_000)

  @Test("a tone of 440 Hz crosses zero upwards 440 times") func pitch() {
    let rises = zip(tone, tone.dropFirst()).count { $0 < 0 && $1 >= 0 }
    #expect((438...440).contains(rises))
  }

  @Test("it is loud, and far from full scale") func loudness() {
    #expect((16_000...16_384).contains(tone.map { abs(Int($0)) }.max() ?? 0))
  }

  @Test("it starts and ends softly: no sample jumps") func softEnds() {
    #expect(tone.prefix(48).allSatisfy { abs(Int($0)) < 200 })
    #expect(tone.suffix(48).allSatisfy { abs(Int($0)) < 200 })
    // Half of full scale at 440 Hz goes up by at most 944 a sample.
    #expect(zip(tone, tone.dropFirst()).allSatisfy { abs(Int($0) - Int($1)) <= 945 })
  }

  @Test("parts fit together") func parts() {
    let parts = [0..<1_000, 1_000..<1_001, 1_001..<48_000].flatMap {
      DemoDesktop.tone(frequency: 440, sampleRate: 48_000, samples: $0)
    }
    #expect(zip(parts, tone).allSatisfy(==) && parts.count == tone.count)
  }

  @Test("before and after it there is silence, as for what is no tone") func silence() {
    for samples in [-10..<0, 48_000..<48_010] {
      #expect(DemoDesktop.tone(frequency: 440, sampleRate: 48_000, samples: samples).allSatisfy { $0 == 0 })
    }
    #expect(DemoDesktop.tone(frequency: .nan, sampleRate: 8_000, samples: 0..<9) == [Int16](repeating: 0, count: 9))
    #expect(DemoDesktop.tone(frequency: 440, sampleRate: 0, samples: 0..<9) == [Int16](repeating: 0, count: 9))
  }

  @Test("the pointer's shape is premultiplied, and there where it points") func cursor() {
    let (image, hotspot) = DemoDesktop.cursor
    let isPremultiplied = image.pixels.allSatisfy { pixel in
      [0, 8, 16].allSatisfy { pixel >> $0 & 0xFF <= pixel >> 24 }
    }
    #expect(image.kind == .alpha && isPremultiplied)
    #expect(image[Int(hotspot.x), Int(hotspot.y)] >> 24 == 255)
    #expect(image[23, 0] == 0)
  }

  @Test(
    "each printable character has a shape of its own",
    arguments: [(10.5, false), (14.0, false), (14.0, true), (40, false)])
  func font(_ size: Double, _ isFixed: Bool) {
    let face = Face(size: size, isFixed: isFixed)
    var shapes: Set<[UInt8]> = []
    for value in UInt8(33)...126 {
      let glyph = face[Unicode.Scalar(value)]
      #expect(glyph.coverage.count == glyph.width * glyph.height && glyph.coverage.contains { $0 > 200 })
      #expect(glyph.advance > 0 && (!isFixed || glyph.advance == face["m"].advance))
      shapes.insert([UInt8(glyph.width), UInt8(glyph.height)] + glyph.coverage)
    }
    #expect(shapes.count == 94)
  }

  @Test("a character that the font does not have is a box") func missing() {
    let face = Face(size: 14)
    #expect(face["\u{1F4A1}"].coverage == face["\u{4E2D}"].coverage)
    #expect(face["\u{7}"].coverage.contains { $0 > 0 })
  }
}
