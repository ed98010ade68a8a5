import SpiceCanvas
import SpiceCodecs
import SpiceMedia
import SpicePixels
import SpiceProtocol

/// One thing to draw, on a surface of its own: small enough that many share a sheet.
public struct Case: Sendable {
  /// A surface beside the one that is drawn on, for commands that draw from one.
  public struct Other: Sendable {
    public var format: SurfaceFormat
    public var size: Size
    public var ground: Ground
  }

  /// Ids of the surfaces in every case; they live as long as its tile is drawn.
  public static let target: UInt32 = 10
  public static let firstOther: UInt32 = 11
  /// The surface that is drawn on has this size.
  public static let size = Size(width: 32, height: 24)

  /// Which it is: its family, and the seed it came from.
  public var name: String
  public var format: SurfaceFormat
  public var ground: Ground
  public var others: [Other] = []
  /// Drawn in this order: the last is what is tested, those before it bring what it needs, such as cached images.
  public var draws: [Draw] = []

  public struct Draw: Sendable {
    public var box: Rect
    public var clip: ClipRects = .none
    public var command: DrawCommand
    /// The image of a copy, to be packed where the case gets its place: GLZ images refer to those of cases before it.
    var glz: GLZImage?
  }

  struct GLZImage: Sendable {
    var raster: Raster
    var isDeflated: Bool
  }

  public init(_ name: String, _ format: SurfaceFormat, _ ground: Ground) {
    self.name = name
    self.format = format
    self.ground = ground
  }

  /// Surfaces with alpha show it in a second tile.
  var tiles: Int { format == .argb ? 2 : 1 }
}

/// What a surface holds before it is drawn on.
public enum Ground: Sendable {
  case solid(UInt32)
  /// Random pixels, runs of one colour among them.
  case noise(seed: UInt64)

  func raster(_ size: Size, kind: PixelKind) -> Raster {
    var raster = Raster(width: size.width, height: size.height, kind: kind)
    switch self {
    case .solid(let color):
      for place in raster.pixels.indices { raster.pixels[place] = color }
    case .noise(let seed):
      var chance = Chance(seed: seed)
      var place = 0
      while place < raster.pixels.count {
        let color = chance.color()
        let run = chance.once(in: 3) ? chance.within(2...9) : 1
        for _ in 0..<min(run, raster.pixels.count - place) {
          raster.pixels[place] = color
          place += 1
        }
      }
    }
    // Alpha surfaces are premultiplied, as senders of them do it.
    if kind == .alpha {
      for place in raster.pixels.indices { raster.pixels[place] = premultiplied(raster.pixels[place]) }
    }
    return raster
  }
}

func premultiplied(_ pixel: UInt32) -> UInt32 {
  let alpha = pixel >> 24
  func scaled(_ shift: UInt32) -> UInt32 { ((pixel >> shift & 0xFF) * alpha + 127) / 255 << shift }
  return alpha << 24 | scaled(16) | scaled(8) | scaled(0)
}

extension Case {
  /// The messages that draw the case and bring what comes of it to the sheet.
  func messages(
    at cells: [Point], on sheet: UInt32, _ dictionary: inout GLZDictionary
  ) -> [DisplayServerMessage] {
    var messages: [DisplayServerMessage] = []
    for (index, other) in others.enumerated() {
      messages += surface(Case.firstOther + UInt32(index), other.format, other.size, other.ground)
    }
    messages += surface(Case.target, format, Case.size, ground)
    for draw in draws {
      let command = draw.packed(&dictionary)
      messages.append(.draw(DrawBase(surface: Case.target, box: draw.box, clip: draw.clip), command))
    }
    for (index, cell) in cells.enumerated() {
      messages.append(reveal(at: cell, on: sheet, asAlpha: index > 0 || format != .argb && format != .xrgb))
    }
    for index in 0..<others.count { messages.append(.surfaceDestroy(Case.firstOther + UInt32(index))) }
    messages.append(.surfaceDestroy(Case.target))
    return messages
  }

  private func surface(_ id: UInt32, _ format: SurfaceFormat, _ size: Size, _ ground: Ground) -> [DisplayServerMessage]
  {
    let create = DisplayServerMessage.surfaceCreate(
      SurfaceCreate(
        id: id, width: UInt32(size.width), height: UInt32(size.height), format: format.rawValue, flags: 0))
    let box = Rect(size)
    if format == .a1 {
      // The reference draws no image on such a surface; rectangles of single bits make its ground.
      var messages = [create, .draw(DrawBase(surface: id, box: box), .blackness(mask: .none))]
      guard case .noise(let seed) = ground else { return messages }
      var chance = Chance(seed: seed)
      for _ in 0..<12 {
        let (x, y) = (chance.coordinate(0...size.width - 2), chance.coordinate(0...size.height - 2))
        let part = Rect(
          left: x, top: y, right: x + chance.coordinate(1...9), bottom: y + chance.coordinate(1...6)
        ).intersection(box)
        messages.append(.draw(DrawBase(surface: id, box: part), .whiteness(mask: .none)))
      }
      return messages
    }
    let raster = ground.raster(size, kind: format.kind)
    let image = Image.bitmap(raster, format: format == .argb ? .rgba : format == .a8 ? .alpha8 : .rgb32)
    return [create, .draw(DrawBase(surface: id, box: box), .copy(image))]
  }

