/// How a draw command combines its inputs, as the wire says it (`SPICE_ROPD_*`).
///
/// At most one operation counts, in the order in which they are declared here; a descriptor without one is a plain
/// copy whatever it inverts, as in the reference client.
public struct RasterOperation: OptionSet, Hashable, Sendable {
  public let rawValue: UInt16

  public init(rawValue: UInt16) {
    self.rawValue = rawValue
  }

  public static let invertSource = RasterOperation(rawValue: 1)
  public static let invertBrush = RasterOperation(rawValue: 2)
  public static let invertDestination = RasterOperation(rawValue: 4)
  public static let put = RasterOperation(rawValue: 8)
  public static let or = RasterOperation(rawValue: 16)
  public static let and = RasterOperation(rawValue: 32)
  public static let xor = RasterOperation(rawValue: 64)
  public static let blackness = RasterOperation(rawValue: 128)
  public static let whiteness = RasterOperation(rawValue: 256)
  public static let invert = RasterOperation(rawValue: 512)
  public static let invertResult = RasterOperation(rawValue: 1024)

  /// The function of two inputs that the descriptor names.
  ///
  /// - Parameters:
  ///   - first: The descriptor's flag that inverts the first input: `invertSource` where an image is drawn,
  ///     `invertBrush` where a brush is.
  ///   - second: The flag that inverts the second: `invertDestination`, or `invertSource` for DRAW_OPAQUE, whose brush
  ///     meets the image and not what was on the surface.
  package func function(inverting first: RasterOperation, _ second: RasterOperation) -> BitwiseFunction {
    let a = contains(first) ? BitwiseFunction.source.inverted : .source
    let b = contains(second) ? BitwiseFunction.destination.inverted : .destination
    let result: BitwiseFunction
    if contains(.put) {
      result = a
    } else if contains(.or) {
      result = BitwiseFunction(table: a.table | b.table)
    } else if contains(.and) {
      result = BitwiseFunction(table: a.table & b.table)
    } else if contains(.xor) {
      result = BitwiseFunction(table: a.table ^ b.table)
    } else if contains(.blackness) {
      return .zero
    } else if contains(.whiteness) {
      return .one
    } else if contains(.invert) {
      return .destination.inverted
    } else {
      return .source
    }
    return contains(.invertResult) ? result.inverted : result
  }
}

/// One of the sixteen functions of a source bit and a destination bit.
package struct BitwiseFunction: Hashable, Sendable {
  /// The result for each pair of bits: bit `2 * source + destination`.
  package let table: UInt8

  package init(table: UInt8) { self.table = table }

  package static let zero = BitwiseFunction(table: 0b0000)
  package static let one = BitwiseFunction(table: 0b1111)
  package static let source = BitwiseFunction(table: 0b1100)
  package static let destination = BitwiseFunction(table: 0b1010)

  package var inverted: BitwiseFunction { BitwiseFunction(table: ~table & 0b1111) }

  /// The same function as a sum over exclusive or, which needs no branch:
  /// `constant ^ (source & s) ^ (destination & d) ^ (both & s & d)`, each coefficient all ones or all zeros.
  package var coefficients: (constant: UInt32, source: UInt32, destination: UInt32, both: UInt32) {
    let (f00, f01, f10, f11) = (table & 1, table >> 1 & 1, table >> 2 & 1, table >> 3 & 1)
    func spread(_ bit: UInt8) -> UInt32 { bit == 0 ? 0 : ~0 }
    return (spread(f00), spread(f00 ^ f10), spread(f00 ^ f01), spread(f00 ^ f01 ^ f10 ^ f11))
  }
}
