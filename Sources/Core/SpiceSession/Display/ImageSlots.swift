import SpiceCodecs
import SpicePixels
import SpiceProtocol

/// An image that a draw command uses.
enum ImageReference: Sendable {
  case ready(Raster)
  /// To be unpacked when it is drawn, which may be later.
  case packed(PackedRaster)
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
    /// GLZ bytes that refer to an image which has not come yet, over this channel or another; nil before it is known
    /// which.
    case awaitingDictionary(ArraySlice<UInt8>, image: UInt64?)
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
  /// What is done with it when it is ready.
  var order: ImageOrder
  /// True for a frame of a video stream, which may fail alone.
  let isFrame: Bool
  /// The decoder that it goes through, where that remembers the frames before.
  var video: Int?
  /// Bytes of the peer's that it holds on to, and those that they are to become.
  let size: Int
  /// Waiting steps that need it.
  var users = 0

  var isReady: Bool {
    if case .ready = state { true } else { false }
  }

  /// A GLZ image that is not in the dictionary yet, for want of nothing but the host's work.
  var isUnpacking: Bool {
    if case .decoding(.decodeGLZ) = state { true } else { false }
  }

  var isAwaitingCache: Bool {
    if case .awaitingCache = state { true } else { false }
  }
}

/// What an image's description asks for beside its pixels.
struct ImageOrder: Sendable {
  /// The id to keep it under.
  var cacheID: UInt64?
  var isLossy = false
  /// `SPICE_IMAGE_FLAGS_HIGH_BITS_SET`: the fourth byte, which codecs for three leave out, is 0xff. It is seen where the
  /// image is drawn on a surface with alpha.
  var setsHighBits = false
  /// What it is decoded from, where that refers to nothing.
  var origin: LoneImage?
  /// How the GLZ dictionary holds it, where that is packed.
  var packed: PackedRaster?

  /// Takes what the dictionary holds, where nothing is changed about it before it is kept.
  mutating func hold(_ packed: PackedRaster?) {
    if !setsHighBits { self.packed = packed }
  }

  func applied(to raster: Raster) -> Raster {
    guard setsHighBits, raster.kind == .opaque else { return raster }
    var raster = raster
    for place in raster.pixels.indices { raster.pixels[place] |= 0xff00_0000 }
    return raster
  }
}

extension DisplayEngine {
  /// Decodes an image, finds it in the cache, or gives it a slot to wait in.
  mutating func resolve(
    _ image: Image, serial: UInt64, _ store: inout DisplayStore
  ) throws(SessionError) -> ImageReference {
    statistics.count(image.content.type)
    var order = order(of: image)
    let (width, height) = (Int(clamping: image.width), Int(clamping: image.height))
    func lone(_ codec: LoneImage.Codec, _ data: ArraySlice<UInt8>) -> LoneImage {
      LoneImage(codec: codec, data: data, size: Size(width: width, height: height))
    }
    switch image.content {
    case .surface(let id): return .surface(id)
    case .fromCache: return try cached(image.id, lossless: false, serial: serial, &store)
    case .fromCacheLossless: return try cached(image.id, lossless: true, serial: serial, &store)
    case .jpeg(let data):
      try checkSize(image, serial)
      return wait(.decoding(.keep), .jpeg(data, width: width, height: height), serial, order, &store)
    case .jpegAlpha(_, let jpeg, let alpha):
      try checkSize(image, serial)
      return wait(.decoding(.addAlpha(alpha)), .jpeg(jpeg, width: width, height: height), serial, order, &store)
    case .zlibGLZ(let size, let data):
      let limit = channel.setup.limits.displayMessage
      guard Int(clamping: size) <= limit else { throw fault(.unpackedSize(size, limit: limit), serial) }
      return wait(.decoding(.decodeGLZ), .inflate(data, size: Int(size)), serial, order, &store)
    case .glzRGB(let data):
      switch try decode(serial, { () throws(CodecError) in try store.dictionary.decode(data) }) {
      case .decoded(let raster, let number):
        order.hold(store.dictionary.packed(number))
        return try keep(raster, serial, order, &store)
      case .waiting(let missing):
        try checkHope(missing, serial, store)
        return wait(.awaitingDictionary(data, image: missing), nil, serial, order, &store)
      }
    case .bitmap(let bitmap):
      return try keep(try pixels(of: bitmap, serial: serial), serial, order, &store)
    case .quic(let data): return try pixels(of: lone(.quic, data), serial, order, &store)
    case .lzRGB(let data): return try pixels(of: lone(.lz(nil), data), serial, order, &store)
    case .lzPalette(let value):
      let palette = try palette(value.palette, serial: serial)
      return try pixels(of: lone(.lz(palette), value.data), serial, order, &store)
    case .lz4(let data): return try pixels(of: lone(.lz4, data), serial, order, &store)
    }
  }

