import SpicePixels

/// A rectangle of pixels that draw commands change, and a note of where they did.
///
/// Drawing follows spice-gtk pixel for pixel: its `canvas_base.c` and `sw_canvas.c` say what a command means, and
/// pixman, on which they stand, gives the arithmetic. Each family of commands has a file of its own, `Draw….swift`. All
/// take coordinates as they come from the network: what lies outside of the surface or of a source is left out, and
/// reversed rectangles are empty.
public struct Surface: Sendable {
  public let format: SurfaceFormat
  public let size: Size
  /// Nil as long as nothing is drawn. What is drawn first mostly covers all, and zeros that nobody sees are not written.
  private var drawn: RowRaster?
  /// What was drawn on since it was last taken or removed.
  public var damage = Damage()

  /// A surface of zeros: black, or transparent where the format has alpha.
  public init(
    width: Int, height: Int, format: SurfaceFormat, limits: PixelLimits = .standard
  ) throws(CanvasError) {
    guard width > 0, height > 0, limits.allow(width: width, height: height) else {
      throw .surfaceSizeRefused(width: width, height: height, limits: limits)
    }
    self.format = format
    size = Size(width: width, height: height)
  }

  /// The pixels, from top to bottom; `SurfaceFormat` says what they hold.
  ///
  /// They share the surface's memory, but for one that has scrolled: then they are copied, unless `putInOrder` came first.
  public package(set) var raster: Raster {
    get { rows.raster }
    _modify { yield &rows.raster }
  }

  /// Zeros as long as nothing is drawn; to change them makes them be there.
  private var rows: RowRaster {
    get { drawn ?? RowRaster(blank) }
    _modify {
      var rows = drawn.take() ?? RowRaster(blank)
      defer { drawn = rows }
      yield &rows
    }
  }

  private var blank: Raster { Raster(width: size.width, height: size.height, kind: format.kind) }

  /// Makes the pixels of an image of this surface's size its own.
  mutating func become(_ image: Raster) {
    var image = image
    image.kind = format.kind
    drawn = RowRaster(image)
  }

  /// Lets `raster` be the surface's own memory until it scrolls again, and not a copy.
  package mutating func putInOrder() {
    rows.putInOrder()
  }

  /// `width * height` pixels, from top to bottom. They are the surface's own storage: who keeps them over the next draw
  /// makes that draw copy all of them first.
  public var pixels: [UInt32] { raster.pixels }

  /// The part of the surface that `rect` covers, as it is now.
  public func snapshot(of rect: Rect) -> Raster {
    let part = rect.intersection(Rect(size))
    guard !part.isEmpty else { return Raster(width: 0, height: 0, kind: format.kind) }
    return part.size == size ? raster : pixels(in: part, kind: format.kind)
  }

  func stencil(_ box: Rect, _ clip: Clip, _ mask: Mask? = nil) -> Stencil? {
    Stencil(box: box, clip: clip, mask: mask, bounds: size)
  }

  /// Notes that what the stencil lets through has changed; a mask counts for all of its rectangle.
  mutating func note(_ stencil: Stencil) {
    switch stencil.clip {
    case .none:
      damage.add(stencil.area)
    case .rects(let rects):
      for rect in rects { damage.add(rect.intersection(stencil.area)) }
    }
  }
}

extension Surface: MutablePixelRows {
  package func withRows<Result>(in rect: Rect, _ body: (Rows) -> Result) -> Result? {
    rows.withRows(in: rect, body)
  }

  package mutating func withMutableRows(in rect: Rect, _ body: (MutableRows) -> Void) {
    rows.withMutableRows(in: rect, body)
  }

  /// Target and source must lie within the surface.
  mutating func perform(_ move: RasterMove) {
    drawn?.perform(move)
  }
}
