import SpiceCodecs
import SpicePixels
import SpiceProtocol

/// An image that a draw command uses.
enum ImageReference: Sendable {
  case ready(Raster)
  case surface(UInt32)
  /// It is still being decoded; the slot will have it.
  case pending(slot: Int)
}

/// An image on its way to being pixels.
struct ImageSlot: Sendable {
  enum State: Sendable {
    case ready(Raster)
    /// The host decodes; what then has to be done with its answer.
    case decoding(Afterwards)
    /// GLZ bytes that refer to an image of another channel which has not come yet.
    case awaitingDictionary(ArraySlice<UInt8>)
    /// Another channel's image, or the lossless one that will replace a lossy one.
    case awaitingCache(UInt64, lossless: Bool)
  }

  enum Afterwards: Sendable {
    case keep
    /// The LZ stream with the alpha of a JPEG_ALPHA image.
    case addAlpha(ArraySlice<UInt8>)
    /// What was unpacked is a GLZ image.
    case decodeGLZ
  }

  var state: State
  let serial: UInt64
  /// Where it is kept when it is ready.
  let cache: CacheOrder?
  /// True for a frame of a video stream, which may fail alone.
  let isFrame: Bool
  /// Bytes of the peer's that it holds on to.
  let size: Int

  var isReady: Bool {
    if case .ready = state { true } else { false }
  }
}

/// "Keep this image under its id."
struct CacheOrder: Sendable {
  let id: UInt64
  let isLossy: Bool
}

extension DisplayEngine {
  /// Decodes an image, finds it in the cache, or gives it a slot to wait in.
  mutating func resolve(
    _ image: Image, serial: UInt64, _ store: inout DisplayStore
  ) throws(SessionError) -> ImageReference {
    statistics.count(image.content.type)
    let order = cacheOrder(image)
    switch image.content {
    case .surface(let id): return .surface(id)
    case .fromCache: return try cached(image.id, lossless: false, serial: serial, store)
    case .fromCacheLossless: return try cached(image.id, lossless: true, serial: serial, store)
    case .jpeg(let data):
      return wait(
        .decoding(.keep), .jpeg(data, width: Int(image.width), height: Int(image.height)), serial, order, &store)
    case .jpegAlpha(_, let jpeg, let alpha):
      return wait(
        .decoding(.addAlpha(alpha)), .jpeg(jpeg, width: Int(image.width), height: Int(image.height)), serial, order,
        &store)
    case .zlibGLZ(let size, let data):
      guard Int(size) <= channel.setup.limits.displayMessage else {
        throw .messageTooLong(
          channel.id, type: 0, size: UInt64(size), limit: channel.setup.limits.displayMessage)
      }
      return wait(.decoding(.decodeGLZ), .inflate(data, size: Int(size)), serial, order, &store)
    case .glzRGB(let data):
      switch try decode(serial, { () throws(CodecError) in try store.dictionary.decode(data) }) {
      case .decoded(let raster, _): return try keep(raster, serial, order, &store)
      case .waiting: return wait(.awaitingDictionary(data), nil, serial, order, &store)
      }
    case .bitmap(let bitmap):
      return try keep(try pixels(of: bitmap, serial: serial), serial, order, &store)
    case .quic(let data):
      let limits = channel.setup.limits.pixels
      let raster = try decode(serial) { () throws(CodecError) in try Quic.decode(data, limits: limits) }
      return try keep(raster, serial, order, &store)
    case .lzRGB(let data): return try keep(try lz(data, nil, serial), serial, order, &store)
    case .lzPalette(let image):
      let palette = try palette(image.palette, serial: serial)
      return try keep(try lz(image.data, palette, serial), serial, order, &store)
    case .lz4(let data):
      let limits = channel.setup.limits.pixels
      let raster = try decode(serial) { () throws(CodecError) in
        try LZ4Image.decode(data, width: Int(image.width), height: Int(image.height), limits: limits)
      }
      return try keep(raster, serial, order, &store)
    }
  }

  /// A frame of a video stream, which the host decodes.
  mutating func resolveFrame(
    _ data: ArraySlice<UInt8>, size: Size, serial: UInt64, _ store: inout DisplayStore
  ) -> ImageReference {
    wait(
      .decoding(.keep), .jpeg(data, width: size.width, height: size.height), serial, nil, isFrame: true, &store)
  }

  // MARK: Waiting

  private mutating func wait(
    _ state: ImageSlot.State, _ work: DecodeJob.Work?, _ serial: UInt64, _ cache: CacheOrder?, isFrame: Bool = false,
    _ store: inout DisplayStore
  ) -> ImageReference {
    let slot = nextSlot
    nextSlot += 1
    let size =
      switch (state, work) {
      case (_, .jpeg(let data, _, _)), (_, .inflate(let data, _)), (.awaitingDictionary(let data), nil): data.count
      default: 0
      }
    slots[slot] = ImageSlot(state: state, serial: serial, cache: cache, isFrame: isFrame, size: size)
    if let cache { store.reserve(cache.id, slot: slot, channel: channel.id, isLossy: cache.isLossy) }
    if let work { jobs.append(DecodeJob(id: slot, work: work)) }
    return .pending(slot: slot)
  }

  private mutating func cached(
    _ id: UInt64, lossless: Bool, serial: UInt64, _ store: DisplayStore
  ) throws(SessionError) -> ImageReference {
    switch store.image(id) {
    case .ready(let raster, let isLossy) where !(isLossy && lossless): return .ready(raster)
    case .pending(let slot, channel.id, let isLossy) where !(isLossy && lossless) && slots[slot] != nil:
      return .pending(slot: slot)
    case .ready, .pending:
      let slot = nextSlot
      nextSlot += 1
      slots[slot] = ImageSlot(
        state: .awaitingCache(id, lossless: lossless), serial: serial, cache: nil, isFrame: false, size: 0)
      return .pending(slot: slot)
    case nil: throw fault(.imageNotCached(id), serial)
    }
  }

