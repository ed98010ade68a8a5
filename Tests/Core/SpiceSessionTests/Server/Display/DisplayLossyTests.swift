import SpiceCanvas
import SpicePixels
import SpiceProtocol
import SpiceSession
import Testing

@Suite("Pictures that lose something on their way")
struct DisplayLossyTests {
  /// A settled screen of a client that takes JPEG.
  private static func pair(refines: Bool = true) throws -> DisplayPair {
    var options = DisplayServerOptions.standard
    options.lossyQuality = 70
    options.refines = refines
    options.streaming = false
    var pair = try DisplayPair(200, 150, options: options)
    try pair.settle()
    pair.lookAway()
    return pair
  }

  private static let photo = rect(20, 10, 100, 90)

  @Test("a photo goes through the host's encoder, a text does not")
  func kinds() throws {
    var pair = try Self.pair()
    pair.damage(Self.photo) { $0.paintPhoto(Self.photo, seed: 1) }
    try pair.settle()
    #expect(pair.takeSaid().compactMap { $0.image?.content.type } == [.jpeg])
    pair.damage(Self.photo) { $0.paintText(Self.photo, firstLine: 1) }
    try pair.settle()
    let types = pair.takeSaid().compactMap { $0.image?.content.type }
    #expect(!types.isEmpty && !types.contains(.jpeg))
    #expect(pair.difference == nil)
  }

  @Test("nothing is drawn while the encoder is at work, and all in order after")
  func order() throws {
    var pair = try Self.pair()
    pair.encoderSleeps = true
    pair.damage(Self.photo) { $0.paintPhoto(Self.photo, seed: 1) }
    try pair.settle()
    pair.copy(rect(100, 50, 80, 80), from: Point(x: 30, y: 20))
    pair.fill(rect(30, 20, 10, 10), 5)
    try pair.settle()
    #expect(pair.takeSaid().isEmpty && !pair.server.wantsToProduce && !pair.server.isIdle)
    pair.encoderSleeps = false
    try pair.settle()
    #expect(pair.takeSaid().map { $0.kind } == [.drawCopy, .copyBits, .drawFill])
    #expect(pair.difference == nil)
  }

  @Test("where the encoder fails the same pixels go without loss")
  func failure() throws {
    var pair = try Self.pair()
    pair.encoderSleeps = true
    pair.damage(Self.photo) { $0.paintPhoto(Self.photo, seed: 1) }
    try pair.settle()
    pair.copy(rect(100, 50, 80, 80), from: Point(x: 30, y: 20))
    try pair.answerEncoder(failing: true)
    try pair.settle()
    #expect(pair.takeSaid().compactMap { $0.image?.content.type } == [.quic])
    #expect(pair.difference == nil)
  }

  @Test("after a second of quiet all of it is sent without loss, wherever it was copied to")
  func refinement() throws {
    var pair = try Self.pair()
    pair.damage(Self.photo) { $0.paintPhoto(Self.photo, seed: 1) }
    try pair.settle()
    pair.copy(rect(130, 100, 50, 50), from: Point(x: 20, y: 10))
    try pair.settle()
    pair.lookAway()
    pair.pass(milliseconds: 999)
    pair.produce()
    try pair.settle()
    #expect(pair.takeSaid().isEmpty)
    try pair.settleAtDeadline()
    let images = pair.takeSaid().compactMap { $0.image }
    #expect(images.reduce(0) { $0 + $1.width * $1.height } >= 100 * 90 + 50 * 50)
    #expect(images.allSatisfy { $0.content.type != .jpeg })
    #expect(pair.server.nextDeadline == nil && pair.difference == nil)
  }

  @Test("what is not wanted again is not sent again")
  func noRefinement() throws {
    var pair = try Self.pair(refines: false)
    pair.damage(Self.photo) { $0.paintPhoto(Self.photo, seed: 1) }
    try pair.settle()
    #expect(pair.server.nextDeadline == nil && pair.server.isIdle)
  }

  @Test("an answer that comes after a resize is of no interest")
  func lateAnswer() throws {
    var pair = try Self.pair()
    pair.encoderSleeps = true
    pair.damage(Self.photo) { $0.paintPhoto(Self.photo, seed: 1) }
    try pair.settle()
    pair.resize(50, 50)
    try pair.settle()
    pair.lookAway()
    try pair.answerEncoder()
    try pair.settle()
    #expect(pair.takeSaid().isEmpty && pair.difference == nil)
  }
}