  /// Decodes an image that refers to no other: here, or where it is large and the host has threads for it, there.
  private mutating func pixels(
    of image: LoneImage, _ serial: UInt64, _ order: ImageOrder, _ store: inout DisplayStore
  ) throws(SessionError) -> ImageReference {
    let (limits, size) = (channel.setup.limits.pixels, image.size)
    var order = order
    if order.cacheID != nil, !order.setsHighBits { order.origin = image }
    if hasDecodingThreads, limits.allow(width: size.width, height: size.height),
      size.width * size.height >= LoneImage.worthwhileArea
    {
      return wait(.decoding(.keep), .image(image), serial, order, &store)
    }
    let raster = try decode(serial) { () throws(CodecError) in try image.pixels(limits: limits) }
    return try keep(raster, serial, order, &store)
  }

  /// A frame of a video stream, which the host decodes.
  mutating func resolveFrame(
    _ data: ArraySlice<UInt8>, size: Size, video: Int?, serial: UInt64, _ store: inout DisplayStore
  ) -> ImageReference {
    if let video {
      let slot = add(
        ImageSlot(
          state: .decoding(.keep), serial: serial, order: ImageOrder(), isFrame: true, video: video,
          size: data.count + size.width * size.height * 4))
      decodeVideo(video, data, slot: slot)
      return .pending(slot: slot)
    }
    return wait(
      .decoding(.keep), .jpeg(data, width: size.width, height: size.height), serial, ImageOrder(), isFrame: true, &store
    )
  }

  /// Refuses a picture whose announced size is past the limits, before the host is asked for it.
  private func checkSize(_ image: Image, _ serial: UInt64) throws(SessionError) {
    let limits = channel.setup.limits.pixels
    guard limits.allow(width: Int(clamping: image.width), height: Int(clamping: image.height)) else {
      throw fault(.imageSize(width: image.width, height: image.height), serial)
    }
  }

  // MARK: Waiting

  private mutating func add(_ entry: ImageSlot) -> Int {
    defer { nextSlot &+= 1 }
    slots[nextSlot] = entry
    waitingSize += Int64(entry.size)
    return nextSlot
  }

  private mutating func wait(
    _ state: ImageSlot.State, _ work: DecodeJob.Work?, _ serial: UInt64, _ order: ImageOrder, isFrame: Bool = false,
    _ store: inout DisplayStore
  ) -> ImageReference {
    let size =
      switch (state, work) {
      case (_, .jpeg(let data, let width, let height)):
        data.count + (channel.setup.limits.pixels.allow(width: width, height: height) ? width * height * 4 : 0)
      case (_, .inflate(let data, let size)): data.count + size
      case (_, .image(let image)): image.data.count + image.size.width * image.size.height * 4
      case (.awaitingDictionary(let data, _), nil): data.count
      default: 0
      }
    let slot = add(ImageSlot(state: state, serial: serial, order: order, isFrame: isFrame, size: size))
    if let id = order.cacheID { store.images.reserve(id, slot: slot, channel: channel.id, isLossy: order.isLossy) }
    if let work { jobs.append(DecodeJob(id: slot, work: work)) }
    return .pending(slot: slot)
  }

