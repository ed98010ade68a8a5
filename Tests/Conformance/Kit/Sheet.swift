import SpiceCodecs
import SpicePixels
import SpiceProtocol

/// Many cases on one picture: tiles of an off-screen surface, copied to the screen in one command when all are drawn.
/// The reference's screenshot is what is on the screen after the first command that draws there.
struct Sheet {
  static let columns = 32
  static let rows = 32
  static let size = Size(width: columns * Case.size.width, height: rows * Case.size.height)
  private static let surface: UInt32 = 1

  let cases: [Case]
  /// Where each case's tiles begin.
  let cells: [[Point]]

  /// Takes cases from the front as long as they fit.
  init(_ cases: ArraySlice<Case>) {
    var cells: [[Point]] = []
    var next = 0
    for one in cases {
      guard next + one.tiles <= Sheet.columns * Sheet.rows else { break }
      cells.append(
        (next..<next + one.tiles).map { cell in
          Point(
            x: Int32(cell % Sheet.columns * Case.size.width), y: Int32(cell / Sheet.columns * Case.size.height))
        })
      next += one.tiles
    }
    self.cases = Array(cases.prefix(cells.count))
    self.cells = cells
  }

  var messages: [DisplayServerMessage] {
    let box = Rect(Sheet.size)
    let (width, height) = (UInt32(Sheet.size.width), UInt32(Sheet.size.height))
    var messages: [DisplayServerMessage] = [
      .surfaceCreate(SurfaceCreate(id: 0, width: width, height: height, format: 32, flags: SurfaceCreate.primary)),
      .surfaceCreate(SurfaceCreate(id: Sheet.surface, width: width, height: height, format: 32, flags: 0)),
      .draw(DrawBase(surface: Sheet.surface, box: box), .whiteness(mask: .none)),
      .mark,
    ]
    // A small window, so that it moves on while the sheet is drawn.
    var dictionary = GLZDictionary(capacity: 1 << 14)
    for (one, cells) in zip(cases, cells) { messages += one.messages(at: cells, on: Sheet.surface, &dictionary) }
    messages.append(.draw(DrawBase(surface: 0, box: box), .copy(.surface(Sheet.surface, Sheet.size))))
    return messages
  }

  /// The messages under mini headers.
  var script: [UInt8] {
    var writer = ByteWriter()
    for message in messages {
      let body = message.body
      MessageHeader(serial: 0, type: message.type, size: UInt32(clamping: body.count)).write(.mini, to: &writer)
      writer.append(body)
    }
    return writer.bytes
  }

  /// The tiles of a case, side by side.
  func tiles(of index: Int, in picture: Raster) -> Raster {
    let size = Case.size
    let cells = cells[index]
    var raster = Raster(width: size.width * cells.count, height: size.height, kind: .opaque)
    for (place, cell) in cells.enumerated() {
      for y in 0..<size.height {
        for x in 0..<size.width {
          raster[place * size.width + x, y] = picture[Int(cell.x) + x, Int(cell.y) + y] & 0x00FF_FFFF
        }
      }
    }
    return raster
  }
}
