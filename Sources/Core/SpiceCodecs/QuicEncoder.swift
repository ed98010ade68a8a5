import SpicePixels

extension Quic {
  /// Encodes an image: the same bytes as libspice-server makes of the same pixels.
  ///
  /// What `type` has no place for is left out: of `rgb16` the low three bits of each channel, of `gray` all but the
  /// lowest byte, and of all but `rgba` the highest. The kind of the raster does not matter.
  ///
  /// - Throws: `malformed` where the raster has no pixels, for which QUIC has no form.
  public static func encode(_ raster: Raster, type: QuicType) throws(CodecError) -> [UInt8] {
    let width = raster.width
    let height = raster.height
    guard width > 0, height > 0 else {
      throw .malformed(.quic, offset: width > 0 ? 16 : 12, .empty(width: width, height: height))
    }
    guard let wordWidth = Int32(exactly: width), let wordHeight = Int32(exactly: height) else {
      throw .limit(.quic, width: width, height: height)
    }
    var encoder = QuicEncoder(width: width, type: type)
    encoder.writer.reserve(64)
    for word in [QuicHeader.magic, QuicHeader.version, type.rawValue, UInt32(wordWidth), UInt32(wordHeight)] {
      encoder.writer.cursor.put(word, length: 32)
    }
    raster.pixels.withUnsafeBufferPointer { pixels in
      guard let start = pixels.baseAddress else { return }
      for y in 0..<height { encoder.write(start + y * width, isFirst: y == 0) }
    }
    return encoder.finish()
  }
}

/// What encoding one image needs beside its pixels.
///
/// Each function is the mirror image of one in `QuicWorkspace`, and explained there.
struct QuicEncoder: ~Copyable {
  let width: Int
  let type: QuicType
  let model: QuicModel
  var writer: QuicBitWriter
  var colorPace = QuicPace()
  var planePace = QuicPace()
  private let laneMask: UInt32
  /// Two rows of colours and two of the plane: this one and the one above, by turns.
  private var colors: UnsafeMutablePointer<UInt32>
  private var colorsAbove: UnsafeMutablePointer<UInt32>
  private var plane: UnsafeMutablePointer<UInt8>
  private var planeAbove: UnsafeMutablePointer<UInt8>
  private let colorContexts: UnsafeMutablePointer<UInt32>
  private let planeContexts: UnsafeMutablePointer<UInt8>

  init(width: Int, type: QuicType) {
    self.width = width
    self.type = type
    let family: QuicFamily = type == .rgb16 ? .five : .eight
    model = QuicModel(family, codeTables: family.encodings, of: QuicFamily.symbolLimit)
    writer = QuicBitWriter(capacity: 4096)
    laneMask = type == .rgb16 ? 0x1f_1f1f : 0xff_ffff
    colors = .allocate(capacity: width)
    colorsAbove = .allocate(capacity: width)
    plane = .allocate(capacity: width)
    planeAbove = .allocate(capacity: width)
    colorContexts = .allocate(capacity: width)
    planeContexts = .allocate(capacity: width)
    // As a row above the first: it predicts the first pixel by 0 in the context of 0.
    colorsAbove.initialize(repeating: 0, count: width)
    planeAbove.initialize(repeating: 0, count: width)
    colorContexts.initialize(repeating: 0, count: width)
    planeContexts.initialize(repeating: 0, count: width)
  }

  deinit {
    colors.deallocate()
    colorsAbove.deallocate()
    plane.deallocate()
    planeAbove.deallocate()
    colorContexts.deallocate()
    planeContexts.deallocate()
  }

  mutating func finish() -> [UInt8] { writer.finish() }

  /// Writes a row of `width` pixels.
  mutating func write(_ pixels: UnsafePointer<UInt32>, isFirst: Bool) {
    // As many bits as `QuicWorkspace.rowBound` has for colours, and again for the plane.
    writer.reserve(24 * width + 128)
    if type != .gray {
      if type == .rgb16 {
        for x in 0..<width { colors[x] = (pixels[x] &>> 3) & laneMask }
      } else {
        for x in 0..<width { colors[x] = pixels[x] & laneMask }
      }
      writeColors(isFirst: isFirst)
      swap(&colors, &colorsAbove)
    }
    if type == .gray || type == .rgba {
      let shift: UInt32 = type == .gray ? 0 : 24
      for x in 0..<width { plane[x] = UInt8(truncatingIfNeeded: pixels[x] &>> shift) }
      writePlane(isFirst: isFirst)
      swap(&plane, &planeAbove)
    }
  }

  // MARK: Colours

  private mutating func writeColors(isFirst: Bool) {
    var x = 0
    while x < width {
      let end = x + colorPace.nextSegment(of: width - x)
      if isFirst {
        writeFirstColors(from: x, to: end)
      } else {
        writeColors(from: x, to: end)
      }
      x = end
    }
  }

  private mutating func writeFirstColors(from start: Int, to end: Int) {
    var cursor = writer.cursor
    for x in start..<end {
      let prediction = x == 0 ? 0 : colors[x - 1]
      writeColor(at: x, prediction: prediction, contexts: colorContexts[max(x - 1, 0)], to: &cursor)
    }
    writer.cursor = cursor
  }

