/// What the bits of a raster's pixels mean.
@frozen
public enum PixelKind: UInt8, Hashable, Sendable {
  /// `0xXXRRGGBB`: opaque; the high byte carries nothing.
  case opaque
  /// `0xAARRGGBB`: the high byte is alpha. Colours are as the sender gave them (SPICE premultiplies).
  case alpha
  /// `0xAA000000`: coverage only (8-bit alpha images).
  case coverage
}

/// Pixels in memory: 32 bits each, rows from top to bottom without padding.
///
/// Every image of the protocol becomes one of these, whatever its depth was on the wire: five-bit channels are
/// widened by repeating their high bits, so that bitwise raster operations give the same colours as on the original.
public struct Raster: Equatable, Sendable {
  public let width: Int
  public let height: Int
  public var kind: PixelKind
  /// `width * height` pixels.
  public var pixels: [UInt32]

  /// A raster of one colour. `width` and `height` must be at least 0 and their product must have passed a limit.
  public init(width: Int, height: Int, kind: PixelKind, fill: UInt32 = 0) {
    self.width = width
    self.height = height
    self.kind = kind
    pixels = [UInt32](repeating: fill, count: width * height)
  }

  /// Nil where `pixels` does not hold `width * height` elements.
  public init?(width: Int, height: Int, kind: PixelKind, pixels: [UInt32]) {
    let product = width.multipliedReportingOverflow(by: height)
    guard width >= 0, height >= 0, !product.overflow, pixels.count == product.partialValue else { return nil }
    self.width = width
    self.height = height
    self.kind = kind
    self.pixels = pixels
  }

  /// A raster whose pixels `fill` writes; `fill` gets `width * height` uninitialised pixels and must write each.
  public init<Failure: Error>(
    width: Int, height: Int, kind: PixelKind,
    uninitialized fill: (UnsafeMutableBufferPointer<UInt32>) throws(Failure) -> Void
  ) throws(Failure) {
    self.width = width
    self.height = height
    self.kind = kind
    let count = width * height
    var failure: Failure?
    pixels = [UInt32](unsafeUninitializedCapacity: count) { buffer, initialized in
      do throws(Failure) {
        try fill(UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
        initialized = count
      } catch {
        failure = error
        initialized = 0
      }
    }
    if let failure { throw failure }
  }

  @inlinable public var size: Size { Size(width: width, height: height) }

  @inlinable
  public subscript(x: Int, y: Int) -> UInt32 {
    get { pixels[y * width + x] }
    set { pixels[y * width + x] = newValue }
  }

  /// Rows in reverse order.
  public func flipped() -> Raster {
    Raster(width: width, height: height, kind: kind) { target in
      for y in 0..<height {
        let from = (height - 1 - y) * width
        for x in 0..<width { target[y * width + x] = pixels[from + x] }
      }
    }
  }
}

/// Up to 256 colours that an image's indices choose from (`SpicePalette`); each `0x00RRGGBB`.
public struct Palette: Hashable, Sendable {
  /// The sender's name for it in the palette cache; 0 where it is not cached.
  public var id: UInt64
  public var colors: [UInt32]

  public init(id: UInt64, colors: [UInt32]) {
    self.id = id
    self.colors = colors
  }
}

/// Widening of packed 16-bit colours; `Documentation/decisions` says why they are never kept narrow.
@inlinable
public func widened555(_ color: UInt16) -> UInt32 {
  let red = UInt32(color >> 10) & 31
  let green = UInt32(color >> 5) & 31
  let blue = UInt32(color) & 31
  return (red << 3 | red >> 2) << 16 | (green << 3 | green >> 2) << 8 | (blue << 3 | blue >> 2)
}

@inlinable
public func widened565(_ color: UInt16) -> UInt32 {
  let red = UInt32(color >> 11) & 31
  let green = UInt32(color >> 5) & 63
  let blue = UInt32(color) & 31
  return (red << 3 | red >> 2) << 16 | (green << 2 | green >> 4) << 8 | (blue << 3 | blue >> 2)
}
