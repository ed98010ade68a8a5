import SpicePixels

import SpiceCanvas

/// A draw command as a value, so that the same one can be given to a surface and to the model of one.
struct Command {
  enum Kind {
    case fill(Brush, RasterOperation)
    case blackness
    case whiteness
    case inverse
    case copy(Source, Rect, RasterOperation, ScaleMode)
    case opaque(Source, Rect, Brush, RasterOperation, ScaleMode)
    case transparent(Source, Rect, UInt32)
    case alphaBlend(Source, Rect, UInt8, Surface.AlphaFlags)
    case copyBits(Point)
    case putImage(Raster, isTopDown: Bool)
  }

  var kind: Kind
  var box: Rect
  var clip = Clip.none
  var mask: Mask?

  func draw(on surface: inout Surface) {
    switch kind {
    case .fill(let brush, let operation):
      surface.drawFill(box, clip: clip, mask: mask, brush: brush, operation: operation)
    case .blackness: surface.drawBlackness(box, clip: clip, mask: mask)
    case .whiteness: surface.drawWhiteness(box, clip: clip, mask: mask)
    case .inverse: surface.drawInverse(box, clip: clip, mask: mask)
    case .copy(let source, let area, let operation, let scaling):
      surface.drawCopy(
        source, area: area, to: box, clip: clip, mask: mask, operation: operation, scaling: scaling)
    case .opaque(let source, let area, let brush, let operation, let scaling):
      surface.drawOpaque(
        source, area: area, to: box, clip: clip, mask: mask, brush: brush, operation: operation, scaling: scaling)
    case .transparent(let source, let area, let color):
      surface.drawTransparent(source, area: area, to: box, clip: clip, leavingOut: color)
    case .alphaBlend(let source, let area, let alpha, let flags):
      surface.drawAlphaBlend(source, area: area, to: box, clip: clip, alpha: alpha, flags: flags)
    case .copyBits(let point): surface.copyBits(from: point, to: box, clip: clip)
    case .putImage(let frame, let isTopDown):
      surface.putImage(frame, isTopDown: isTopDown, to: box, clip: clip)
    }
  }
}

/// What a surface must hold after a command, worked out pixel by pixel and channel by channel, with nothing shared with
/// the canvas but its types.
struct Model {
  var pixels: [UInt32]
  let width: Int
  let height: Int
  let format: SurfaceFormat

  init(_ surface: Surface) {
    pixels = surface.pixels
    (width, height, format) = (surface.size.width, surface.size.height, surface.format)
  }

  mutating func draw(_ command: Command) {
    let before = self
    let box = command.box
    // Masks do not exist for every command; the canvas has no parameter for them there.
    var mask = command.mask
    switch command.kind {
    case .transparent, .alphaBlend, .copyBits, .putImage: mask = nil
    default: break
    }
    for y in 0..<height {
      for x in 0..<width where Model.covers(command.clip, x, y) && box.contains(Point(x: Int32(x), y: Int32(y))) {
        if let mask {
          let (column, row) = (x - Int(box.left) + Int(mask.position.x), y - Int(box.top) + Int(mask.position.y))
          if !Model.lets(mask, column, row) { continue }
        }
        if let value = before.result(of: command, x, y) { pixels[y * width + x] = value }
      }
    }
  }

  /// Nil where the pixel stays.
  private func result(of command: Command, _ x: Int, _ y: Int) -> UInt32? {
    let old = pixels[y * width + x]
    switch command.kind {
    case .fill(let brush, let operation):
      guard let color = self.color(of: brush, x, y) else { return nil }
      return combine(color, old, operation, RasterOperation.invertBrush, .invertDestination)
    case .blackness: return stored(0)
    case .whiteness: return stored(~0)
    case .inverse: return stored(~old)
    case .copy(let source, let area, let operation, let scaling):
      // Of all sixteen functions only the plain copy gives its first input for these; it matters on 32 bits alone.
      let isPut = combine(0b1100, 0b1010, operation, .invertSource, .invertDestination) == 0b1100
      guard let pixel = sample(source, area, command.box, x, y, scaling, paintsAlpha: isPut) else { return nil }
      return combine(pixel, old, operation, .invertSource, .invertDestination)
    case .opaque(let source, let area, let brush, let operation, let scaling):
      let below: UInt32
      if area.isEmpty && !Model.sameSize(area, command.box) {
        below = old
      } else {
        below = sample(source, area, command.box, x, y, scaling, paintsAlpha: true) ?? old
      }
      guard let color = self.color(of: brush, x, y) else { return below }
      return combine(color, below, operation, .invertBrush, .invertSource)
    case .transparent(let source, let area, let key):
      guard let pixel = sample(source, area, command.box, x, y, .nearest, paintsAlpha: false) else { return nil }
      if format.kind == .coverage { return pixel == 0 ? nil : pixel }
      return pixel & 0xFFFFFF == stored(key) & 0xFFFFFF ? nil : pixel
    case .alphaBlend(let source, let area, let alpha, let flags):
      guard alpha > 0 else { return nil }
      guard var pixel = fetch(source, area, command.box, x, y) else { return nil }
      if !pixel.hasAlpha, !(pixel.isMarkable && flags.contains(.sourceSurfaceHasAlpha)), pixel.isInside {
        pixel.value |= 0xFF00_0000
      }
      let result = Model.over(pixel.value, old, Int(alpha))
      return format == .xrgb && !flags.contains(.destinationHasAlpha) ? result & 0xFFFFFF : stored(result)
    case .copyBits(let point):
      let (fromX, fromY) = (x - Int(command.box.left) + Int(point.x), y - Int(command.box.top) + Int(point.y))
      guard fromX >= 0, fromY >= 0, fromX < width, fromY < height else { return nil }
      return pixels[fromY * width + fromX]
    case .putImage(let frame, let isTopDown):
      let image = isTopDown ? frame : frame.flipped()
      guard let pixel = fetch(.image(image), Rect(image.size), command.box, x, y) else { return nil }
      return stored(format == .xrgb || !pixel.isInside ? pixel.value : pixel.value | 0xFF00_0000)
    }
  }

