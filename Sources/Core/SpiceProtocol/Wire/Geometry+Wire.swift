import SpicePixels

extension Point: WireStructure {
  public init(from reader: inout ByteReader) throws(WireError) {
    self.init(x: try reader.i32("point.x"), y: try reader.i32("point.y"))
  }

  public func write(to writer: inout ByteWriter) {
    writer.i32(x)
    writer.i32(y)
  }
}

extension Rect: WireStructure {
  /// On the wire the order is top, left, bottom, right.
  public init(from reader: inout ByteReader) throws(WireError) {
    let top = try reader.i32("rect.top")
    let left = try reader.i32("rect.left")
    let bottom = try reader.i32("rect.bottom")
    let right = try reader.i32("rect.right")
    self.init(left: left, top: top, right: right, bottom: bottom)
  }

  public func write(to writer: inout ByteWriter) {
    writer.i32(top)
    writer.i32(left)
    writer.i32(bottom)
    writer.i32(right)
  }
}
