import SpicePixels

/// How the indices of a paletted image fill its bytes.
enum IndexPacking: Equatable {
  /// Eight pixels a byte; the first in the highest or in the lowest bit.
  case one(highFirst: Bool)
  /// Two pixels a byte; the first in the high or in the low half.
  case four(highFirst: Bool)
  case eight

  var bits: Int {
    switch self {
    case .one: 1
    case .four: 4
    case .eight: 8
    }
  }

  /// Bytes that a row takes at least.
  func rowSize(width: Int) -> Int { (width &* bits &+ 7) / 8 }
}

/// A palette made ready for the indices of one packing: every index has a colour.
struct IndexedColors {
  private let packing: IndexPacking
  /// 256 colours `0x00RRGGBB`, or with the palette's own fourth byte; what the packing cannot say is black.
  private let colors: [UInt32]

  /// - Parameters:
  ///   - wrapping: indices past the end count from its start again; without it they are black.
  ///   - keepsFourthByte: a pixel has the fourth byte of its colour; without it 0.
  init(_ palette: Palette, _ packing: IndexPacking, wrapping: Bool, keepsFourthByte: Bool = false) {
    let kept: UInt32 = keepsFourthByte ? 0xffff_ffff : 0xff_ffff
    self.packing = packing
    var colors = [UInt32](repeating: 0, count: 256)
    let given = palette.colors.count
    for index in 0..<(1 << packing.bits) {
      if index < given {
        colors[index] = palette.colors[index] & kept
      } else if wrapping, given > 0 {
        colors[index] = palette.colors[index % given] & kept
      }
    }
    self.colors = colors
  }

  /// Writes `width * height` pixels from top to bottom.
  ///
  /// `packed` holds `height` rows of `stride` bytes, of which `packing.rowSize(width:)` are read.
  func expand(
    _ packed: UnsafePointer<UInt8>, stride: Int, isTopDown: Bool, to target: UnsafeMutablePointer<UInt32>,
    width: Int, height: Int
  ) {
    colors.withUnsafeBufferPointer { colors in
      guard let colors = colors.baseAddress else { return }
      for y in 0..<height {
        let from = packed + (isTopDown ? y : height &- 1 &- y) &* stride
        let to = target + y &* width
        switch packing {
        case .eight:
          for x in 0..<width { to[x] = colors[Int(from[x])] }
        case .four(let highFirst):
          let flip = highFirst ? 4 : 0
          for x in 0..<width { to[x] = colors[Int(from[x &>> 1] &>> UInt8((x & 1) &* 4 ^ flip)) & 15] }
        case .one(let highFirst):
          let flip = highFirst ? 7 : 0
          for x in 0..<width { to[x] = colors[Int(from[x &>> 3] &>> UInt8(x & 7 ^ flip)) & 1] }
        }
      }
    }
  }
}