  private mutating func cached(
    _ id: UInt64, lossless: Bool, serial: UInt64, _ store: inout DisplayStore
  ) throws(SessionError) -> ImageReference {
    switch try find(id, serial, &store) {
    case .here(let image, let isLossy) where !(isLossy && lossless): return image
    case .pending(let slot, channel.id, let isLossy) where !(isLossy && lossless) && slots[slot] != nil:
      return .pending(slot: slot)
    case .here, .pending, nil:
      // Only another channel can bring it now.
      guard store.isShared else { throw fault(.imageNotCached(id), serial) }
    }
    return .pending(
      slot: add(
        ImageSlot(
          state: .awaitingCache(id, lossless: lossless), serial: serial, order: ImageOrder(), isFrame: false, size: 0)))
  }

  /// Refuses an image that refers to one which neither another channel nor a decoder can bring any more.
  private func checkHope(_ missing: UInt64, _ serial: UInt64, _ store: DisplayStore) throws(SessionError) {
    guard store.isShared || slots.values.contains(where: { $0.isUnpacking }) else {
      throw .image(channel.id, serial: serial, .malformed(.glz, offset: 0, .imageGone(missing)))
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
    case (.decodeGLZ, .bytes(let bytes)): slots[slot]?.state = .awaitingDictionary(bytes[...], image: nil)
    case (.keep, .damaged(let error)): throw .image(channel.id, serial: serial, error)
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
      case .awaitingDictionary(let data, let missing):
        // Tried when what was missing is there and not before: each time costs the pixels of the image.
        if let missing, !store.dictionary.contains(missing) { continue }
        switch try decode(entry.serial, { () throws(CodecError) in try store.dictionary.decode(data) }) {
        case .decoded(let raster, let number):
          slots[slot]?.order.hold(store.dictionary.packed(number))
          try fill(slot, raster, &store)
        case .waiting(let missing):
          try checkHope(missing, entry.serial, store)
          slots[slot]?.state = .awaitingDictionary(data, image: missing)
          continue
        }
      case .awaitingCache(let id, let lossless):
        guard case .here(let image, let isLossy) = try find(id, entry.serial, &store), !(isLossy && lossless),
          let raster = raster(image)
        else { continue }
        slots[slot]?.state = .ready(raster)
      }
      advanced = true
    }
    return advanced
  }

  private mutating func fill(_ slot: Int, _ raster: Raster, _ store: inout DisplayStore) throws(SessionError) {
    guard let entry = slots[slot] else { return }
    let raster = entry.order.applied(to: raster)
    slots[slot]?.state = .ready(raster)
    guard let id = entry.order.cacheID else { return }
    // The server may have given the id up, or to another image, in the meantime.
    if store.images.awaits(id, from: slot, of: channel.id) {
      try insert(raster, id, entry.order, entry.serial, &store)
    }
  }

  // MARK: Caches

  private func order(of image: Image) -> ImageOrder {
    var order = ImageOrder(setsHighBits: image.flags.contains(.highBitsSet))
    if !image.flags.isDisjoint(with: [.cacheMe, .cacheReplaceMe]) { order.cacheID = image.id }
    switch image.content {
    case .jpeg, .jpegAlpha: order.isLossy = true
    default: break
    }
    return order
  }

  private func keep(
    _ raster: Raster, _ serial: UInt64, _ order: ImageOrder, _ store: inout DisplayStore
  ) throws(SessionError) -> ImageReference {
    let raster = order.applied(to: raster)
    if let id = order.cacheID { try insert(raster, id, order, serial, &store) }
    return .ready(raster)
  }

  private func insert(
    _ raster: Raster, _ id: UInt64, _ order: ImageOrder, _ serial: UInt64, _ store: inout DisplayStore
  ) throws(SessionError) {
    do throws(DisplayFault) {
      try store.insert(id, raster, order)
    } catch {
      throw fault(error, serial)
    }
  }

  private func find(
    _ id: UInt64, _ serial: UInt64, _ store: inout DisplayStore
  ) throws(SessionError) -> ImageCache.Found? {
    try decode(serial) { () throws(CodecError) in try store.images.find(id) }
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
        format: format, width: Int(clamping: bitmap.width), height: Int(clamping: bitmap.height),
        stride: Int(clamping: bitmap.stride), topDown: bitmap.topDown, palette: palette, rows: bitmap.rows,
        limits: limits)
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
