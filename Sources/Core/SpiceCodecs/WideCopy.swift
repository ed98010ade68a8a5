// Copies in steps of sixteen bytes. Each says how far it reads and writes past its end; the callers have checked that
// there is room.

@inline(__always)
func load16(_ source: UnsafeRawPointer) -> SIMD2<UInt64> {
  source.loadUnaligned(as: SIMD2<UInt64>.self)
}

@inline(__always)
func store16(_ value: SIMD2<UInt64>, to target: UnsafeMutableRawPointer) {
  target.storeBytes(of: value, as: SIMD2<UInt64>.self)
}

@inline(__always)
func littleEndianWord(_ source: UnsafeRawPointer) -> UInt64 {
  UInt64(littleEndian: source.loadUnaligned(as: UInt64.self))
}

/// Bytes past its end that a wide copy may touch.
@inline(__always) var wideSlack: Int { 16 }

/// Copies `count` (at least 1) bytes that do not overlap, reading and writing up to 15 past the end.
@inline(__always)
func copyWide(_ source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, count: Int) {
  var offset = 0
  repeat {
    store16(load16(source + offset), to: target + offset)
    offset &+= 16
  } while offset < count
}

/// Writes `count` (at least 1) bytes at `target`, each the one `distance` bytes before it, and up to 15 more.
///
/// `distance` is at least `step`, the size of an element and a divisor of 16, and a multiple of it; so many bytes
/// precede `target`. A short distance repeats what it covers.
@inline(__always)
func repeatWide(_ target: UnsafeMutableRawPointer, distance: Int, count: Int, step: Int) {
  if distance >= 16 {
    copyWide(target - distance, to: target, count: count)
    return
  }
  if distance == step {
    let pattern: UInt64
    if step == 4 {
      pattern = UInt64((target - 4).loadUnaligned(as: UInt32.self)) &* 0x1_0000_0001
    } else {
      pattern = UInt64((target - 1).load(as: UInt8.self)) &* 0x0101_0101_0101_0101
    }
    let value = SIMD2<UInt64>(repeating: pattern)
    var offset = 0
    repeat {
      store16(value, to: target + offset)
      offset &+= 16
    } while offset < count
    return
  }
  if step == 4 {
    for offset in stride(from: 0, to: 16, by: 4) {
      target.storeBytes(
        of: (target - distance).loadUnaligned(fromByteOffset: offset, as: UInt32.self), toByteOffset: offset,
        as: UInt32.self)
    }
  } else {
    for offset in 0..<16 {
      target.storeBytes(
        of: (target - distance).load(fromByteOffset: offset, as: UInt8.self), toByteOffset: offset, as: UInt8.self)
    }
  }
  if count > 16 {
    // The pattern repeats, so it may as well be taken from whole periods further back: now sixteen or more.
    let period = distance &* ((15 &+ distance) / distance)
    copyWide(target + (16 &- period), to: target + 16, count: count &- 16)
  }
}

/// Copies `count` pixels without their alpha.
@inline(__always)
func copyColors(
  _ source: UnsafePointer<UInt32>, to target: UnsafeMutablePointer<UInt32>, count: Int, hasAlpha: Bool
) {
  if hasAlpha {
    for index in 0..<count { target[index] = source[index] & 0xff_ffff }
  } else {
    target.update(from: source, count: count)
  }
}

/// Exchanges rows so that the last comes first: how a bottom-up image becomes a top-down one.
func flipRows(_ pixels: UnsafeMutablePointer<UInt32>, width: Int, height: Int) {
  guard width > 0 else { return }
  for y in 0..<(height / 2) {
    let upper = pixels + y &* width
    let lower = pixels + (height &- 1 &- y) &* width
    for x in 0..<width {
      let kept = upper[x]
      upper[x] = lower[x]
      lower[x] = kept
    }
  }
}