  // MARK: The stencil

  static func covers(_ clip: Clip, _ x: Int, _ y: Int) -> Bool {
    switch clip {
    case .none: true
    case .rects(let rects): rects.contains { $0.contains(Point(x: Int32(x), y: Int32(y))) }
    }
  }

  static func lets(_ mask: Mask, _ x: Int, _ y: Int) -> Bool {
    guard x >= 0, y >= 0, x < mask.image.width, y < mask.image.height else { return false }
    let pixel = mask.image[x, y]
    let isSet = mask.image.kind == .coverage ? pixel >> 24 >= 128 : pixel & 0xFFFFFF != 0
    return isSet != mask.isInverted
  }

  // MARK: Operations

  /// A value as the format holds it.
  func stored(_ pixel: UInt32) -> UInt32 {
    unpacked(packed(pixel))
  }

  private func packed(_ pixel: UInt32) -> UInt32 {
    let (a, r, g, b) = (pixel >> 24, pixel >> 16 & 255, pixel >> 8 & 255, pixel & 255)
    switch format {
    case .a1: return a / 128
    case .a8: return a
    case .rgb555: return r / 8 * 1024 + g / 8 * 32 + b / 8
    case .rgb565: return r / 8 * 2048 + g / 4 * 32 + b / 8
    case .xrgb, .argb: return pixel
    }
  }

  private func unpacked(_ value: UInt32) -> UInt32 {
    switch format {
    case .a1: value & 1 == 1 ? 0xFF00_0000 : 0
    case .a8: (value & 255) << 24
    case .rgb555: widened555(UInt16(value & 0x7FFF))
    case .rgb565: widened565(UInt16(value & 0xFFFF))
    case .xrgb, .argb: value
    }
  }

  private func combine(
    _ source: UInt32, _ destination: UInt32, _ operation: RasterOperation, _ invertsSource: RasterOperation,
    _ invertsDestination: RasterOperation
  ) -> UInt32 {
    // On the packed value, as a surface of that format has it in the reference client.
    var (s, d) = (packed(source), packed(destination))
    let plain = s
    let old = d
    if operation.contains(invertsSource) { s = ~s }
    if operation.contains(invertsDestination) { d = ~d }
    let result: UInt32
    if operation.contains(.put) {
      result = s
    } else if operation.contains(.or) {
      result = s | d
    } else if operation.contains(.and) {
      result = s & d
    } else if operation.contains(.xor) {
      result = s ^ d
    } else if operation.contains(.blackness) {
      return unpacked(0)
    } else if operation.contains(.whiteness) {
      return unpacked(~0)
    } else if operation.contains(.invert) {
      return unpacked(~old)
    } else {
      return unpacked(plain)
    }
    return unpacked(operation.contains(.invertResult) ? ~result : result)
  }

  /// `source * alpha OVER destination`, each product rounded to the nearest.
  static func over(_ source: UInt32, _ destination: UInt32, _ alpha: Int) -> UInt32 {
    func rounded(_ product: Int) -> Int { (2 * product + 255) / 510 }
    func channel(_ pixel: UInt32, _ shift: UInt32) -> Int { Int(pixel >> shift & 255) }
    let under = 255 - rounded(channel(source, 24) * alpha)
    var result: UInt32 = 0
    for shift: UInt32 in [0, 8, 16, 24] {
      let sum = rounded(channel(source, shift) * alpha) + rounded(channel(destination, shift) * under)
      result |= UInt32(min(255, sum)) << shift
    }
    return result
  }

  // MARK: Sources

  private func color(of brush: Brush, _ x: Int, _ y: Int) -> UInt32? {
    switch brush {
    case .none: return 0
    case .solid(let color): return unpacked(color)
    case .pattern(let tile, let origin):
      guard tile.width > 0, tile.height > 0 else { return nil }
      func wrapped(_ value: Int, _ side: Int) -> Int { (value % side + side) % side }
      return converted(tile[wrapped(x - Int(origin.x), tile.width), wrapped(y - Int(origin.y), tile.height)], tile.kind)
    }
  }

