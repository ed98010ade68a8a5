import SpiceCodecs
import SpicePixels
import SpiceProtocol

/// Chooses the form in which a picture is sent to one client.
///
/// It looks at the pixels first; where that leaves more than one good form, each is tried and the smallest taken, for
/// at most three, of pictures that are never large. Where the dictionary wins again and again, the rest is tried only now
/// and then.
struct ImageChooser {
  /// Up to this many pixels nothing is tried that costs more to try than it could save.
  static let smallPicture = 1024

  /// What the client asked for, or the server's option.
  var compression: ImageCompression
  /// The client has room for the dictionary.
  var hasDictionary: Bool
  /// The client has LZ4.
  var hasLZ4: Bool
  /// The client reads images whose pixels are indices.
  var hasPalettes: Bool

  func encode(_ picture: Raster, _ store: inout DisplayServerStore) -> ImageContent {
    let plain = ImageChooser.size(ofPlain: picture)
    switch compression {
    case .off: return ImageChooser.plain(picture)
    case .quic: return smaller(quic(picture), plain, picture)
    case .lz4 where hasLZ4: return smaller(.lz4(LZ4Image.encode(picture)[...]), plain, picture)
    case .lz, .lz4: return smaller(.lzRGB(LZ.encode(picture)[...]), plain, picture)
    case .glz: return glz(picture, &store)
    case .autoGLZ, .autoLZ: return chosen(picture, &store)
    }
  }

  // MARK: By the look of it

  private func chosen(_ picture: Raster, _ store: inout DisplayServerStore) -> ImageContent {
    let usesDictionary = compression == .autoGLZ && hasDictionary
    let count = picture.pixels.count
    if usesDictionary, let limit = store.trust.limit(pixels: count), let data = store.encode(picture, limit: limit) {
      store.trust.keep()
      return .glzRGB(data[...])
    }
    var best: ImageContent?
    if hasPalettes, let colors = PictureColors(picture) {
      best = ImageChooser.indexed(picture, colors)
      // A few letters: nothing makes them much smaller.
      if count <= ImageChooser.smallPicture, colors.bits < 8, let best { return best }
    } else {
      switch PictureTraits(picture).kind {
      case .photo: return smaller(quic(picture), ImageChooser.size(ofPlain: picture), picture)
      case .mixed where count > ImageChooser.smallPicture: best = quic(picture)
      case .mixed, .drawing: break
      }
    }
    let plain = ImageChooser.size(ofPlain: picture)
    guard usesDictionary else {
      let lz = LZ.encode(picture)
      let others = min(plain, best?.size ?? .max)
      if lz.count < others { return .lzRGB(lz[...]) }
      return smaller(best ?? ImageChooser.plain(picture), plain, picture)
    }
    guard let best, best.size < plain else { return glz(picture, &store) }
    // What the dictionary knows will make others smaller too: that is worth an eighth.
    let most = best.size + best.size / 8
    let data = store.encode(picture, limit: most)
    store.trust.note(bytes: data?.count, pixels: count)
    return data.map { .glzRGB($0[...]) } ?? best
  }

  private func smaller(_ content: ImageContent, _ plain: Int, _ picture: Raster) -> ImageContent {
    content.size < plain ? content : ImageChooser.plain(picture)
  }

  // MARK: Forms

  /// What was encoded with the dictionary must be sent, however large it is.
  private func glz(_ picture: Raster, _ store: inout DisplayServerStore) -> ImageContent {
    if hasDictionary, let data = store.encode(picture) { return .glzRGB(data[...]) }
    return smaller(.lzRGB(LZ.encode(picture)[...]), ImageChooser.size(ofPlain: picture), picture)
  }

  /// Reference decoders expect no narrower pictures than their encoders make.
  private func quic(_ picture: Raster) -> ImageContent {
    guard picture.width >= 3, picture.height >= 3, let data = try? Quic.encode(picture, type: .rgb32) else {
      return ImageChooser.plain(picture)
    }
    return .quic(data[...])
  }

  private static func size(ofPlain picture: Raster) -> Int { 21 + picture.pixels.count * 4 }

  private static func plain(_ picture: Raster) -> ImageContent {
    var rows: [UInt8] = []
    rows.reserveCapacity(picture.pixels.count * 4)
    for pixel in picture.pixels {
      rows.append(UInt8(truncatingIfNeeded: pixel))
      rows.append(UInt8(truncatingIfNeeded: pixel >> 8))
      rows.append(UInt8(truncatingIfNeeded: pixel >> 16))
      rows.append(0)
    }
    return .bitmap(
      BitmapImage(
        format: BitmapFormat.rgb32.rawValue, topDown: true, width: UInt32(picture.width),
        height: UInt32(picture.height), stride: UInt32(picture.width * 4), palette: .none, rows: rows[...]))
  }

  /// Indices, packed by LZ or only into as few bits as they need.
  private static func indexed(_ picture: Raster, _ colors: PictureColors) -> ImageContent {
    let palette = PaletteSource.inline(Palette(id: 0, colors: colors.palette), cacheMe: false)
    let plainSize = (picture.width * colors.bits + 7) / 8 * picture.height
    if let packed = LZ.encode(indices: colors.indices, width: picture.width, height: picture.height),
      packed.count < plainSize
    {
      return .lzPalette(LZPaletteImage(topDown: true, palette: palette, data: packed[...]))
    }
    let rows = colors.rows(width: picture.width)
    let format: BitmapFormat = colors.bits == 1 ? .index1BE : colors.bits == 4 ? .index4BE : .index8
    return .bitmap(
      BitmapImage(
        format: format.rawValue, topDown: true, width: UInt32(picture.width), height: UInt32(picture.height),
        stride: UInt32((picture.width * colors.bits + 7) / 8), palette: palette, rows: rows[...]))
  }
}

extension ImageContent {
  /// Bytes behind the image's description, near enough to compare.
  var size: Int {
    switch self {
    case .bitmap(let bitmap): 21 + bitmap.palette.size + bitmap.rows.count
    case .lzPalette(let image): 9 + image.palette.size + image.data.count
    case .quic(let data), .lzRGB(let data), .glzRGB(let data), .jpeg(let data), .lz4(let data): 4 + data.count
    case .fromCache, .fromCacheLossless: 0
    case .surface: 4
    case .zlibGLZ(_, let data): 8 + data.count
    case .jpegAlpha(_, let jpeg, let alpha): 9 + jpeg.count + alpha.count
    }
  }
}

extension PaletteSource {
  fileprivate var size: Int {
    switch self {
    case .none: 0
    case .cached: 4
    case .inline(let palette, _): 10 + palette.colors.count * 4
    }
  }
}
