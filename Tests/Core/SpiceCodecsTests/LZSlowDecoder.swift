import SpiceCodecs
import SpicePixels

/// LZ decoded the plainest way, element by element, to compare the kernel with.
struct SlowLZ {
  private var data: [UInt8]
  private var offset: Int

  private struct Broken: Error {}

  /// Nil where the stream is not whole; indexed types become their packed bytes, one to a pixel.
  static func decode(_ data: [UInt8]) -> [UInt32]? {
    guard let header = try? LZ.header(of: data[...]) else { return nil }
    var decoder = SlowLZ(data: data, offset: LZ.headerSize)
    let rows: [[UInt32]]
    switch header.type {
    case .rgb24, .rgb32: rows = split(decoder.pass(header.width * header.height, 0, color), header.width)
    case .rgb16: rows = split(decoder.pass(header.width * header.height, 1, highColor), header.width)
    case .rgba:
      guard let colors = decoder.pass(header.width * header.height, 0, color),
        let alpha = decoder.pass(header.width * header.height, 2, single)
      else { return nil }
      rows = split(zip(colors, alpha).map { $0 | $1 << 24 }, header.width)
    case .xxxa, .a8:
      rows = split(decoder.pass(header.width * header.height, 2, single).map { $0.map { $0 << 24 } }, header.width)
    case .palette1LE, .palette1BE, .palette4LE, .palette4BE, .palette8:
      rows = split(decoder.pass(header.stride * header.height, 2, single), header.stride)
    }
    if rows.isEmpty, header.width * header.height > 0 { return nil }
    return (header.isTopDown ? rows : rows.reversed()).flatMap { $0 }
  }

  private static func split(_ elements: [UInt32]?, _ width: Int) -> [[UInt32]] {
    guard let elements, width > 0 else { return [] }
    return stride(from: 0, to: elements.count, by: width).map { Array(elements[$0..<($0 + width)]) }
  }

  private static func color(_ decoder: inout SlowLZ) throws -> UInt32 {
    let blue = try decoder.byte()
    let green = try decoder.byte()
    return UInt32(blue | green << 8 | (try decoder.byte()) << 16)
  }

  private static func highColor(_ decoder: inout SlowLZ) throws -> UInt32 {
    let high = try decoder.byte()
    return widened555(UInt16(high << 8 | (try decoder.byte())))
  }

  private static func single(_ decoder: inout SlowLZ) throws -> UInt32 { UInt32(try decoder.byte()) }

  private mutating func byte() throws -> Int {
    guard offset < data.count else { throw Broken() }
    offset += 1
    return Int(data[offset - 1])
  }

  private mutating func pass(
    _ count: Int, _ bias: Int, _ literal: (inout SlowLZ) throws -> UInt32
  ) -> [UInt32]? {
    var output: [UInt32] = []
    do {
      while output.count < count {
        let control = try byte()
        if control < 32 {
          for _ in 0...control { output.append(try literal(&self)) }
        } else {
          var length = control >> 5
          if length == 7 {
            var more = 0
            repeat {
              more = try byte()
              length += more
            } while more == 255
          }
          var distance = (control & 31) << 8
          distance += try byte()
          if distance == 8191 {
            distance += try byte() << 8
            distance += try byte()
          }
          distance += 1
          guard distance <= output.count else { return nil }
          for _ in 0..<(length + bias) { output.append(output[output.count - distance]) }
        }
      }
    } catch {
      return nil
    }
    return output.count == count ? output : nil
  }
}