  private func reveal(at cell: Point, on sheet: UInt32, asAlpha: Bool) -> DisplayServerMessage {
    let box = Rect(Case.size).offset(x: cell.x, y: cell.y)
    let image = Image.surface(Case.target, Case.size)
    let base = DrawBase(surface: sheet, box: box)
    if asAlpha {
      return .draw(base, .alphaBlend(flags: 0, alpha: 255, source: image, area: Rect(Case.size)))
    }
    return .draw(base, .copy(image))
  }
}

extension Case.Draw {
  fileprivate func packed(_ dictionary: inout GLZDictionary) -> DrawCommand {
    guard let glz, case .copy(var image, let area, let rop, let scale, let mask) = command,
      let bytes = dictionary.encode(glz.raster)
    else { return command }
    image.content = .glzRGB(bytes[...])
    if glz.isDeflated, let deflated = try? Deflate.deflate(bytes) {
      image.content = .zlibGLZ(glzSize: UInt32(bytes.count), deflated[...])
    }
    return .copy(source: image, area: area, rop: rop, scale: scale, mask: mask)
  }
}

extension DrawCommand {
  /// The image as it is, unscaled.
  static func copy(_ image: Image) -> DrawCommand {
    let area = Rect(left: 0, top: 0, right: Int32(image.width), bottom: Int32(image.height))
    return .copy(source: image, area: area, rop: RasterOperation.put.rawValue, scale: .interpolate, mask: .none)
  }
}

extension Case {
  /// The last command in words, its bytes left out.
  public var summary: String {
    guard let last = draws.last else { return "" }
    let others = others.map { "\($0.format) \($0.size.width)x\($0.size.height)" }
    return
      "box \(last.box.left),\(last.box.top) \(last.box.right),\(last.box.bottom) clip \(last.clip) others \(others) "
      + draws.map { $0.command.summary + ($0.glz == nil ? "" : " as GLZ") }.joined(separator: "; ")
  }
}

extension DrawCommand {
  var summary: String {
    func short(_ image: Image?) -> String {
      guard let image else { return "none" }
      let kind: String
      switch image.content {
      case .bitmap(let bitmap): kind = "bitmap \(bitmap.format) \(bitmap.topDown ? "top-down" : "bottom-up")"
      case .surface(let id): kind = "surface \(id)"
      default: kind = "\(image.content.type.name)"
      }
      return "\(kind) \(image.width)x\(image.height) flags \(image.flags.rawValue)"
    }
    func short(_ brush: BrushSource) -> String {
      if case .pattern(let image, let origin) = brush { return "pattern \(short(image)) at \(origin.x),\(origin.y)" }
      return "\(brush)"
    }
    func short(_ mask: MaskSource) -> String {
      mask.bitmap == nil ? "" : "mask \(short(mask.bitmap)) at \(mask.position) inverted \(mask.inverted)"
    }
    func short(_ rect: Rect) -> String { "\(rect.left),\(rect.top) \(rect.right),\(rect.bottom)" }
    switch self {
    case .fill(let brush, let rop, let mask): return "fill \(short(brush)) rop \(rop) \(short(mask))"
    case .copy(let source, let area, let rop, let scale, let mask),
      .blend(let source, let area, let rop, let scale, let mask):
      return "copy \(short(source)) area \(short(area)) rop \(rop) \(scale) \(short(mask))"
    case .opaque(let source, let area, let brush, let rop, let scale, let mask):
      return "opaque \(short(source)) area \(short(area)) \(short(brush)) rop \(rop) \(scale) \(short(mask))"
    case .rop3(let source, let area, let brush, let rop3, let scale, let mask):
      return "rop3 \(short(source)) area \(short(area)) \(short(brush)) rop3 \(rop3) \(scale) \(short(mask))"
    case .transparent(let source, let area, _, let color):
      return "transparent \(short(source)) area \(short(area)) color \(String(color, radix: 16))"
    case .alphaBlend(let flags, let alpha, let source, let area):
      return "alpha-blend \(short(source)) area \(short(area)) flags \(flags) alpha \(alpha)"
    case .composite(let one):
      let (flags, x, y) = (one.flags, one.sourceX, one.sourceY)
      return
        "composite op \(flags & 255) filter \(flags >> 8 & 7) repeat \(flags >> 14 & 3) source \(short(one.source)) "
        + "at \(x),\(y) transform \((one.sourceTransform ?? []).map { Int32(bitPattern: $0) }) mask \(short(one.mask)) "
        + "filter \(flags >> 11 & 7) repeat \(flags >> 16 & 3) component \(flags >> 18 & 1) at \(one.maskX),\(one.maskY) "
        + "transform \((one.maskTransform ?? []).map { Int32(bitPattern: $0) })"
    case .text(let string, let area, let fore, let back, let foreMode, let backMode):
      return
        "text flags \(string.flags) \(string.glyphs.map { "\($0.renderPosition.x)+\($0.origin.x),\($0.renderPosition.y)+\($0.origin.y) \($0.width)x\($0.height)" }) "
        + "back \(short(area)) \(short(fore)) \(short(back)) modes \(foreMode) \(backMode)"
    case .stroke(let path, let attributes, let brush, let fore, let back):
      return "stroke \(path.map { "\($0.flags): \($0.points.map { "\(Double($0.x) / 16),\(Double($0.y) / 16)" })" }) "
        + "style \(attributes.flags) \(attributes.style.map { $0 / 16 }) \(short(brush)) modes \(fore) \(back)"
    default: return "\(self)"
    }
  }
}
