import SpicePixels

/// The pixels that one draw command may write: its box, cut to the surface, its clip and its mask.
struct Stencil {
  /// Never empty, and inside the surface.
  private(set) var area: Rect
  let clip: Clip
  let mask: Mask?
  /// The top left corner of the box before it was cut.
  let corner: Point

  /// Nil where nothing of the box is on the surface.
  init?(box: Rect, clip: Clip, mask: Mask?, bounds: Size) {
    // A reversed box could look like an area again once it is cut.
    guard !box.isEmpty else { return nil }
    area = box.intersection(Rect(bounds))
    guard !area.isEmpty else { return nil }
    self.clip = clip
    self.mask = mask
    corner = box.origin
  }

  /// True where it lets all of a surface through.
  func isEverything(of size: Size) -> Bool {
    if case .none = clip { mask == nil && area == Rect(size) } else { false }
  }

  /// Leaves only what `rect` covers too; false where that is nothing.
  mutating func cut(to rect: Rect) -> Bool {
    let left = area.intersection(rect)
    guard !left.isEmpty else { return false }
    area = left
    return true
  }

  /// Calls `draw` with rectangles inside the surface that never meet and together are the stencil.
  @inline(__always)
  func forEachRect(_ draw: (Rect) -> Void) {
    guard let mask else { return clip.forEachRect(in: area, draw) }
    clip.forEachRect(in: area) { rect in mask.forEachRun(in: rect, corner: corner, draw) }
  }
}

extension Rect {
  /// The rectangle moved, its edges stopping at the ends of `Int32`.
  func moved(x: Int64, y: Int64) -> Rect {
    Rect(
      left: Int32(clamping: Int64(left) + x), top: Int32(clamping: Int64(top) + y),
      right: Int32(clamping: Int64(right) + x), bottom: Int32(clamping: Int64(bottom) + y))
  }

  /// True where both are equally wide and high; sides are compared in full, as they may be longer than `Int` holds on
  /// a machine of 32 bits.
  func isSameSize(as other: Rect) -> Bool {
    Int64(right) - Int64(left) == Int64(other.right) - Int64(other.left)
      && Int64(bottom) - Int64(top) == Int64(other.bottom) - Int64(other.top)
  }
}
