import SpicePixels

/// The sender's side of GLZ: encodes images, each with the earlier ones of its session as dictionary.
///
/// One dictionary serves all display channels of a client, whose announced window size is its `capacity`; the client's
/// `GLZWindow` holds what this one does.
public struct GLZDictionary: Sendable {
  /// Most pixels referred to, the image being encoded included.
  public let capacity: Int
  /// Of the next image.
  public private(set) var nextID: UInt64

  /// By ascending id, without gaps, up to the last one before `nextID`. Those before `first` are dropped and hold no
  /// pixels: their room is given back for many at once.
  private var images: [GlobalFinder.Image] = []
  private var first = 0
  private var pixelCount = 0
  private var places = [GlobalFinder.Place](repeating: .none, count: 1 << GlobalFinder.bits)

  /// - Parameter nextID: of the first image: 0 but where a session goes on that began elsewhere.
  public init(capacity: Int, nextID: UInt64 = 0) {
    self.capacity = max(0, capacity)
    self.nextID = nextID
  }

  /// Encodes a raster, `opaque` as `RGB32` and otherwise as `RGBA`, and remembers it.
  ///
  /// - Parameter limit: Most bytes that it may take.
  /// - Returns: Nil for what would take more, and for an image larger than the window, which cannot be sent this way:
  ///   nothing has changed then.
  public mutating func encode(_ raster: Raster, limit: Int = .max) -> [UInt8]? {
    guard raster.pixels.count <= capacity else { return nil }
    let type: LZImageType = raster.kind == .opaque ? .rgb32 : .rgba
    let kept = firstKept(besides: raster.pixels.count)
    let colors = raster.colors
    var output = LZWriter(capacity: GLZHeader.size + min(limit, raster.pixels.count))
    putHeader(type, raster, oldest: nextID - UInt64(images.count - kept), to: &output)
    let alphas = type == .rgba ? raster.alphas : []
    guard compress(colors, alphas, from: kept, limit: limit, to: &output) else { return nil }
    drop(before: kept)
    images.append(GlobalFinder.Image(colors: colors))
    pixelCount += colors.count
    nextID += 1
    return output.bytes()
  }

  private func putHeader(_ type: LZImageType, _ raster: Raster, oldest: UInt64, to output: inout LZWriter) {
    output.reserve(GLZHeader.size)
    output.putBigEndian(lzMagic)
    output.putBigEndian(lzVersion)
    output.put(type.rawValue | 1 << 4)
    for size in [raster.width, raster.height, raster.width * 4] { output.putBigEndian(UInt32(clamping: size)) }
    output.putBigEndian(UInt32(truncatingIfNeeded: nextID >> 32))
    output.putBigEndian(UInt32(truncatingIfNeeded: nextID))
    output.putBigEndian(UInt32(truncatingIfNeeded: nextID - oldest))
  }

  /// False where it takes more than `limit`; then the table of places is as it was.
  private mutating func compress(
    _ colors: [UInt32], _ alphas: [UInt8], from kept: Int, limit: Int, to output: inout LZWriter
  ) -> Bool {
    let (id, images) = (UInt32(truncatingIfNeeded: nextID), images)
    return images.withUnsafeBufferPointer { images in
      places.withUnsafeMutableBufferPointer { places in
        guard let places = places.baseAddress else { return false }
        var finder = GlobalFinder(
          places: places, images: UnsafeBufferPointer(rebasing: images[kept...]), id: id, isTrial: limit < .max)
        var isWithin = colors.withUnsafeBufferPointer { colors in
          compressLZ(colors, finder: &finder, to: &output, limit: limit)
        }
        if isWithin, !alphas.isEmpty { isWithin = Self.compress(alphas, limit: limit, to: &output) }
        if !isWithin { finder.undo() }
        return isWithin
      }
    }
  }

  private static func compress(_ alphas: [UInt8], limit: Int, to output: inout LZWriter) -> Bool {
    var places = [Int32](repeating: -1, count: 1 << AlphaFinder.bits)
    return places.withUnsafeMutableBufferPointer { places in
      guard let places = places.baseAddress else { return false }
      var finder = AlphaFinder(places: places)
      return alphas.withUnsafeBufferPointer { compressLZ($0, finder: &finder, to: &output, limit: limit) }
    }
  }

  // MARK: The window

  /// The first image that stays when one of so many pixels comes.
  private func firstKept(besides count: Int) -> Int {
    var (kept, pixels) = (first, pixelCount)
    while kept < images.count, pixels > capacity - count {
      pixels -= images[kept].colors.count
      kept += 1
    }
    return kept
  }

  private mutating func drop(before kept: Int) {
    for place in first..<kept {
      pixelCount -= images[place].colors.count
      images[place].colors = []
    }
    first = kept
    if first > 64, first > images.count / 2 {
      images.removeFirst(first)
      first = 0
    }
  }
}

/// The last place of each three colours in this image or an earlier one.
///
/// Whatever a place says, it is a match only where the colours are equal: so one that is out of date does no harm.
private struct GlobalFinder: LZFinder {
  struct Image: Sendable {
    var colors: [UInt32]
  }

  struct Place: Sendable {
    /// The low bits of the image's id.
    var id: UInt32
    var offset: UInt32

