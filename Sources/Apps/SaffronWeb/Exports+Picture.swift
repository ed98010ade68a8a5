import SpicePixels

/// The words of the last `saffron_frame`: as many as the most damage takes.
nonisolated(unsafe) private let frameWords = UnsafeMutablePointer<UInt32>.allocate(
  capacity: frameHeader + 4 * frameRects)
private let frameHeader = 6
private let frameRects = 64

/// What a display shows and where it has changed since the last call; 0 where it shows nothing.
///
/// u32 pixels (where `width * height` words `0xXXRRGGBB` stand, until the next call of any export), u32 width,
/// u32 height, u32 flags (1: the picture is complete), u32 surface, u32 n, and n times i32 left, top, right, bottom.
@_expose(wasm, "saffron_frame")
@_cdecl("saffron_frame")
public func saffronFrame(_ handle: UInt32, _ display: UInt32) -> UnsafePointer<UInt32>? {
  var found: WebFrame?
  _ = table.change(handle) { session in
    found = UInt8(exactly: display).flatMap { session.frame(of: $0) }
    return .done
  }
  guard let frame = found else { return nil }
  var damage = frame.damage
  if damage.count > frameRects { damage = [damage.reduce(Rect(left: 0, top: 0, right: 0, bottom: 0)) { $0.union($1) }] }
  frameWords[0] = UInt32(UInt(bitPattern: frame.pixels))
  frameWords[1] = UInt32(clamping: frame.size.width)
  frameWords[2] = UInt32(clamping: frame.size.height)
  frameWords[3] = frame.isComplete ? 1 : 0
  frameWords[4] = frame.surface
  frameWords[5] = UInt32(clamping: damage.count)
  for (index, rect) in damage.enumerated() {
    let words = frameWords + (frameHeader + 4 * index)
    words[0] = UInt32(bitPattern: rect.left)
    words[1] = UInt32(bitPattern: rect.top)
    words[2] = UInt32(bitPattern: rect.right)
    words[3] = UInt32(bitPattern: rect.bottom)
  }
  return UnsafePointer(frameWords)
}

/// Writes a part of what a display shows as a canvas takes it: bytes R, G, B and 255, row by row without gaps.
///
/// The part has to lie within the picture, `target` at a multiple of 4 with room for `width * height * 4` bytes.
@_expose(wasm, "saffron_paint")
@_cdecl("saffron_paint")
public func saffronPaint(
  _ handle: UInt32, _ display: UInt32, _ left: UInt32, _ top: UInt32, _ width: UInt32, _ height: UInt32,
  _ target: UnsafeMutableRawPointer?
) -> Int32 {
  onSession(handle) { session in
    guard let raster = UInt8(exactly: display).flatMap({ session.shown(on: $0) }) else { return .noChannel }
    guard let left = Int32(exactly: left), let top = Int32(exactly: top), let width = Int32(exactly: width),
      let height = Int32(exactly: height), let target, UInt(bitPattern: target) % 4 == 0
    else { return .badArgument }
    let rect = Rect(left: left, top: top, right: left.addingClamped(width), bottom: top.addingClamped(height))
    guard Rect(raster.size).contains(rect) else { return .badArgument }
    raster.paint(rect, onto: target.assumingMemoryBound(to: UInt32.self))
    return .done
  }
}
