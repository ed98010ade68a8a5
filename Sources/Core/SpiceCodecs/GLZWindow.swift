import SpicePixels

/// What decoding a GLZ image came to.
public enum GLZResult: Equatable, Sendable {
  /// The pixels, which the window keeps too (shared until one of the two is changed).
  case decoded(Raster, id: UInt64)
  /// The image refers to one that has not come yet, but may over another display channel: decode again after it.
  case waiting(forImage: UInt64)
}

/// The dictionary of a session's GLZ images, and their decoder.
///
/// GLZ is LZ whose references may reach into earlier images. The sender numbers the images of **all** display channels
/// of a session in one sequence, so the receiver has one window for all, and an image can arrive before another that
/// it refers to. Each image also says which is the oldest that the sender still has; what lies before that is dropped,
/// once every image before this one has come.
///
/// The window never holds more than `capacity` pixels: beyond it the oldest images go. The sender keeps to the window
/// size that it was told; `capacity` has to be several times that, because while one channel lags behind another,
/// images must be held that the sender has dropped already. When they become many, further ones of few colours are packed:
/// references read little of each.
public struct GLZWindow: Sendable {
  /// Most pixels held.
  public let capacity: Int
  /// Pixels from which on images are packed, where they have few colours.
  public let unpackedLimit: Int
  /// On the size that an image may ask for.
  public let limits: PixelLimits

  /// Images by ascending id; those before `first` are gone.
  private var images: [GLZImage] = []
  private var first = 0
  /// Sum over the images held.
  public private(set) var pixelCount = 0
  /// Every image before this one has come, or is older than the sender's window was at the first that came.
  private var complete: UInt64?
  /// Images before this one have been dropped.
  private var dropped: UInt64 = 0

  /// - Parameters:
  ///   - capacity: in pixels; the default is four times the 64 MiB of pixels that a session announces.
  ///   - unpackedLimit: in pixels.
  ///   - limits: on a single image.
  public init(capacity: Int = 64 << 20, unpackedLimit: Int = 1 << 20, limits: PixelLimits = .standard) {
    self.capacity = max(0, capacity)
    self.unpackedLimit = max(0, unpackedLimit)
    self.limits = limits
  }

  /// Images held.
  public var count: Int { images.count - first }

  /// Forgets everything, as when a session begins anew.
  public mutating func removeAll() {
    self = GLZWindow(capacity: capacity, unpackedLimit: unpackedLimit, limits: limits)
  }

  /// True where the image is held: an image that waited for it can be decoded.
  public func contains(_ id: UInt64) -> Bool { image(id) != nil }

  /// The image as it is held, where it is packed.
  public func packed(_ id: UInt64) -> PackedRaster? { image(id)?.packed }

  /// Decodes the next image and keeps it for those that will refer to it.
  ///
  /// Returns `waiting` where a referred image may still arrive; the window is then unchanged. Errors, which leave the
  /// window unchanged too: those of `GLZHeader`; `limit`, also for an image larger than the window; `truncated`;
  /// `malformed` with the offset of a reference that leaves its image (`overrun`, `distance`) or is to an image that
  /// was dropped or can not come (`imageGone`).
  public mutating func decode(_ data: ArraySlice<UInt8>) throws(CodecError) -> GLZResult {
    let header = try GLZHeader(of: data)
    let count = header.width.multipliedReportingOverflow(by: header.height)
    guard limits.allow(width: header.width, height: header.height), !count.overflow, count.partialValue <= capacity
    else {
      throw .limit(.glz, width: header.width, height: header.height)
    }
    // No byte stands for more than 255 pixels: refuse what cannot be complete before memory is taken for it.
    let least = (count.partialValue + 254) / 255
    if data.count - GLZHeader.size < least {
      throw .truncated(.glz, offset: data.count, needed: least - (data.count - GLZHeader.size))
    }
    do throws(LZInterruption) {
      let raster = try expand(data, header)
      keep(GLZImage(id: header.id, windowHead: header.windowHead, isTopDown: header.isTopDown, raster: raster))
      return .decoded(raster, id: header.id)
    } catch {
      switch error {
      case .broken(let error): throw error
      case .waiting(let id): return .waiting(forImage: id)
      }
    }
  }
}

/// An image of the window.
struct GLZImage: Sendable {
  var id: UInt64
  /// The oldest image that the sender had when it sent this one.
  var windowHead: UInt64
  /// How the pixels stood in the stream, and so how references to them count; the raster is top-down in any case.
  var isTopDown: Bool
  let width: Int
  let height: Int
  /// Empty where it is packed.
  private(set) var raster: Raster
  private(set) var packed: PackedRaster?

  init(id: UInt64, windowHead: UInt64, isTopDown: Bool, raster: Raster) {
    (self.id, self.windowHead, self.isTopDown, self.raster) = (id, windowHead, isTopDown, raster)
    (width, height) = (raster.width, raster.height)
  }

  var pixelCount: Int { width &* height }

