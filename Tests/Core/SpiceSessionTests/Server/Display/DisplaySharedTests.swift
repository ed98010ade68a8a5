import SpiceCanvas
import SpicePixels
import SpiceProtocol
import SpiceSession
import Testing

@Suite("Display channels of one client")
struct DisplaySharedTests {
  /// Two channels whose servers share a store, as their clients do.
  private struct Two {
    var pairs: [DisplayPair]

    init(_ options: DisplayServerOptions = .standard, limits: SessionLimits = .standard) throws(SessionError) {
      pairs = [
        try DisplayPair(160, 120, id: 0, options: options, clientLimits: limits),
        try DisplayPair(120, 160, id: 1, options: options, clientLimits: limits),
      ]
    }

    mutating func on(_ place: Int, _ body: (inout DisplayPair) throws -> Void) throws {
      pairs[place].serverStore = pairs[1 - place].serverStore
      pairs[place].client.shared = pairs[1 - place].client.shared
      try body(&pairs[place])
      pairs[1 - place].serverStore = pairs[place].serverStore
      pairs[1 - place].client.shared = pairs[place].client.shared
    }
  }

  @Test("each shows its own screen, with one dictionary", arguments: 1...6 as ClosedRange<UInt64>)
  func workload(seed: UInt64) throws {
    var limits = SessionLimits.standard
    limits.imageCache = 80_000
    limits.glzWindow = 100_000
    var random = FixedRandom(seed: seed)
    var two = try Two(limits: limits)
    for step in 0..<60 {
      let place = Int.random(in: 0...1, using: &random)
      try two.on(place) { pair in
        let box = rect(
          Int32.random(in: 0..<100, using: &random), Int32.random(in: 0..<100, using: &random),
          Int32.random(in: 1..<100, using: &random), Int32.random(in: 1..<100, using: &random))
        let picture = UInt64.random(in: 0..<3, using: &random)
        pair.damage(box) { screen in
          if picture < 2 { screen.paintPhoto(box, seed: picture) } else { screen.paintText(box, firstLine: step % 3) }
        }
        try pair.settle()
        if let difference = pair.difference { Issue.record("step \(step): \(difference)") }
        #expect(pair.serverStore.cachedPixels <= 80_000)
      }
    }
  }

  @Test("what one was sent is no more than a reference for the other")
  func dictionary() throws {
    var options = DisplayServerOptions.standard
    options.compression = .glz
    var two = try Two(options)
    var bytes: [Int] = []
    for place in [0, 1] {
      try two.on(place) { pair in
        try pair.settle()
        pair.lookAway()
        pair.damage(rect(0, 0, 110, 110)) { $0.paintPhoto(rect(0, 0, 110, 110), seed: 5) }
        try pair.settle()
        #expect(pair.difference == nil)
        bytes.append(pair.saidBytes)
      }
    }
    #expect(bytes[1] * 20 < bytes[0])
  }

  @Test("no channel refers to what only the other was told to keep")
  func cache() throws {
    var two = try Two()
    for place in [0, 1] {
      try two.on(place) { pair in
        try pair.settle()
        pair.lookAway()
        pair.damage(rect(0, 0, 110, 110)) { $0.paintPhoto(rect(0, 0, 110, 110), seed: 5) }
        try pair.settle()
        #expect(!pair.takeSaid().contains { $0.image?.content == .fromCache })
      }
    }
  }
}
