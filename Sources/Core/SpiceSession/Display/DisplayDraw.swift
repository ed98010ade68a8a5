import SpiceCanvas
import SpicePixels
import SpiceProtocol

extension DisplayEngine {
  /// Does a step whose images are all there.
  mutating func perform(_ step: QueuedStep) throws(SessionError) {
    do throws(DisplayFault) {
      switch step.action {
      case .draw(let base, let command, let images): try perform(base, command, images)
      case .frame(let target, let image): show(raster(image), target)
      case .create(let value): try createSurface(value)
      case .destroy(let id): try destroySurface(id)
      case .mode(let width, let height, let bits): try setMode(width: width, height: height, bits: bits)
      case .reset: reset()
      case .mark:
        isMarked = primary != nil
        events.append(.marked)
      }
    } catch {
      throw fault(error, step.serial)
    }
  }

  // MARK: Surfaces

  private mutating func createSurface(_ value: SurfaceCreate) throws(DisplayFault) {
    guard surfaces[value.id] == nil else { throw .surfaceExists(value.id) }
    guard let format = SurfaceFormat(rawValue: value.format) else { throw .surfaceFormat(value.format) }
    let limits = channel.setup.limits
    let size = Size(width: Int(clamping: value.width), height: Int(clamping: value.height))
    guard limits.pixels.allow(width: size.width, height: size.height) else {
      throw .surfaceSize(width: value.width, height: value.height)
    }
    let area = size.width * size.height
    guard surfaces.count < limits.surfaces, surfacePixels + area <= limits.surfaceArea else {
      throw .tooManySurfaces(limit: limits.surfaces)
    }
    do throws(CanvasError) {
      surfaces[value.id] = try Surface(
        width: size.width, height: size.height, format: format, limits: limits.pixels)
    } catch {
      throw .surfaceSize(width: value.width, height: value.height)
    }
    surfacePixels += area
    if value.flags & SurfaceCreate.primary != 0 {
      primary = value.id
      isMarked = false
      events.append(.primaryCreated(id: value.id, size))
    }
  }

  private mutating func destroySurface(_ id: UInt32) throws(DisplayFault) {
    guard let surface = surfaces.removeValue(forKey: id) else { throw .unknownSurface(id) }
    surfacePixels -= surface.size.width * surface.size.height
    if primary == id {
      primary = nil
      isMarked = false
      events.append(.primaryDestroyed(id: id))
    }
  }

  /// MODE comes from servers older than surfaces: one screen, surface 0.
  private mutating func setMode(width: UInt32, height: UInt32, bits: UInt32) throws(DisplayFault) {
    if surfaces[0] != nil { try destroySurface(0) }
    let format: SurfaceFormat = bits == 16 ? .rgb555 : .xrgb
    try createSurface(
      SurfaceCreate(id: 0, width: width, height: height, format: format.rawValue, flags: SurfaceCreate.primary))
  }

  private mutating func reset() {
    if let primary, let size = surfaces[primary]?.size { surfaces[primary]?.drawBlackness(Rect(size)) }
  }

  // MARK: Draw commands

  /// Does a command whose images are all there.
  mutating func perform(
    _ base: DrawBase, _ command: DrawCommand, _ images: DrawImages, _ serial: UInt64
  ) throws(SessionError) {
    do throws(DisplayFault) {
      try perform(base, command, images)
    } catch {
      throw fault(error, serial)
    }
  }