  /// Takes the host's answer into its slot.
  mutating func settle(
    _ slot: Int, _ afterwards: ImageSlot.Afterwards, _ result: DecodeResult, _ store: inout DisplayStore
  ) throws(SessionError) {
    guard let serial = slots[slot]?.serial else { return }
    switch (afterwards, result) {
    case (.keep, .pixels(let raster)): try fill(slot, raster, &store)
    case (.addAlpha(let alpha), .pixels(var raster)):
      try decode(serial) { () throws(CodecError) in try LZ.decodeAlpha(alpha, onto: &raster) }
      try fill(slot, raster, &store)
    case (.decodeGLZ, .bytes(let bytes)): slots[slot]?.state = .awaitingDictionary(bytes[...])
    case (_, .failed(let text)): throw .foreignImage(channel.id, serial: serial, text)
    default: throw .foreignImage(channel.id, serial: serial, "the decoder answered with the wrong kind of result")
    }
  }

  /// Looks again at slots that wait for other images; true where one of them has become ready.
  mutating func advanceSlots(_ store: inout DisplayStore) throws(SessionError) -> Bool {
    var advanced = false
    for slot in slots.keys.sorted() {
      guard let entry = slots[slot] else { continue }
      switch entry.state {
      case .ready, .decoding: continue
      case .awaitingDictionary(let data):
        let result = try decode(entry.serial) { () throws(CodecError) in try store.dictionary.decode(data) }
        guard case .decoded(let raster, _) = result else { continue }
        try fill(slot, raster, &store)
      case .awaitingCache(let id, let lossless):
        guard case .ready(let raster, let isLossy) = store.image(id), !(isLossy && lossless) else { continue }
        slots[slot]?.state = .ready(raster)
      }
      advanced = true
    }
    return advanced
  }

  private mutating func fill(_ slot: Int, _ raster: Raster, _ store: inout DisplayStore) throws(SessionError) {
    guard let entry = slots[slot] else { return }
    slots[slot]?.state = .ready(raster)
    guard let order = entry.cache else { return }
    // The server may have given the id up, or to another image, in the meantime.
    if case .pending(slot, channel.id, _) = store.image(order.id) {
      try insert(raster, order, entry.serial, &store)
    }
  }

  // MARK: Caches

  private func cacheOrder(_ image: Image) -> CacheOrder? {
    guard !image.flags.isDisjoint(with: [.cacheMe, .cacheReplaceMe]) else { return nil }
    return switch image.content {
    case .jpeg, .jpegAlpha: CacheOrder(id: image.id, isLossy: true)
    case .fromCache, .fromCacheLossless, .surface: nil
    default: CacheOrder(id: image.id, isLossy: false)
    }
  }

  private func keep(
    _ raster: Raster, _ serial: UInt64, _ order: CacheOrder?, _ store: inout DisplayStore
  ) throws(SessionError) -> ImageReference {
    if let order { try insert(raster, order, serial, &store) }
    return .ready(raster)
  }

  private func insert(
    _ raster: Raster, _ order: CacheOrder, _ serial: UInt64, _ store: inout DisplayStore
  ) throws(SessionError) {
    do throws(DisplayFault) {
      try store.insert(order.id, raster, isLossy: order.isLossy)
    } catch {
      throw fault(error, serial)
    }
  }

  private mutating func palette(_ source: PaletteSource, serial: UInt64) throws(SessionError) -> Palette? {
    switch source {
    case .none: return nil
    case .cached(let id):
      guard let palette = palettes[id] else { throw fault(.paletteNotCached(id), serial) }
      return palette
    case .inline(let palette, let cacheMe):
      if cacheMe {
        let limit = channel.setup.limits.palettes
        guard palettes.count < limit || palettes[palette.id] != nil else {
          throw fault(.paletteCacheFull(limit: limit), serial)
        }
        palettes[palette.id] = palette
      }
      return palette
    }
  }

  // MARK: Decoding

  private mutating func pixels(of bitmap: BitmapImage, serial: UInt64) throws(SessionError) -> Raster {
    let palette = try palette(bitmap.palette, serial: serial)
    let limits = channel.setup.limits.pixels
    return try decode(serial) { () throws(CodecError) in
      guard let format = BitmapFormat(rawValue: bitmap.format) else {
        throw .malformed(.bitmap, offset: 0, .value(UInt32(bitmap.format)))
      }
      return try Bitmap.decode(
        format: format, width: Int(bitmap.width), height: Int(bitmap.height), stride: Int(bitmap.stride),
        topDown: bitmap.topDown, palette: palette, rows: bitmap.rows, limits: limits)
    }
  }

  private func lz(_ data: ArraySlice<UInt8>, _ palette: Palette?, _ serial: UInt64) throws(SessionError) -> Raster {
    let limits = channel.setup.limits.pixels
    return try decode(serial) { () throws(CodecError) in
      try LZ.decode(data, palette: palette, limits: limits)
    }
  }

  private func decode<Value>(_ serial: UInt64, _ work: () throws(CodecError) -> Value) throws(SessionError) -> Value {
    do throws(CodecError) {
      return try work()
    } catch {
      throw .image(channel.id, serial: serial, error)
    }
  }

  func fault(_ fault: DisplayFault, _ serial: UInt64) -> SessionError {
    .display(channel.id, serial: serial, fault)
  }
}
