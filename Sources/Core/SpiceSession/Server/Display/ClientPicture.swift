import SpiceCanvas
import SpicePixels

/// What a client's screen shows once it has handled all that was sent: as many pixels as the screen has, and no more.
///
/// Every message that is sent is performed here too. Colours have a high byte of 0; a pixel with any other is not known
/// (nothing was sent for it yet, or what was sent is lossy), and as such it moves with copies and differs from all.
struct ClientPicture: Sendable {
  private static let unknown: UInt32 = 0xFF00_0000

  private(set) var rows: RowRaster

  init(size: Size) {
    rows = RowRaster(Raster(width: size.width, height: size.height, kind: .opaque, fill: ClientPicture.unknown))
  }

  /// What a client shows that was sent all of `screen` without loss, but not what lies in `unsent`.
  init(of screen: RowRaster, but unsent: Region) {
    self.init(size: screen.size)
    put(screen, in: Rect(screen.size))
    for rect in unsent.rects { forget(rect) }
  }

  // MARK: What was sent

  mutating func perform(_ operation: Backlog.Operation) {
    switch operation {
    case .fill(let rect, let color): rows.fill(rect, with: color & 0x00FF_FFFF)
    case .copy(let rect, let from): rows.move(to: rect, from: from)
    }
  }

  mutating func put(_ screen: RowRaster, in rect: Rect) {
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
}