  private mutating func perform(
    _ base: DrawBase, _ command: DrawCommand, _ images: DrawImages
  ) throws(DisplayFault) {
    guard surfaces[base.surface] != nil else { throw .unknownSurface(base.surface) }
    let clip = Clip(base.clip)
    let mask = mask(command, images)
    let brush = brush(command, images)
    switch command {
    case .copyBits(let from): surfaces[base.surface]?.copyBits(from: from, to: base.box, clip: clip)
    case .fill(_, let rop, _):
      surfaces[base.surface]?.drawFill(
        base.box, clip: clip, mask: mask, brush: brush, operation: RasterOperation(rawValue: rop))
    case .opaque(_, let area, _, let rop, let scale, _):
      let source = try source(images, base)
      surfaces[base.surface]?.drawOpaque(
        source, area: area, to: base.box, clip: clip, mask: mask, brush: brush,
        operation: RasterOperation(rawValue: rop), scaling: ScaleMode(scale))
    case .copy(_, let area, let rop, let scale, _), .blend(_, let area, let rop, let scale, _):
      let source = try source(images, base)
      surfaces[base.surface]?.drawCopy(
        source, area: area, to: base.box, clip: clip, mask: mask, operation: RasterOperation(rawValue: rop),
        scaling: ScaleMode(scale))
    case .blackness: surfaces[base.surface]?.drawBlackness(base.box, clip: clip, mask: mask)
    case .whiteness: surfaces[base.surface]?.drawWhiteness(base.box, clip: clip, mask: mask)
    case .invert: surfaces[base.surface]?.drawInverse(base.box, clip: clip, mask: mask)
    case .transparent(_, let area, _, let trueColor):
      let source = try source(images, base)
      surfaces[base.surface]?.drawTransparent(
        source, area: area, to: base.box, clip: clip, leavingOut: trueColor)
    case .alphaBlend(let flags, let alpha, _, let area):
      let source = try source(images, base)
      surfaces[base.surface]?.drawAlphaBlend(
        source, area: area, to: base.box, clip: clip, alpha: alpha, flags: Surface.AlphaFlags(rawValue: flags))
    case .rop3(_, let area, _, let rop3, let scale, _):
      let source = try source(images, base)
      surfaces[base.surface]?.drawROP3(
        source, area: area, to: base.box, clip: clip, mask: mask, brush: brush,
        function: TernaryFunction(rawValue: rop3), scaling: ScaleMode(scale))
    case .stroke(let path, let attributes, _, let foreMode, _):
      surfaces[base.surface]?.drawStroke(
        Stroke(path, attributes), in: base.box, clip: clip, brush: brush,
        operation: RasterOperation(rawValue: foreMode))
    case .text(let string, let backArea, _, let backBrush, let foreMode, _):
      // With a background the reference draws letters by this operation alone, and without one by none but this.
      guard backArea.isEmpty || foreMode == RasterOperation.put.rawValue else { return }
      guard let text = GlyphRun(string) else { return statistics.countUndrawn(command.kind) }
      let back = self.brush(backBrush, images.back)
      surfaces[base.surface]?.drawText(
        text, in: base.box, clip: clip, backArea: backArea, back: back, brush: brush)
    case .composite(let composite): try perform(composite, base, clip, images)
    }
  }

  private mutating func perform(
    _ composite: Composite, _ base: DrawBase, _ clip: Clip, _ images: DrawImages
  ) throws(DisplayFault) {
    let flags = composite.flags
    // An operator that nobody knows would be drawn as anything by anybody.
    guard let operation = CompositeOperator(rawValue: UInt8(truncatingIfNeeded: flags)) else {
      return statistics.countUndrawn(.drawComposite)
    }
    func layer(
      _ reference: ImageReference?, x: Int16, y: Int16, _ transform: [UInt32]?, filter: UInt32, extent: UInt32
    ) throws(DisplayFault) -> CompositeLayer {
      CompositeLayer(
        try source(reference, base), origin: Point(x: Int32(x), y: Int32(y)),
        transform: transform.flatMap { CompositeLayer.Transform($0) }, filter: CompositeLayer.Filter(flags: filter),
        extent: CompositeLayer.Extent(rawValue: UInt8(extent & 3)) ?? .none)
    }
    var picture = try layer(
      images.source, x: composite.sourceX, y: composite.sourceY, composite.sourceTransform, filter: flags >> 8,
      extent: flags >> 14)
    if case .surface = images.source { picture.isOpaque = flags & Composite.sourceOpaque != 0 }
    var mask: CompositeLayer?
    if images.mask != nil {
      mask = try layer(
        images.mask, x: composite.maskX, y: composite.maskY, composite.maskTransform, filter: flags >> 11,
        extent: flags >> 16)
    }
    surfaces[base.surface]?.drawComposite(
      operation, picture, mask: mask, hasComponentAlpha: flags & Composite.componentAlpha != 0, to: base.box, clip: clip
    )
  }

