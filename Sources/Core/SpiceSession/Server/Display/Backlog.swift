import SpiceCanvas
import SpicePixels

/// What a client has not been sent of a screen, in bounded room however long it is kept waiting.
///
/// It has a few cheap operations, in order, and one dirty region whose pixels are taken from the newest picture when
/// they are sent. **Invariant:** who performs the operations on what the client shows, and then takes the dirty region
/// from the newest picture, has the newest picture. So there is never a queue of pictures.
public struct Backlog: Sendable {
  /// A change that is sent in a few bytes.
  public enum Operation: Hashable, Sendable {
    case fill(Rect, color: UInt32)
    case copy(Rect, from: Point)

    /// What it writes on.
    var target: Rect {
      switch self {
      case .fill(let rect, _), .copy(let rect, _): rect
      }
    }

    /// What it reads.
    var source: Rect? {
      switch self {
      case .fill: nil
      case .copy(let rect, let from): rect.moved(to: from)
      }
    }
  }

  /// Most operations kept; one more, and what they write on becomes dirty instead.
  public static let operationLimit = 256
  /// Most rectangles of the dirty region; with more it grows to fewer.
  public static let rectLimit = 512

  public let size: Size
  public private(set) var operations: [Operation] = []
  public private(set) var dirty: Region

  /// - Parameter size: Of the screen, of which the client is taken to show nothing.
  public init(size: Size) {
    self.size = size
    dirty = Region(Rect(size))
  }

  public var isEmpty: Bool { operations.isEmpty && dirty.isEmpty }

  // MARK: What the program says

  /// Pixels of the rectangle may have changed.
  public mutating func damage(_ rect: Rect) {
    let rect = rect.intersection(Rect(size))
    guard !rect.isEmpty else { return }
    dropOperations(within: rect, readLater: nil)
    soil(Region(rect))
  }

  /// The rectangle has one colour now.
  public mutating func fill(_ rect: Rect, color: UInt32) {
    let rect = rect.intersection(Rect(size))
    guard !rect.isEmpty else { return }
    dropOperations(within: rect, readLater: nil)
    dirty.subtract(rect)
    append(.fill(rect, color: color & 0x00FF_FFFF))
  }

  /// The rectangle holds what was at `from`.
  ///
  /// What is dirty there is dirty here now; it is copied all the same where that keeps the operation one rectangle,
  /// for it is painted over.
  public mutating func copy(_ rect: Rect, from: Point) {
    let screen = Rect(size)
    let whole = rect.intersection(screen)
    guard !whole.isEmpty, rect.origin != from else { return }
    // What came from outside of the screen could be anything.
    let target = whole.intersection(screen.moved(from: from, to: rect.origin))
    guard !target.isEmpty else { return damage(whole) }
    let x = rect.left.subtractingClamped(from.x)
    let y = rect.top.subtractingClamped(from.y)
    let source = target.offset(x: 0 - x, y: 0 - y)
    let spoiled = dirty.intersection(Region(source)).moved(x: x, y: y)
    let clean = Region(target).subtracting(spoiled).bounds
    if !clean.isEmpty { dropOperations(within: target, readLater: source) }
    dirty.subtract(whole)
    soil(spoiled.union(Region(whole).subtracting(Region(target))))
    guard !clean.isEmpty else { return }
    append(.copy(clean, from: Point(x: clean.left - x, y: clean.top - y)))
  }

  // MARK: What is sent

  /// The operation to send next. Nothing dirty may be sent before there is none left.
  public mutating func takeOperation() -> Operation? {
    operations.isEmpty ? nil : operations.removeFirst()
  }

  /// The pixels of the rectangle are sent, or need not be. There must be no operations.
  public mutating func clean(_ rect: Rect) {
    dirty.subtract(rect)
  }

  /// What the region covers is sent in another way.
  mutating func clean(_ region: Region) {
    dirty = dirty.subtracting(region)
  }

  /// What is dirty in `part` is no more than `region`.
  mutating func tighten(_ part: Region, to region: Region) {
    dirty = dirty.subtracting(part)
    soil(region)
  }

  // MARK: Bounds

  private mutating func soil(_ region: Region) {
    dirty.add(region)
  }

  private mutating func append(_ operation: Operation) {
    if let last = operations.last, let both = joined(last, operation) {
      operations[operations.count - 1] = both
    } else if operations.count < Backlog.operationLimit {
      operations.append(operation)
    } else {
      let written = Region(operations.map { $0.target }).union(Region(operation.target))
      operations = []
      soil(written)
    }
  }

  /// Forgets operations of which nothing would be seen: all that they write on lies in `rect`, which is about to be
  /// written on anew, and no later operation reads it, nor does the one that is about to come.
  private mutating func dropOperations(within rect: Rect, readLater: Rect?) {
    var read = readLater ?? Rect(left: 0, top: 0, right: 0, bottom: 0)
    for place in operations.indices.reversed() {
      let operation = operations[place]
      if rect.contains(operation.target), operation.target.intersection(read).isEmpty {
        operations.remove(at: place)
      } else if let source = operation.source {
        read = read.union(source)
      }
    }
  }

  /// Two copies that are one: the second moves on what the first has moved, and the rest of the first is dirty. A text
  /// that scrolls line by line is such a row, and remains one operation however many lines the client lags behind.
  private func joined(_ first: Operation, _ second: Operation) -> Operation? {
    guard case .copy(let moved, let from) = first, case .copy(let target, let middle) = second,
      moved.contains(target), moved.contains(target.moved(to: middle)),
      Region(moved).subtracting(Region(target)).subtracting(dirty).isEmpty
    else { return nil }
    let start = Point(x: middle.x + from.x - moved.left, y: middle.y + from.y - moved.top)
    // There and back again.
    return start == target.origin ? nil : .copy(target, from: start)
  }
}

extension Rect {
  /// A rectangle of the same size elsewhere.
  package func moved(to place: Point) -> Rect {
    moved(from: origin, to: place)
  }

  /// The rectangle moved as what moves `from` one place `to` another.
  func moved(from: Point, to place: Point) -> Rect {
    offset(x: place.x.subtractingClamped(from.x), y: place.y.subtractingClamped(from.y))
  }
}

extension Int32 {
  /// The difference, or the nearest end of the range.
  func subtractingClamped(_ other: Int32) -> Int32 {
    Int32(clamping: Int64(self) - Int64(other))
  }
}
