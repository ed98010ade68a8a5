import SpicePixels

/// What has happened to a screen, as its program says it.
///
/// A program that knows no more than "something changed here" says `damage`. One that knows better spares its clients
/// bytes: a fill and a copy are a few bytes whatever their size. Rectangles may leave the screen; what is outside of it
/// counts for nothing.
public enum ScreenChange: Hashable, Sendable {
  /// Any pixels of the rectangle may be other than before.
  case damage(Rect)
  /// The rectangle is drawn anew: all of it is sent, and nobody looks for what of it is really other than before, or has
  /// only moved.
  case drawn(Rect)
  /// All pixels of the rectangle have this colour now, `0x00RRGGBB`.
  case fill(Rect, color: UInt32)
  /// The rectangle holds what was on the screen, of the same size, with its top left corner at `from`; the two may meet.
  case copy(Rect, from: Point)
  /// The screen is of another size and all of it is new. `heads` are the monitors that look at it; none: one that looks
  /// at all of it.
  case resize(Size, heads: [Rect] = [])
  /// Other monitors look at the screen.
  case heads([Rect])
}