    static var none: Place { Place(id: 0, offset: UInt32(Int32.max)) }
  }

  static var bits: Int { 16 }
  static var referenceSize: Int { 8 }
  private static var offsetLimit: Int { 1 << 25 }
  private static var imageLimit: UInt32 { 1 << 24 }

  /// By hash, `1 << bits` of them.
  let places: UnsafeMutablePointer<Place>
  /// Those that may be referred to, up to the one before this.
  let images: UnsafeBufferPointer<Image>
  let id: UInt32
  /// What was replaced can be put back.
  let isTrial: Bool
  private var replaced: [(slot: Int, place: Place)] = []

  init(places: UnsafeMutablePointer<Place>, images: UnsafeBufferPointer<Image>, id: UInt32, isTrial: Bool) {
    (self.places, self.images, self.id, self.isTrial) = (places, images, id, isTrial)
  }

  @inline(__always)
  mutating func match(_ pixels: UnsafeBufferPointer<UInt32>, at index: Int) -> LZMatch? {
    let slot = hashOfThree(pixels, at: index, bits: Self.bits)
    let place = places[slot]
    set(slot, index)
    let offset = Int(place.offset)
    let distance = id &- place.id
    if distance == 0 {
      guard offset < index, index &- offset <= Self.offsetLimit else { return nil }
      let length = commonLength(pixels, at: index, pixels, at: offset)
      guard length >= 3 else { return nil }
      return LZMatch(length: length, reference: LZReference(imageDistance: 0, offset: index &- offset))
    }
    guard distance <= images.count, distance < Self.imageLimit, offset < Self.offsetLimit else { return nil }
    let imageDistance = Int(distance)
    let length = images[images.count &- imageDistance].colors.withUnsafeBufferPointer { colors in
      commonLength(pixels, at: index, colors, at: offset)
    }
    guard length >= 3 else { return nil }
    return LZMatch(length: length, reference: LZReference(imageDistance: imageDistance, offset: offset))
  }

  @inline(__always)
  mutating func insert(_ pixels: UnsafeBufferPointer<UInt32>, at index: Int) {
    set(hashOfThree(pixels, at: index, bits: Self.bits), index)
  }

  @inline(__always)
  private mutating func set(_ slot: Int, _ index: Int) {
    if isTrial { replaced.append((slot, places[slot])) }
    places[slot] = Place(id: id, offset: UInt32(truncatingIfNeeded: index))
  }

  mutating func undo() {
    for (slot, place) in replaced.reversed() { places[slot] = place }
    replaced = []
  }

  @inline(__always)
  func write(_ reference: LZReference, lengthCode: Int, to output: inout LZWriter) {
    putGlobalReference(reference, lengthCode: lengthCode, to: &output)
  }
}

/// The same within one alpha plane.
private struct AlphaFinder: LZFinder {
  static var bits: Int { 14 }
  static var referenceSize: Int { 8 }
  /// By hash, `1 << bits` of them: places, or -1.
  let places: UnsafeMutablePointer<Int32>

  @inline(__always)
  mutating func match(_ pixels: UnsafeBufferPointer<UInt8>, at index: Int) -> LZMatch? {
    let slot = hashOfThree(pixels, at: index, bits: Self.bits)
    let place = Int(places[slot])
    places[slot] = Int32(truncatingIfNeeded: index)
    guard place >= 0, index &- place <= 1 << 25 else { return nil }
    let length = commonLength(pixels, at: index, pixels, at: place)
    guard length >= 6 else { return nil }
    return LZMatch(length: length, reference: LZReference(imageDistance: 0, offset: index &- place))
  }

  @inline(__always)
  mutating func insert(_ pixels: UnsafeBufferPointer<UInt8>, at index: Int) {
    places[hashOfThree(pixels, at: index, bits: Self.bits)] = Int32(truncatingIfNeeded: index)
  }

  @inline(__always)
  func write(_ reference: LZReference, lengthCode: Int, to output: inout LZWriter) {
    putGlobalReference(reference, lengthCode: lengthCode, to: &output)
  }
}

/// A reference as `GlobalDialect` reads it, in the shortest form: at most 8 bytes without its length.
private func putGlobalReference(_ reference: LZReference, lengthCode: Int, to output: inout LZWriter) {
  let distance = reference.imageDistance
  let offset = distance == 0 ? reference.offset &- 1 : reference.offset
  let isLong = offset >= 1 << 12
  output.put(low: min(lengthCode, 7) &<< 5 | (isLong ? 16 : 0) | offset & 15)
  if lengthCode >= 7 { putLongLength(lengthCode, to: &output) }
  output.put(low: offset &>> 4)

  // The distance in images: six bits beside a short offset, then whole bytes.
  let rest = isLong ? distance : distance &>> 6
  let more = (Int.bitWidth &- rest.leadingZeroBitCount &+ 7) / 8
  let isVeryLong = offset >= 1 << 17
  let low = isLong ? (isVeryLong ? 32 : 0) | offset &>> 12 & 31 : distance & 63
  output.put(low: more &<< 6 | low)
  for byte in 0..<more { output.put(low: rest &>> (8 &* byte)) }
  if isVeryLong { output.put(low: offset &>> 17) }
}
