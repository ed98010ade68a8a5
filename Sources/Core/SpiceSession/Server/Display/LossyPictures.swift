import SpiceCanvas
import SpicePixels
import SpiceProtocol

/// The pictures of a display channel that lose something on their way: the one that the host encodes, and where the
/// client shows such.
struct LossyPictures: Sendable {
  private enum State: Sendable {
    case none
    case encoding(job: Int, Raster, Rect)
    /// The host has answered; without bytes, its encoder failed.
    case encoded([UInt8]?, Raster, Rect)
  }

  /// Fewer pixels cost little without loss.
  static let leastPixels = 4096
  /// Microseconds without a change after which all is sent without loss.
  static let quiet: UInt64 = 1_000_000

  private var state = State.none
  /// Where the client shows what is not exactly the screen.
  private(set) var region = Region()
  /// What is sent again, without loss.
  private(set) var refining = Region()
  /// When the screen changed last.
  var lastChange = Moment(microseconds: 0)

  /// True while a picture is on its way through the encoder, or back from it: nothing may be drawn before it.
  var isWaiting: Bool {
    if case .none = state { false } else { true }
  }

  /// True while the host has not answered.
  var isEncoding: Bool {
    if case .encoding = state { true } else { false }
  }

  mutating func begin(_ job: Int, _ piece: Raster, in rect: Rect) {
    state = .encoding(job: job, piece, rect)
  }

  /// False where the job is another's.
  mutating func complete(_ job: Int, _ bytes: [UInt8]?) -> Bool {
    guard case .encoding(job, let piece, let rect) = state else { return false }
    state = .encoded(bytes, piece, rect)
    return true
  }

  mutating func take() -> (bytes: [UInt8]?, piece: Raster, rect: Rect)? {
    guard case .encoded(let bytes, let piece, let rect) = state else { return nil }
    state = .none
    return (bytes, piece, rect)
  }

  mutating func forgetAll() {
    state = .none
    region = Region()
    refining = Region()
  }

  // MARK: Where

  mutating func shown(in rect: Rect) {
    region.add(Region(rect))
  }

  /// Something without loss is drawn there.
  mutating func replaced(_ rect: Rect) {
    if !region.isEmpty { region.subtract(rect) }
    if !refining.isEmpty { refining.subtract(rect) }
  }

  mutating func copied(to rect: Rect, from: Point) {
    guard !region.isEmpty else { return }
    let x = rect.left.subtractingClamped(from.x)
    let y = rect.top.subtractingClamped(from.y)
    let moved = region.intersection(Region(rect.moved(to: from))).moved(x: x, y: y)
    region.subtract(rect)
    region.add(moved)
  }

  /// All is to be sent again; what that is.
  mutating func refine() -> Region {
    refining = refining.union(region)
    region = Region()
    return refining
  }

  func deadline(_ options: DisplayServerOptions) -> Moment? {
    guard options.refines, !region.isEmpty, !isWaiting else { return nil }
    return lastChange.later(by: LossyPictures.quiet)
  }
}

extension Moment {
  func later(by microseconds: UInt64) -> Moment {
    let sum = self.microseconds.addingReportingOverflow(microseconds)
    return Moment(microseconds: sum.overflow ? .max : sum.partialValue)
  }
}

extension DisplayServer {
  /// Gives a picture to the host's encoder where that is wanted; true where it did.
  mutating func beginLossy(_ piece: Raster, in rect: Rect) -> Bool {
    guard let quality = options.lossyQuality, piece.pixels.count >= LossyPictures.leastPixels,
      !lossy.refining.meets(rect), PictureTraits(piece).kind == .photo
    else { return false }
    lossy.begin(ask(.jpeg(piece, quality: min(max(1, quality), 100))), piece, in: rect)
    return true
  }

  /// Gives the host a job; its number.
  mutating func ask(_ work: EncodeJob.Work) -> Int {
    lastJob &+= 1
    jobs.append(EncodeJob(id: lastJob, work: work))
    return lastJob
  }

  /// Sends what the host has encoded; false where it has not.
  ///
  /// Where its encoder failed the same pixels go without loss: copies of them may have been noted since.
  mutating func sendLossy(_ client: DisplayInit, _ store: inout DisplayServerStore) -> Bool {
    guard let (bytes, piece, rect) = lossy.take() else { return false }
    if let bytes {
      let image = Image(
        id: 0, width: UInt32(piece.width), height: UInt32(piece.height), content: .jpeg(bytes[...]))
      send(image, in: rect)
      lossy.shown(in: rect)
    } else {
      send(image(piece, client, &store), in: rect)
    }
    picture?.forget(rect)
    return true
  }

  /// Makes dirty what the client shows with loss, when nothing has happened for a while.
  mutating func refine(at now: Moment) -> Bool {
    guard let deadline = lossy.deadline(options), deadline <= now, backlog.isEmpty else { return false }
    for rect in lossy.refine().rects { backlog.damage(rect) }
    return true
  }
}
