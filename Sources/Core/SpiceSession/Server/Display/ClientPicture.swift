import SpiceCanvas
import SpicePixels

/// What a client's screen shows once it has handled all that was sent: as many pixels as the screen has, and no more.
///
/// Every message that is sent is performed here too. Colours have a high byte of 0; a pixel with any other is not known
/// (nothing was sent for it yet, or what was sent is lossy), and as such it moves with copies and differs from all.
struct ClientPicture: Sendable {
  private static let unknown: UInt32 = 0xFF00_0000
  /// Pixels along the side of the squares that are looked at apart from each other.
  static let tile: Int32 = 32

  private(set) var rows: RowRaster

  init(size: Size) {
    rows = RowRaster(Raster(width: size.width, height: size.height, kind: .opaque, fill: ClientPicture.unknown))
  }

  // MARK: What was sent

  mutating func perform(_ operation: Backlog.Operation) {
    switch operation {
    case .fill(let rect, let color): rows.fill(rect, with: color & 0x00FF_FFFF)
    case .copy(let rect, let from): rows.move(to: rect, from: from)
    }
  }

  mutating func put(_ screen: Raster, in rect: Rect) {
    rows.takeColors(of: screen, in: rect)
  }

  /// What it shows there cannot be told.
  mutating func forget(_ rect: Rect) {
    rows.fill(rect, with: ClientPicture.unknown)
  }

  // MARK: What is to be sent

  /// True where it shows one colour all over the rectangle already.
  func shows(_ color: UInt32, in rect: Rect) -> Bool {
    rows.shows(color, in: rect)
  }

  /// The part of `region` in which the screen is another, give or take a few pixels around: rectangles trimmed to what
  /// has changed in each run of changed tiles.
  func changes(to screen: Raster, in region: Region) -> Region {
    var found: [Rect] = []
    for rect in region.rects {
      var top = rect.top
      while top < rect.bottom {
        let bottom = min((top / ClientPicture.tile + 1) * ClientPicture.tile, rect.bottom)
        appendChanges(to: screen, in: Rect(left: rect.left, top: top, right: rect.right, bottom: bottom), &found)
        top = bottom
      }
    }
    return Region(found)
  }

  /// In a row of tiles.
  private func appendChanges(to screen: Raster, in whole: Rect, _ found: inout [Rect]) {
    // Mostly there is nothing, or something in one place.
    let row = rows.difference(fromColorsOf: screen, in: whole)
    var run = Rect(left: 0, top: 0, right: 0, bottom: 0)
    var left = row.left
    while left < row.right {
      let right = min((left / ClientPicture.tile + 1) * ClientPicture.tile, row.right)
      let tile = Rect(left: left, top: row.top, right: right, bottom: row.bottom)
      let changed = rows.difference(fromColorsOf: screen, in: tile)
      if changed.isEmpty {
        if !run.isEmpty { found.append(run) }
        run = changed
      } else {
        run = run.union(changed)
      }
      left = right
    }
    if !run.isEmpty { found.append(run) }
  }
}
