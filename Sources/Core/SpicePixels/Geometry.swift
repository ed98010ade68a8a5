/// A place on a surface, in pixels from its top left corner (`SpicePoint`).
@frozen
public struct Point: Hashable, Sendable {
  public var x: Int32
  public var y: Int32

  @inlinable
  public init(x: Int32, y: Int32) {
    self.x = x
    self.y = y
  }
}

/// Width and height in pixels.
@frozen
public struct Size: Hashable, Sendable {
  public var width: Int
  public var height: Int

  @inlinable
  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }
}

/// A half-open rectangle in pixels: `left..<right` by `top..<bottom` (`SpiceRect`).
///
/// The corners come from the network and may be in any order; such a rectangle `isEmpty`.
@frozen
public struct Rect: Hashable, Sendable {
  public var left: Int32
  public var top: Int32
  public var right: Int32
  public var bottom: Int32

  @inlinable
  public init(left: Int32, top: Int32, right: Int32, bottom: Int32) {
    self.left = left
    self.top = top
    self.right = right
    self.bottom = bottom
  }

  /// The rectangle of `size` at the origin. Sides past `Int32.max` are cut there.
  @inlinable
  public init(_ size: Size) {
    self.init(left: 0, top: 0, right: Int32(clamping: size.width), bottom: Int32(clamping: size.height))
  }

  @inlinable public var isEmpty: Bool { left >= right || top >= bottom }

  /// 0 where the corners are reversed. (Where `Int` has 32 bits, at most `Int.max`.)
  @inlinable public var width: Int { max(0, Int(clamping: Int64(right) - Int64(left))) }

  /// 0 where the corners are reversed. (Where `Int` has 32 bits, at most `Int.max`.)
  @inlinable public var height: Int { max(0, Int(clamping: Int64(bottom) - Int64(top))) }

  @inlinable public var size: Size { Size(width: width, height: height) }

  @inlinable public var origin: Point { Point(x: left, y: top) }

  /// What both cover; empty where they do not meet.
  @inlinable
  public func intersection(_ other: Rect) -> Rect {
    Rect(
      left: max(left, other.left), top: max(top, other.top),
      right: min(right, other.right), bottom: min(bottom, other.bottom))
  }

  /// The smallest rectangle around both; an empty one counts for nothing.
  @inlinable
  public func union(_ other: Rect) -> Rect {
    if isEmpty { return other }
    if other.isEmpty { return self }
    return Rect(
      left: min(left, other.left), top: min(top, other.top),
      right: max(right, other.right), bottom: max(bottom, other.bottom))
  }

  @inlinable
  public func contains(_ other: Rect) -> Bool {
    left <= other.left && top <= other.top && right >= other.right && bottom >= other.bottom
  }

  @inlinable
  public func contains(_ point: Point) -> Bool {
    left <= point.x && point.x < right && top <= point.y && point.y < bottom
  }

  /// The rectangle moved; coordinates that would overflow stop at the end of `Int32`.
  @inlinable
  public func offset(x: Int32, y: Int32) -> Rect {
    Rect(
      left: left.addingClamped(x), top: top.addingClamped(y),
      right: right.addingClamped(x), bottom: bottom.addingClamped(y))
  }
}

extension Int32 {
  /// The sum, or the nearest end of the range: what a coordinate from the network may be added to.
  @inlinable
  public func addingClamped(_ other: Int32) -> Int32 {
    Int32(clamping: Int64(self) + Int64(other))
  }
}