  private mutating func source(_ images: DrawImages, _ base: DrawBase) throws(DisplayFault) -> Source {
    try source(images.source, base)
  }

  private mutating func source(_ reference: ImageReference?, _ base: DrawBase) throws(DisplayFault) -> Source {
    if case .surface(let id) = reference {
      if id == base.surface { return .itself }
      surfaces[id]?.putInOrder()
      guard let surface = surfaces[id] else { throw .unknownSurface(id) }
      return .surface(surface)
    }
    return .image(raster(reference) ?? Raster(width: 0, height: 0, kind: .opaque))
  }

  private func brush(_ command: DrawCommand, _ images: DrawImages) -> Brush {
    brush(command.brush, images.pattern)
  }

  private func brush(_ source: BrushSource, _ pattern: ImageReference?) -> Brush {
    switch source {
    case .none: .none
    case .solid(let color): .solid(color)
    case .pattern(_, let origin): raster(pattern).map { .pattern($0, origin: origin) } ?? .none
    }
  }

  private func mask(_ command: DrawCommand, _ images: DrawImages) -> Mask? {
    guard let source = command.maskSource, let raster = raster(images.mask) else { return nil }
    return Mask(image: raster, position: source.position, isInverted: source.inverted)
  }
}

extension Clip {
  init(_ rects: ClipRects) {
    switch rects {
    case .none: self = .none
    case .rects(let list): self = .rects(list)
    }
  }
}

extension ScaleMode {
  init(_ mode: ImageScaleMode) {
    switch mode {
    case .interpolate: self = .interpolate
    case .nearest: self = .nearest
    }
  }
}

extension CompositeLayer.Filter {
  /// Of the filters that pixman knows, fast (0) and nearest (3) are the one, good (1), best (2) and bilinear (4) the
  /// other. A convolution (5 and 6) wants numbers that the protocol has no room for.
  fileprivate init(flags: UInt32) {
    switch flags & 7 {
    case 1, 2, 4: self = .bilinear
    default: self = .nearest
    }
  }
}

extension CompositeLayer.Transform {
  fileprivate init?(_ matrix: [UInt32]) {
    guard matrix.count == 6 else { return nil }
    func number(_ place: Int) -> Int32 { Int32(bitPattern: matrix[place]) }
    self.init(xx: number(0), xy: number(1), x0: number(2), yx: number(3), yy: number(4), y0: number(5))
  }
}

extension GlyphRun {
  /// Nil for letters made of lines, which nobody draws.
  fileprivate init?(_ string: GlyphString) {
    let depth: Depth
    if string.flags & GlyphString.a1 != 0 {
      depth = .one
    } else if string.flags & GlyphString.a4 != 0 {
      depth = .four
    } else if string.flags & GlyphString.a8 != 0 {
      depth = .eight
    } else {
      return nil
    }
    self.init(
      depth: depth, isTopDown: string.flags & GlyphString.topDown != 0,
      glyphs: string.glyphs.map { glyph in
        RasterGlyph(
          corner: Point(
            x: glyph.renderPosition.x.addingClamped(glyph.origin.x),
            y: glyph.renderPosition.y.addingClamped(glyph.origin.y)),
          width: Int(glyph.width), height: Int(glyph.height), rows: glyph.rows)
      })
  }
}

extension Stroke {
  fileprivate init(_ path: [PathSegment], _ attributes: LineAttributes) {
    self.init(
      segments: path.map { segment in
        Segment(
          flags: Segment.Flags(rawValue: segment.flags), points: segment.points.map { Point(x: $0.x, y: $0.y) })
      },
      dashes: attributes.flags & LineAttributes.styled == 0 ? [] : attributes.style,
      startsWithGap: attributes.flags & LineAttributes.startWithGap != 0)
  }
}
