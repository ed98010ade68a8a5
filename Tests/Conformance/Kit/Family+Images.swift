import SpiceCanvas
import SpiceCodecs
import SpiceMedia
import SpicePixels
import SpiceProtocol

extension CaseMaker {
  /// One image, and where it or its palette is kept, the same from there; where it is lossy, what replaces it too.
  mutating func imageDraws() -> [Case.Draw] {
    let size = Size(width: chance.within(9...16), height: chance.within(8...12))
    let (left, right) = (place(0, 0, size), place(16, 0, size))
    let (below, last) = (place(0, 12, size), place(16, 12, size))
    var glz: Case.GLZImage?
    var image = image(size, &glz)
    let id = chance.next()
    if chance.once(in: 3) { image.flags.insert(.highBitsSet) }
    image.id = id
    var first = draw(image, at: left)
    first.glz = glz
    guard chance.once(in: 2) else { return [first] + indexed(size, [below, last]) }
    image.flags.insert(.cacheMe)
    first.command = .copy(image)
    var draws = [first]
    let cached = Image(id: id, width: image.width, height: image.height, content: .fromCache)
    draws.append(draw(cached, at: right))
    let isLossy = image.content.type == .jpeg || image.content.type == .jpegAlpha
    if isLossy {
      var lossless = picture(size)
      lossless.id = id
      lossless.flags = .cacheReplaceMe
      draws.append(draw(lossless, at: below))
      draws.append(
        draw(Image(id: id, width: image.width, height: image.height, content: .fromCacheLossless), at: last))
    }
    return draws
  }

  private func place(_ x: Int32, _ y: Int32, _ size: Size) -> Rect { Rect(size).offset(x: x, y: y) }

  private func draw(_ image: Image, at box: Rect) -> Case.Draw { Case.Draw(box: box, command: .copy(image)) }

  private mutating func ground(_ size: Size, kind: PixelKind) -> Raster {
    Ground.noise(seed: chance.next()).raster(size, kind: kind)
  }

  /// Of any type that carries its pixels itself.
  ///
  /// - Parameter glz: What is to be packed as GLZ instead.
  private mutating func image(_ size: Size, _ glz: inout Case.GLZImage?) -> Image {
    func wrapped(_ content: ImageContent) -> Image {
      Image(id: 0, width: UInt32(size.width), height: UInt32(size.height), content: content)
    }
    let hasAlpha = chance.once(in: 3)
    // What the fourth byte of an image without alpha is on a surface with it depends on who unpacked it.
    if !hasAlpha, one.format == .argb { one.format = .xrgb }
    let raster = ground(size, kind: hasAlpha ? .alpha : .opaque)
    switch chance.below(hasAlpha ? 7 : 8) {
    case 0: return .bitmap(raster, format: hasAlpha ? .rgba : .rgb32, topDown: chance.once(in: 2))
    case 1:
      let type: QuicType = hasAlpha ? .rgba : chance.pick([.rgb32, .rgb24])
      guard let bytes = try? Quic.encode(raster, type: type) else { return picture(size) }
      return wrapped(.quic(bytes[...]))
    case 2: return wrapped(.lzRGB(LZ.encode(raster)[...]))
    case 3:
      if !hasAlpha { return wrapped(.lzRGB(LZ.encodeHighColor(raster)[...])) }
      guard let bytes = try? JPEG.encode(smooth(size), quality: 80) else { return picture(size) }
      let alpha = LZ.encodeAlpha(ground(size, kind: .alpha))
      return wrapped(.jpegAlpha(topDown: true, jpeg: bytes[...], alpha: alpha[...]))
    case 4: return wrapped(.lz4(LZ4Image.encode(raster)[...]))
    case 5, 6:
      glz = Case.GLZImage(raster: raster, isDeflated: chance.once(in: 2))
      return .bitmap(raster, format: hasAlpha ? .rgba : .rgb32)
    default:
      guard let bytes = try? JPEG.encode(smooth(size), quality: chance.within(20...95)) else { return picture(size) }
      return wrapped(.jpeg(bytes[...]))
    }
  }

  private mutating func smooth(_ size: Size) -> Raster {
    var raster = Raster(width: size.width, height: size.height, kind: .opaque)
    let (a, b) = (chance.word(), chance.word())
    for y in 0..<size.height {
      for x in 0..<size.width {
        raster[x, y] = (a &+ UInt32(x) &* (b & 0x000F_0F0F) &+ UInt32(y) &* (b >> 4 & 0x000F_0F0F)) & 0xFF_FFFF
      }
    }
    return raster
  }

  /// Images of indices: the first brings a palette, the second may use it again. On 32 bits alone, and with the
  /// first pixel in the high bits: on others the reference gives up, or takes the palette's colours for 15 bits.
  private mutating func indexed(_ size: Size, _ boxes: [Rect]) -> [Case.Draw] {
    guard one.format == .xrgb || one.format == .argb else { return [] }
    let format = chance.pick([BitmapFormat.index1BE, .index4BE, .index8])
    let count = 1 << format.bitsPerPixel
    let isKept = chance.once(in: 2)
    let palette = Palette(id: chance.next() | 1, colors: (0..<count).map { _ in chance.color() })
    return boxes.enumerated().map { index, box in
      let source: PaletteSource =
        index > 0 && isKept ? .cached(palette.id) : .inline(palette, cacheMe: isKept)
      if format == .index8, chance.once(in: 2) {
        let indices = (0..<size.width * size.height).map { _ in UInt8(chance.below(count)) }
        if let bytes = LZ.encode(indices: indices, width: size.width, height: size.height) {
          let content = ImageContent.lzPalette(LZPaletteImage(topDown: true, palette: source, data: bytes[...]))
          return draw(
            Image(id: 0, width: UInt32(size.width), height: UInt32(size.height), content: content), at: box)
        }
      }
      return draw(
        .indexed(
          size, format: format, topDown: chance.once(in: 2), palette: source, colors: count, &chance), at: box)
    }
  }
}
