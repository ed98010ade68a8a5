import SpiceCanvas
import SpicePixels
import SpiceProtocol
import SpiceSession
import Testing

@Suite("A server's display channel under random work")
struct DisplayWorkloadTests {
  /// One client with its ways.
  struct Setting: CustomTestStringConvertible, Sendable {
    var compression: ImageCompression
    var capabilities: [DisplayCapability]
    var header = HeaderKind.mini
    var streaming = true

    var testDescription: String { "\(compression), \(capabilities.count) capabilities" }
  }

  static let settings: [Setting] =
    ImageCompression.allCases.map { Setting(compression: $0, capabilities: DisplayPair.everything) } + [
      Setting(compression: .lz4, capabilities: []),
      Setting(compression: .autoGLZ, capabilities: [], header: .full, streaming: false),
      Setting(compression: .autoGLZ, capabilities: [.monitorsConfig]),
      Setting(compression: .autoGLZ, capabilities: [.multiCodec, .codecVP8]),
      Setting(compression: .autoLZ, capabilities: [.streamReport, .sizedStream]),
    ]

  @Test("the client's picture is the server's at every quiet point", arguments: settings, 1...3 as ClosedRange<UInt64>)
  func quietPoints(setting: Setting, seed: UInt64) throws {
    var options = DisplayServerOptions.standard
    options.compression = setting.compression
    options.streaming = setting.streaming
    var pair = try DisplayPair(
      200, 150, capabilities: setting.capabilities, options: options, header: setting.header)
    try Self.work(&pair, seed: seed)
  }

  @Test("the same where the client keeps little", arguments: 10...15 as ClosedRange<UInt64>)
  func smallClient(seed: UInt64) throws {
    var limits = SessionLimits.standard
    limits.imageCache = 60_000
    limits.glzWindow = 40_000
    try Self.check(seed, limits)
  }

  private static func check(_ seed: UInt64, _ limits: SessionLimits) throws {
    var pair = try DisplayPair(200, 150, clientLimits: limits)
    try work(&pair, seed: seed)
  }

  @Test(
    "the same with pictures that lose something on their way, once they were sent again",
    arguments: 20...25 as ClosedRange<UInt64>)
  func lossy(seed: UInt64) throws {
    var options = DisplayServerOptions.standard
    options.lossyQuality = 50
    var pair = try DisplayPair(200, 150, options: options)
    try Self.work(&pair, seed: seed)
  }

  /// Random changes; now and then the client is let to come up.
  static func work(_ pair: inout DisplayPair, seed: UInt64) throws {
    var random = FixedRandom(seed: seed)
    for step in 0..<120 {
      pair.pass(milliseconds: UInt64.random(in: 0...60, using: &random))
      change(&pair, &random)
      pair.isDeaf = Int.random(in: 0..<3, using: &random) == 0
      pair.encoderSleeps = Int.random(in: 0..<4, using: &random) == 0
      pair.room = Bool.random(using: &random) ? 1 << 20 : 2000
      if Bool.random(using: &random) {
        pair.produce()
        if Bool.random(using: &random) { try pair.settle() }
      }
      guard step % 10 == 9 else { continue }
      pair.isDeaf = false
      pair.encoderSleeps = false
      try pair.settle()
      // Videos end and lossy pictures are refined with time.
      for _ in 0..<8 where pair.server.nextDeadline != nil { try pair.settleAtDeadline() }
      if let difference = pair.difference {
        Issue.record("step \(step): \(difference)")
        return
      }
      #expect(pair.server.isIdle)
      pair.lookAway()
    }
  }

  private static func place(_ pair: DisplayPair, _ random: inout FixedRandom) -> Rect {
    let most = Int32.random(in: 0..<4, using: &random) == 0 ? 200 : 40 as Int32
    return rect(
      Int32.random(in: -5..<200, using: &random), Int32.random(in: -5..<150, using: &random),
      Int32.random(in: 1...most, using: &random), Int32.random(in: 1...most, using: &random))
  }

  private static func change(_ pair: inout DisplayPair, _ random: inout FixedRandom) {
    let place = place(pair, &random)
    let seed = UInt64.random(in: 0..<9, using: &random)
    switch Int.random(in: 0..<16, using: &random) {
    case 0...2 where seed < 6: pair.draw(place) { $0.paintPhoto(place, seed: seed) }
    case 0...2: pair.damage(place) { $0.paintPhoto(place, seed: seed) }
    case 3...5: pair.damage(place) { $0.paintText(place, firstLine: Int(seed)) }
    case 6...7: pair.fill(place, UInt32(seed) * 0x10101)
    case 8...10:
      pair.copy(
        place,
        from: Point(
          x: place.left + Int32.random(in: -9...9, using: &random),
          y: place.top + Int32.random(in: -20...20, using: &random)))
    case 11:
      // A text scrolls, and the program only says where.
      let moved = rect(20, 10, 150, 130)
      pair.damage(moved) { $0.copyBits(from: Point(x: 20, y: 26), to: rect(20, 10, 150, 114)) }
    case 12:
      // Nothing has changed but the program's mind.
      pair.damage(place) { _ in }
    case 13 where seed == 0:
      pair.resize(Int.random(in: 1...230, using: &random), Int.random(in: 1...180, using: &random))
    default:
      // What may become a video.
      for frame in 0..<12 as Range<UInt64> {
        pair.pass(milliseconds: 40)
        pair.damage(rect(30, 20, 120, 100)) { $0.paintPhoto(rect(30, 20, 120, 100), seed: seed * 100 + frame) }
        pair.produce()
      }
    }
  }
}
