import Testing

import SpiceCanvas

@Suite struct RasterOperationTests {
  private func table(_ operation: RasterOperation) -> UInt8 {
    operation.function(inverting: .invertSource, .invertDestination).table
  }

  @Test(
    "each operation is its truth table",
    arguments: [
      (RasterOperation.put, UInt8(0b1100)), (.or, 0b1110), (.and, 0b1000), (.xor, 0b0110), (.blackness, 0b0000),
      (.whiteness, 0b1111), (.invert, 0b0101),
    ])
  func tables(_ operation: RasterOperation, _ expected: UInt8) {
    #expect(table(operation) == expected)
  }

  @Test("inputs and result can be inverted")
  func inversions() {
    #expect(table([.and, .invertSource]) == 0b0010)
    #expect(table([.and, .invertDestination]) == 0b0100)
    #expect(table([.or, .invertSource, .invertDestination, .invertResult]) == table(.and))
    #expect(table([.xor, .invertResult]) == 0b1001)
    #expect(table([.put, .invertSource, .invertResult]) == table(.put))
  }

  @Test("a flag that inverts an input which is not there does nothing")
  func foreignInversion() {
    #expect(table([.put, .invertBrush]) == table(.put))
    let ofBrush = RasterOperation([.put, .invertBrush]).function(inverting: .invertBrush, .invertDestination)
    #expect(ofBrush == BitwiseFunction.source.inverted)
  }

  @Test("for an opaque draw the source's flag inverts the second input")
  func opaqueInputs() {
    let function = RasterOperation([.and, .invertSource, .invertDestination]).function(
      inverting: .invertBrush, .invertSource)
    #expect(function.table == 0b0100)
  }

  @Test("constants and the inverse of the surface ignore every inversion")
  func constantsIgnoreInversion() {
    let all: RasterOperation = [.invertSource, .invertBrush, .invertDestination, .invertResult]
    #expect(table(all.union(.blackness)) == 0b0000)
    #expect(table(all.union(.whiteness)) == 0b1111)
    #expect(table(all.union(.invert)) == 0b0101)
  }

  @Test("of several operations the first in the order of their bits counts")
  func precedence() {
    #expect(table([.put, .or, .xor]) == table(.put))
    #expect(table([.or, .and, .invert]) == table(.or))
    #expect(table([.xor, .blackness]) == table(.xor))
  }

  @Test("a descriptor without an operation copies, whatever it inverts")
  func noOperation() {
    #expect(table([]) == 0b1100)
    #expect(table([.invertSource, .invertResult]) == 0b1100)
  }

  @Test("the coefficients of each of the sixteen functions give its table")
  func coefficients() {
    for table: UInt8 in 0..<16 {
      let (constant, source, destination, both) = BitwiseFunction(table: table).coefficients
      let (s, d): (UInt32, UInt32) = (0b1100, 0b1010)
      let result = constant ^ (source & s) ^ (destination & d) ^ (both & s & d)
      #expect(result & 0b1111 == UInt32(table))
    }
  }
}
