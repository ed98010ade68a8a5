import SpicePixels

/// GLZ's references: as LZ's, with 12, 17 or 25 bits of pixel offset, and a distance in images of 6, 14, 22 or 30 bits
/// (0, 8, 16 or 24 beside a long offset). A reference into another image counts from that image's first pixel.
struct GlobalDialect: LZDialect {
  /// Those held, by ascending id.
  let images: UnsafeBufferPointer<GLZImage>
  /// Of the image being decoded.
  let id: UInt64
  /// An image before this one is held or will never come.
  let firstToCome: UInt64

  @inline(__always) static var codec: Codec { .glz }

  @inline(__always)
  static func readReference(control: Int, _ source: inout UnsafePointer<UInt8>) -> LZReference {
    var offset = control & 15 | Int(source[0]) &<< 4
    let second = Int(source[1])
    source += 2
    let more = second >> 6
    var imageDistance = 0
    if control & 16 == 0 {
      imageDistance = second & 63
      for index in 0..<more { imageDistance |= Int(source[index]) &<< (6 &+ 8 &* index) }
      source += more
    } else {
      offset |= (second & 31) &<< 12
      for index in 0..<more { imageDistance |= Int(source[index]) &<< (8 &* index) }
      source += more
      if second & 32 != 0 {
        offset |= Int(source[0]) &<< 17
        source += 1
      }
    }
    // Within the image, 0 would be the pixel itself.
    if imageDistance == 0 { offset &+= 1 }
    return LZReference(imageDistance: imageDistance, offset: offset)
  }

  func copyFromImage<Form: LZForm>(
    _ reference: LZReference, form: Form.Type, to target: UnsafeMutablePointer<Form.Element>, count: Int, at offset: Int
  ) throws(LZInterruption) {
    let distance = UInt64(clamping: reference.imageDistance)
    guard distance <= id else {
      throw .broken(
        .malformed(.glz, offset: offset, .distance(reference.imageDistance, available: Int(clamping: id))))
    }
    let wanted = id - distance
    guard let position = position(of: wanted) else {
      if wanted >= firstToCome { throw .waiting(forImage: wanted) }
      throw .broken(.malformed(.glz, offset: offset, .imageGone(wanted)))
    }
    let available = images[position].pixelCount &- reference.offset
    guard count <= available else {
      throw .broken(.malformed(.glz, offset: offset, .overrun(length: count, available: max(0, available))))
    }
    Self.copy(images[position], from: reference.offset, form: form, to: target, count: count)
  }

  /// Where image `wanted` stands among those held.
  @inline(__always)
  private func position(of wanted: UInt64) -> Int? {
    guard let last = images.last, last.id >= wanted else { return nil }
    // With no gap between them and the last, it is found at once.
    let guess = images.count &- 1 &- Int(clamping: last.id - wanted)
    if guess >= 0, images[guess].id == wanted { return guess }
    var low = 0
    var high = images.count
    while low < high {
      let middle = (low &+ high) / 2
      if images[middle].id < wanted { low = middle &+ 1 } else { high = middle }
    }
    return low < images.count && images[low].id == wanted ? low : nil
  }

  @inline(__always)
  private static func copy<Form: LZForm>(
    _ image: GLZImage, from offset: Int, form: Form.Type, to target: UnsafeMutablePointer<Form.Element>, count: Int
  ) {
    if image.isTopDown { return copyRun(of: image, from: offset, form: form, to: target, count: count) }
    // The raster has the rows of the stream in reverse order.
    var done = 0
    while done < count {
      let (row, column) = (offset &+ done).quotientAndRemainder(dividingBy: image.width)
      let part = min(count &- done, image.width &- column)
      let start = (image.height &- 1 &- row) &* image.width &+ column
      copyRun(of: image, from: start, form: form, to: target + done, count: part)
      done &+= part
    }
  }

  /// Pixels that stand beside each other in the raster.
  @inline(__always)
  private static func copyRun<Form: LZForm>(
    of image: GLZImage, from start: Int, form: Form.Type, to target: UnsafeMutablePointer<Form.Element>, count: Int
  ) {
    if let packed = image.packed { return unpackRun(of: packed, from: start, form: form, to: target, count: count) }
    let hasAlpha = image.raster.kind == .alpha
    image.raster.pixels.withUnsafeBufferPointer { pixels in
      guard let pixels = pixels.baseAddress else { return }
      Form.copyPixels(pixels + start, to: target, count: count, hasAlpha: hasAlpha)
    }
  }

  @inline(never)
  private static func unpackRun<Form: LZForm>(
    of image: PackedRaster, from start: Int, form: Form.Type, to target: UnsafeMutablePointer<Form.Element>, count: Int
  ) {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: count) { pixels in
      guard let pixels = pixels.baseAddress else { return }
      image.read(from: start, count: count, into: pixels)
      Form.copyPixels(pixels, to: target, count: count, hasAlpha: image.kind == .alpha)
    }
  }
}
