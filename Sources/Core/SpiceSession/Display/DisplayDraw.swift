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
    surfacePixels -= surface.raster.pixels.count
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
    case .rop3, .stroke, .text, .composite: statistics.countUndrawn(command.kind)
    }
  }

  private func source(_ images: DrawImages, _ base: DrawBase) throws(DisplayFault) -> Source {
    if case .surface(let id) = images.source {
      if id == base.surface { return .itself }
      guard let surface = surfaces[id] else { throw .unknownSurface(id) }
      return .surface(surface)
    }
    return .image(raster(images.source) ?? Raster(width: 0, height: 0, kind: .opaque))
  }

  private func brush(_ command: DrawCommand, _ images: DrawImages) -> Brush {
    switch command.brush {
    case .none: .none
    case .solid(let color): .solid(color)
    case .pattern(_, let origin): raster(images.pattern).map { .pattern($0, origin: origin) } ?? .none
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