  private mutating func writeColors(from start: Int, to end: Int) {
    let row = colors
    let above = colorsAbove
    var cursor = writer.cursor
    var runStart = 0
    var x = start
    if x == 0 {
      writeColor(at: 0, prediction: above[0], contexts: colorContexts[0], to: &cursor)
      x = 1
    }
    while x < end {
      // Most pixels begin no run and teach nothing.
      let first = x
      (cursor, x) = Self.writePlainColors(
        cursor, model.tables, row, above: above, contexts: colorContexts, laneMask, from: x,
        to: min(end, x &+ colorPace.wait), runStart: runStart)
      colorPace.wait &-= x &- first
      guard x < end else { break }
      let left = row[x &- 1]
      if QuicPace.isRun(row, above: above, at: x), x != runStart {
        runStart = x
        while x < end, row[x] == left { x &+= 1 }
        cursor.putRun(x &- runStart, state: &colorPace.runState)
      } else {
        writeColor(at: x, prediction: QuicLanes.mean(left, above[x]), contexts: colorContexts[x &- 1], to: &cursor)
        x &+= 1
      }
    }
    writer.cursor = cursor
  }

  /// Writes pixels up to where a run begins: a loop that calls nothing. `first` is at least 1.
  ///
  /// - Returns: where the stream goes on, and where it stopped.
  @inline(never)
  private static func writePlainColors(
    _ start: QuicBitCursor, _ tables: UnsafeMutablePointer<UnsafePointer<UInt32>>, _ row: UnsafePointer<UInt32>,
    above: UnsafePointer<UInt32>, contexts: UnsafeMutablePointer<UInt32>, _ laneMask: UInt32, from first: Int,
    to end: Int, runStart: Int
  ) -> (QuicBitCursor, Int) {
    var cursor = start
    let before = contexts[first &- 1]
    // Of the last pixel, apart from one another: no channel waits for another.
    var (red, green, blue) = (before &<< 8, before &<< 16, before &<< 24)
    var x = first
    while x < end {
      if QuicPace.isRun(row, above: above, at: x), x != runStart { break }
      let differences = QuicLanes.difference(row[x], QuicLanes.mean(row[x &- 1], above[x])) & laneMask
      red = tables[QuicModel.red &+ Int(red &>> 24)][Int(differences &>> 16)]
      green = tables[QuicModel.green &+ Int(green &>> 24)][Int(differences &>> 8 & 0xff)]
      blue = tables[QuicModel.blue &+ Int(blue &>> 24)][Int(differences & 0xff)]
      cursor.put(encodings: red, green, blue)
      contexts[x] = Self.contexts(red, green, blue)
      x &+= 1
    }
    return (cursor, x)
  }

  @inline(__always)
  private mutating func writeColor(
    at x: Int, prediction: UInt32, contexts: UInt32, to cursor: inout QuicBitCursor
  ) {
    let differences = QuicLanes.difference(colors[x], prediction) & laneMask
    let tables = model.tables
    let red = tables[Int(contexts &>> 16)][Int(differences &>> 16)]
    let green = tables[QuicModel.green &+ Int(contexts &>> 8 & 7)][Int(differences &>> 8 & 0xff)]
    let blue = tables[QuicModel.blue &+ Int(contexts & 7)][Int(differences & 0xff)]
    cursor.put(encodings: red, green, blue)
    colorContexts[x] = Self.contexts(red, green, blue)
    if colorPace.wait == 0 {
      model.learnColors(contexts: contexts, differences: differences, trigger: colorPace.trigger)
      colorPace.wait = colorPace.nextWait()
    } else {
      colorPace.wait &-= 1
    }
  }

  /// The buckets of three encodings, each in a byte.
  @inline(__always)
  private static func contexts(_ red: UInt32, _ green: UInt32, _ blue: UInt32) -> UInt32 {
    (red &>> 24) &<< 16 | (green &>> 24) &<< 8 | blue &>> 24
  }

  // MARK: Alpha or gray

  private mutating func writePlane(isFirst: Bool) {
    var x = 0
    while x < width {
      let end = x + planePace.nextSegment(of: width - x)
      if isFirst {
        writeFirstPlane(from: x, to: end)
      } else {
        writePlane(from: x, to: end)
      }
      x = end
    }
  }

  private mutating func writeFirstPlane(from start: Int, to end: Int) {
    var cursor = writer.cursor
    for x in start..<end {
      let prediction = x == 0 ? 0 : plane[x - 1]
      writePlane(at: x, prediction: prediction, context: planeContexts[max(x - 1, 0)], to: &cursor)
    }
    writer.cursor = cursor
  }

  private mutating func writePlane(from start: Int, to end: Int) {
    let row = plane
    let above = planeAbove
    var cursor = writer.cursor
    var runStart = 0
    var x = start
    if x == 0 {
      writePlane(at: 0, prediction: above[0], context: planeContexts[0], to: &cursor)
      x = 1
    }
    while x < end {
      let left = row[x &- 1]
      if QuicPace.isRun(row, above: above, at: x), x != runStart {
        runStart = x
        while x < end, row[x] == left { x &+= 1 }
        cursor.putRun(x &- runStart, state: &planePace.runState)
      } else {
        let prediction = UInt8(truncatingIfNeeded: (UInt32(left) &+ UInt32(above[x])) &>> 1)
        writePlane(at: x, prediction: prediction, context: planeContexts[x &- 1], to: &cursor)
        x &+= 1
      }
    }
    writer.cursor = cursor
  }

  @inline(__always)
  private mutating func writePlane(at x: Int, prediction: UInt8, context: UInt8, to cursor: inout QuicBitCursor) {
    let difference = plane[x] &- prediction
    let encoding = model.tables[QuicModel.plane &+ Int(context)][Int(difference)]
    cursor.put(encoding: encoding)
    planeContexts[x] = UInt8(truncatingIfNeeded: encoding &>> 24)
    if planePace.wait == 0 {
      model.learnPlane(context: context, difference: difference, trigger: planePace.trigger)
      planePace.wait = planePace.nextWait()
    } else {
      planePace.wait &-= 1
    }
  }
}