  /// Frees the pixels.
  mutating func drop() {
    raster = Raster(width: 0, height: 0, kind: raster.kind)
    packed = nil
  }

  /// Holds the pixels in less, where they have few colours.
  mutating func pack() {
    guard let less = PackedRaster(raster) else { return }
    drop()
    packed = less
  }
}

// Decoding.
extension GLZWindow {
  private func expand(_ data: ArraySlice<UInt8>, _ header: GLZHeader) throws(LZInterruption) -> Raster {
    try images.withUnsafeBufferPointer { images throws(LZInterruption) in
      let held = UnsafeBufferPointer(rebasing: images[first...])
      // What lies before the sender's window it does not refer to, so there is nothing to wait for.
      let awaited = max(firstToCome, header.windowHead)
      return try expand(data, header, GlobalDialect(images: held, id: header.id, firstToCome: awaited))
    }
  }

  private func expand(
    _ data: ArraySlice<UInt8>, _ header: GLZHeader, _ dialect: GlobalDialect
  ) throws(LZInterruption) -> Raster {
    let kind: PixelKind = header.type == .rgba ? .alpha : .opaque
    return try Raster(width: header.width, height: header.height, kind: kind) { pixels throws(LZInterruption) in
      guard let target = pixels.baseAddress else { return }
      try data.withUnsafeBufferPointer { data throws(LZInterruption) in
        let end: Int
        if header.type == .rgb16 {
          end = try expandLZ(
            HighColorForm.self, dialect, data: data, from: GLZHeader.size, into: target, count: pixels.count)
        } else {
          end = try expandLZ(
            ColorForm.self, dialect, data: data, from: GLZHeader.size, into: target, count: pixels.count)
        }
        if kind == .alpha { try mergeAlpha(dialect, data, from: end, onto: target, count: pixels.count) }
      }
      if !header.isTopDown { flipRows(target, width: header.width, height: header.height) }
    }
  }

  /// The second pass of `rgba`: alpha alone, in the same order.
  private func mergeAlpha(
    _ dialect: GlobalDialect, _ data: UnsafeBufferPointer<UInt8>, from start: Int,
    onto target: UnsafeMutablePointer<UInt32>, count: Int
  ) throws(LZInterruption) {
    var failure: LZInterruption?
    let alpha = [UInt8](unsafeUninitializedCapacity: count) { bytes, initialized in
      guard let bytes = bytes.baseAddress else { return }
      do throws(LZInterruption) {
        _ = try expandLZ(ByteForm.self, dialect, data: data, from: start, into: bytes, count: count)
        initialized = count
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    alpha.withUnsafeBufferPointer { alpha in
      for index in 0..<count { target[index] = target[index] & 0xff_ffff | UInt32(alpha[index]) &<< 24 }
    }
  }
}

// What is kept, and how long.
extension GLZWindow {
  /// No image before this one will come any more.
  private var firstToCome: UInt64 { max(complete ?? 0, dropped) }

  /// The place of the first image held whose id is not below `id`.
  private func position(of id: UInt64) -> Int {
    var low = first
    var high = images.count
    // Ids follow each other but for those still to come, so the place is nearly always known.
    if high > low, images[high - 1].id < id { return high }
    while low < high {
      let middle = low + (high - low) / 2
      if images[middle].id < id { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private func image(_ id: UInt64) -> GLZImage? {
    let position = position(of: id)
    guard position < images.count, images[position].id == id else { return nil }
    return images[position]
  }

  private mutating func keep(_ image: GLZImage) {
    var image = image
    if pixelCount > unpackedLimit { image.pack() }
    let position = position(of: image.id)
    if position < images.count, images[position].id == image.id {
      pixelCount -= images[position].pixelCount
      images[position] = image
    } else {
      images.insert(image, at: position)
    }
    pixelCount += image.pixelCount
    closeGap(image)
    while pixelCount > capacity || count > mostImages { dropFirst() }
  }

  /// Images of a few pixels each would cost more in their administration than in pixels.
  private var mostImages: Int { max(1024, capacity / 64) }

  /// Moves `complete` past what has come, and drops what no image that is still to come can refer to.
  private mutating func closeGap(_ image: GLZImage) {
    var next = max(complete ?? image.windowHead, dropped)
    var position = position(of: next)
    var head: UInt64?
    while position < images.count, images[position].id == next {
      head = images[position].windowHead
      next = following(next)
      position += 1
    }
    complete = next
    guard let head else { return }
    while first < images.count, images[first].id < head { dropFirst() }
  }

  /// The next id; a hostile last one has none.
  private func following(_ id: UInt64) -> UInt64 { id == .max ? id : id + 1 }

  private mutating func dropFirst() {
    pixelCount -= images[first].pixelCount
    dropped = max(dropped, following(images[first].id))
    // Frees the pixels now; the place is freed with many others, so that a long window is not moved for each image.
    images[first].drop()
    first += 1
    if first > 64, first > images.count / 2 {
      images.removeFirst(first)
      first = 0
    }
  }
}