  /// A source's pixel in the format of the surface.
  private func converted(_ pixel: UInt32, _ kind: PixelKind) -> UInt32 {
    stored(format.kind == .coverage && kind == .opaque ? pixel | 0xFF00_0000 : pixel)
  }

  struct Sample {
    var value: UInt32
    var hasAlpha: Bool
    var isMarkable: Bool
    var isInside: Bool
  }

  private func raster(of source: Source) -> Raster {
    switch source {
    case .image(let image): image
    case .surface(let surface): surface.raster
    case .itself:
      Raster(width: width, height: height, kind: format.kind) { target in
        for i in pixels.indices { target[i] = pixels[i] }
      }
    }
  }

  static func sameSize(_ a: Rect, _ b: Rect) -> Bool {
    Int(a.right) - Int(a.left) == Int(b.right) - Int(b.left) && Int(a.bottom) - Int(a.top) == Int(b.bottom) - Int(b.top)
  }

  /// The nearest pixel of the source as it is, for commands that do not convert it; nil where there is none to draw.
  private func fetch(_ source: Source, _ area: Rect, _ box: Rect, _ x: Int, _ y: Int) -> Sample? {
    let image = raster(of: source)
    var isMarkable = false
    if case .surface(let surface) = source { isMarkable = surface.format == .xrgb }
    if case .itself = source { isMarkable = format == .xrgb }
    let (column, row): (Int, Int)
    if Model.sameSize(area, box) {
      (column, row) = (x - Int(box.left) + Int(area.left), y - Int(box.top) + Int(area.top))
      guard column >= 0, row >= 0, column < image.width, row < image.height else { return nil }
    } else {
      guard !area.isEmpty else { return nil }
      column = (Model.position(x, area.left, area.right, box.left, box.right) - 1) >> 16
      row = (Model.position(y, area.top, area.bottom, box.top, box.bottom) - 1) >> 16
    }
    let isInside = column >= 0 && row >= 0 && column < image.width && row < image.height
    return Sample(
      value: isInside ? image[column, row] : 0, hasAlpha: image.kind != .opaque, isMarkable: isMarkable,
      isInside: isInside)
  }

  /// In 1/65536 of a pixel, the place in the source of the middle of a pixel of the box.
  static func position(_ at: Int, _ from: Int32, _ to: Int32, _ start: Int32, _ end: Int32) -> Int {
    let step = (Int(to) - Int(from)) * 65536 / (Int(end) - Int(start))
    return Int(from) * 65536 + step * (at - Int(start)) + (step + 1) / 2
  }

  /// The source's pixel for a pixel of the box, converted to the format of the surface.
  ///
  /// - Parameter paintsAlpha: The command writes colours and not bits, so that an image without alpha covers an `argb`
  ///   surface fully where it is scaled.
  private func sample(
    _ source: Source, _ area: Rect, _ box: Rect, _ x: Int, _ y: Int, _ scaling: ScaleMode, paintsAlpha: Bool
  ) -> UInt32? {
    let image = raster(of: source)
    let isScaled = !Model.sameSize(area, box)
    var isSameFormat = false
    if case .surface(let surface) = source { isSameFormat = surface.format == format }
    if case .itself = source { isSameFormat = true }
    func adapted(_ pixel: UInt32) -> UInt32 {
      let value = isSameFormat ? pixel : converted(pixel, image.kind)
      return isScaled && paintsAlpha && format == .argb && image.kind != .alpha ? value | 0xFF00_0000 : value
    }
    if !isScaled || scaling == .nearest {
      guard let sample = fetch(source, area, box, x, y) else { return nil }
      return sample.isInside ? adapted(sample.value) : 0
    }
    guard !area.isEmpty else { return nil }
    let column = Model.position(x, area.left, area.right, box.left, box.right) - 32768
    let row = Model.position(y, area.top, area.bottom, box.top, box.bottom) - 32768
    func pixel(_ dx: Int, _ dy: Int) -> UInt32 {
      let (x, y) = (column >> 16 + dx, row >> 16 + dy)
      return x >= 0 && y >= 0 && x < image.width && y < image.height ? adapted(image[x, y]) : 0
    }
    let (right, below) = (UInt32(column >> 9 & 127), UInt32(row >> 9 & 127))
    var result: UInt32 = 0
    for shift: UInt32 in [0, 8, 16, 24] {
      let sum =
        (pixel(0, 0) >> shift & 255) * (128 - right) * (128 - below)
        + (pixel(1, 0) >> shift & 255) * right * (128 - below)
        + (pixel(0, 1) >> shift & 255) * (128 - right) * below
        + (pixel(1, 1) >> shift & 255) * right * below
      result |= (sum / 16384) << shift
    }
    return stored(result)
  }
}
