import SpiceCanvas
import SpiceCodecs
import SpicePixels
import SpiceProtocol
import SpiceSession
import Testing

@Suite("The order of draws while a decoder is at work")
struct DrawOrderTests {
  @Test("what does not touch the picture's place is drawn at once, what touches it comes in its order")
  func places() throws {
    var bench = try Display.screen()
    try bench.say(copy(jpeg()), fill(7, rect(1, 0, 1, 1)), fill(8, rect(0, 0, 1, 1)))
    #expect(Array(bench.colors().prefix(2)) == [0, 7])
    // This one waits for the picture, and the last one for this.
    try bench.say(fill(9, rect(0, 0, 2, 1)), fill(6, rect(1, 0, 1, 1)), fill(5, rect(0, 1, 2, 1)))
    #expect(Array(bench.colors().prefix(6)) == [0, 7, 0, 0, 5, 5])
    try bench.paint(try #require(bench.takeJobs().first), 1)
    #expect(Array(bench.colors().prefix(6)) == [9, 6, 0, 0, 5, 5])
    #expect(bench.engine.isSettled)
  }

  @Test("COPY_BITS waits for what it reads, and holds it") func copyBits() throws {
    var bench = try Display.screen()
    try bench.say(
      fill(2, rect(3, 3, 1, 1)), copy(jpeg()), draw(.copyBits(from: Point(x: 0, y: 0)), rect(2, 2, 1, 1)),
      draw(.copyBits(from: Point(x: 3, y: 3)), rect(1, 1, 1, 1)), fill(3, rect(2, 2, 1, 1)), fill(4, rect(3, 0, 1, 1)))
    #expect(bench.colors() == [0, 0, 0, 4, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2])
    try bench.say(fill(6, rect(0, 0, 1, 1)), fill(5, on: 0, rect(0, 3, 1, 1)))
    #expect(bench.color() == 0)
    try bench.paint(try #require(bench.takeJobs().first), 1)
    #expect(bench.colors() == [6, 0, 0, 4, 0, 2, 0, 0, 0, 0, 3, 0, 5, 0, 0, 2])
  }

  @Test("where very many draws wait, all that follows waits with them") func many() throws {
    var bench = try Display.screen()
    try bench.say(copy(jpeg()))
    try bench.say((1...100).map { fill(UInt32($0), rect(0, 0, 1, 1)) })
    try bench.say(create(1), fill(7, on: 1))
    #expect(bench.color() == 0 && bench.engine.surfaces[1] == nil)
    try bench.paint(try #require(bench.takeJobs().first), 200)
    #expect(bench.color() == 100 && bench.color(1) == 7 && bench.engine.isSettled)
  }

  @Test("a surface that is not there yet is waited for, by a draw of nothing too") func coming() throws {
    var bench = try Display.screen()
    let nothing = Rect(left: .max, top: .max, right: .min, bottom: .min)
    try bench.say(copy(jpeg()), destroy(0), create(0, 2, 2), fill(3, nothing), fill(4, rect(1, 1, 1, 1)))
    #expect(bench.engine.surfaces[0]?.size.width == 4)
    try bench.paint(try #require(bench.takeJobs().first), 1)
    #expect(bench.colors() == [0, 0, 0, 4])
  }

  @Test("whatever decoders take, the pictures are those of a client that waits for each", arguments: 0..<40)
  func anyOrder(seed: UInt64) throws {
    var chance = FixedRandom(seed: seed)
    var (patient, hasty) = (try Display.screen(8, 8), try Display.screen(8, 8))
    try patient.say(create(1, 8, 8))
    try hasty.say(create(1, 8, 8))
    var open: [DecodeJob] = []
    func answer(_ job: DecodeJob, _ bench: inout Display) throws {
      guard case .jpeg(let data, _, _) = job.work else { return }
      try bench.paint(job, 0x10000 + data.reduce(0) { $0 << 8 | UInt32($1) })
    }
    for number in 0..<60 {
      let message = Self.message(number, &chance)
      try patient.say(message)
      for job in patient.takeJobs() { try answer(job, &patient) }
      try hasty.say(message)
      open += hasty.takeJobs()
      while !open.isEmpty, open.count > 6 || Int.random(in: 0..<6, using: &chance) == 0 {
        try answer(open.remove(at: .random(in: 0..<open.count, using: &chance)), &hasty)
      }
    }
    for job in open.shuffled(using: &chance) { try answer(job, &hasty) }
    #expect(patient.engine.isSettled && hasty.engine.isSettled)
    #expect(hasty.colors(0) == patient.colors(0) && hasty.colors(1) == patient.colors(1))
  }

  /// Something that depends on what was drawn before it, or is still to be decoded.
  private static func message(_ number: Int, _ chance: inout FixedRandom) -> DisplayServerMessage {
    func die(_ sides: Int32) -> Int32 { .random(in: 0..<sides, using: &chance) }
    let on = UInt32(die(2))
    let box = rect(die(9) - 1, die(9) - 1, die(5) + 1, die(5) + 1)
    switch die(12) {
    case 0..<4:
      let image = jpeg(width: UInt32(box.width), height: UInt32(box.height), data: [UInt8(number)])
      return draw(
        .copy(
          source: image, area: Rect(box.size), rop: RasterOperation.put.rawValue, scale: .nearest, mask: .none),
        on: on, box)
    case 4..<7: return draw(.copyBits(from: Point(x: die(9) - 1, y: die(9) - 1)), on: on, box)
    case 7..<9: return draw(.invert(mask: .none), on: on, box)
    case 9:
      return draw(
        .copy(
          source: surface(UInt32(die(2))), area: Rect(box.size), rop: RasterOperation.xor.rawValue, scale: .nearest,
          mask: .none), on: on, box)
    case 10: return die(8) == 0 ? .mark : fill(UInt32(number), on: on, box)
    default: return fill(UInt32(number), on: on, box)
    }
  }

  @Test("a picture that covers a surface becomes it, and is not copied for the draws that waited for it")
  func becoming() throws {
    func picture() -> (DecodeResult, UnsafeRawPointer?) {
      let raster = Raster(width: 64, height: 64, kind: .opaque, fill: 3)
      return (.pixels(raster), raster.pixels.withUnsafeBytes { $0.baseAddress })
    }
    var bench = try Display.screen(64, 64)
    try bench.say(copy(jpeg(width: 64, height: 64)), fill(5, rect(1, 1, 2, 2)), DisplayServerMessage.mark, fill(6))
    let job = try #require(bench.takeJobs().first)
    let (result, place) = picture()
    try bench.complete(job.id, result)
    #expect(bench.color() == 6 && bench.engine.isSettled)
    #expect(bench.engine.surfaces[0]?.raster.pixels.withUnsafeBytes { $0.baseAddress } == place)
  }
}
