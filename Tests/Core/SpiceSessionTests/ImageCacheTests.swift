import SpiceCodecs
import SpicePixels
import SpiceProtocol
import SpiceSession
import Testing

@Suite("Images and palettes that are kept")
struct ImageCacheTests {
  @Test("an image that is to be kept comes back by its id")
  func cacheMe() throws {
    var bench = try Display.screen()
    try bench.say(copy(bitmap(0x11, id: 5, .cacheMe)), fill(0), copy(fromCache(5)))
    #expect(bench.color() == 0x11)
  }

  @Test(
    "an image that is not to be kept, or was given up, is missed with its id",
    arguments: [
      [copy(bitmap(1, id: 5))], [copy(bitmap(1, id: 6, .cacheMe))],
      [copy(bitmap(1, id: 5, .cacheMe)), DisplayServerMessage.invalidateList([CachedResource(id: 5)])],
      [copy(bitmap(1, id: 5, .cacheMe)), .invalidateAllPixmaps([])], [],
    ])
  func missing(_ messages: [DisplayServerMessage]) throws {
    var bench = try Display.screen()
    try bench.receive(bench.bytes(messages))
    #expect(displayFault { () throws(SessionError) in try bench.say(copy(fromCache(5))) } == .imageNotCached(5))
  }

  @Test("what is given up beside it leaves an image")
  func otherInvalidations() throws {
    var bench = try Display.screen()
    try bench.say(
      copy(bitmap(1, id: 5, .cacheMe)),
      DisplayServerMessage.invalidateList([CachedResource(id: 4), CachedResource(type: 2, id: 5)]),
      DisplayServerMessage.invalidateAllPalettes, DisplayServerMessage.reset, copy(fromCache(5)))
    #expect(bench.color() == 1)
  }

  @Test("a later image under an id takes the place of the one before")
  func replacement() throws {
    var bench = try Display.screen()
    try bench.say(copy(bitmap(1, id: 5, .cacheMe)), copy(bitmap(2, id: 5, .cacheMe)), fill(0), copy(fromCache(5)))
    #expect(bench.color() == 2)
  }

  @Test("an image is drawn from the cache as it was when that was said, though it is given up before it is decoded")
  func invalidatedWhilePending() throws {
    var bench = try Display.screen()
    try bench.say(
      copy(jpeg(id: 5, .cacheMe)), fill(0), copy(fromCache(5)),
      DisplayServerMessage.invalidateList([CachedResource(id: 5)]), create(1))
    let job = try #require(bench.takeJobs().first)
    try bench.paint(job, 9)
    #expect(bench.color() == 9)
    #expect(displayFault { () throws(SessionError) in try bench.say(copy(fromCache(5))) } == .imageNotCached(5))
  }

  @Test("a lossy image is replaced by the lossless one, and that is what a lossless order finds")
  func lossless() throws {
    var bench = try Display.screen()
    try bench.say(copy(jpeg(id: 5, .cacheMe)), copy(bitmap(2, id: 5, .cacheReplaceMe)))
    let job = try #require(bench.takeJobs().first)
    try bench.say(create(1), copy(fromCacheLossless(5), on: 1))
    #expect(bench.color(1) == 2)
    try bench.paint(job, 1)
    #expect(bench.color() == 2)
    try bench.say(copy(fromCache(5), on: 1))
    #expect(bench.color(1) == 2)
  }

  @Test("a lossless order for what came with loss alone cannot be met by one channel")
  func lossyOnly() throws {
    var bench = try Display.screen()
    try bench.say(copy(jpeg(id: 5, .cacheMe)))
    let job = try #require(bench.takeJobs().first)
    try bench.paint(job, 1)
    #expect(displayFault { () throws(SessionError) in try bench.say(copy(fromCacheLossless(5))) } == .imageNotCached(5))
  }

  @Test("twice the announced pixels and no more are kept")
  func cacheLimit() throws {
    var limits = SessionLimits.standard
    limits.imageCache = 2
    var bench = try Display.screen(limits: limits)
    for id in 1...4 { try bench.say(copy(bitmap(1, id: UInt64(id), .cacheMe))) }
    try bench.say(DisplayServerMessage.invalidateList([CachedResource(id: 1)]), copy(bitmap(1, id: 4, .cacheMe)))
    try bench.say(copy(bitmap(1, id: 9, .cacheMe)))
    #expect(
      displayFault { () throws(SessionError) in try bench.say(copy(bitmap(1, id: 10, .cacheMe))) }
        == .imageCacheFull(limit: 2))
  }

  @Test(
    "of many images those that were not used for long are held as they came, and are the same when they are used again")
  func compressed() throws {
    let side = 32
    let area = side * side
    var limits = SessionLimits.standard
    limits.unpackedImages = 3 * area
    var bench = try Display.screen(UInt32(side), UInt32(side), limits: limits)
    func image(_ id: UInt64, _ color: UInt32) throws -> Image {
      let raster = Raster(width: side, height: side, kind: .opaque, fill: color)
      return Image(
        id: id, flags: .cacheMe, width: UInt32(side), height: UInt32(side),
        content: id % 2 == 0 ? .lzRGB(LZ.encode(raster)[...]) : .quic(try Quic.encode(raster, type: .rgb32)[...]))
    }
    // The first three fit; of the others three are pixels too.
    for id in 1...9 as ClosedRange<UInt64> { try bench.say(copy(try image(id, UInt32(id)))) }
    let bytes = bench.shared.cachedBytes
    #expect(bytes > 6 * area * 4 && bytes < 7 * area * 4)
    var random = FixedRandom(seed: 5)
    var colors = Dictionary(uniqueKeysWithValues: (1...9).map { (UInt64($0), UInt32($0)) })
    for turn in 0..<2000 {
      let id = UInt64.random(in: 1...9, using: &random)
      if turn % 7 == 0 {
        colors[id] = UInt32.random(in: 0...0xFF_FFFF, using: &random)
        try bench.say(copy(try image(id, colors[id] ?? 0)))
      } else if turn % 31 == 0 {
        colors[id] = nil
        try bench.say(DisplayServerMessage.invalidateList([CachedResource(id: id)]))
      } else if colors[id] != nil {
        try bench.say(fill(0), copy(fromCache(id)))
        #expect(bench.color() == colors[id])
      }
      #expect(bench.shared.cachedBytes < 7 * area * 4)
    }
    try bench.say(DisplayServerMessage.invalidateAllPixmaps([]))
    #expect(bench.shared.cachedBytes == 0)
  }

  @Test("an image that the GLZ dictionary holds packed is the same from the cache, and takes its memory once")
  func packed() throws {
    let side = 32
    let area = side * side
    var limits = SessionLimits.standard
    limits.unpackedDictionary = area
    var bench = try Display.screen(UInt32(side), UInt32(side), limits: limits)
    var dictionary = GLZDictionary(capacity: 1 << 20)
    for id in 1...6 as ClosedRange<UInt64> {
      let raster = Raster(width: side, height: side, kind: .opaque, fill: UInt32(id))
      let encoded = dictionary.encode(raster)
      let data = try #require(encoded)
      try bench.say(
        copy(Image(id: id, flags: .cacheMe, width: UInt32(side), height: UInt32(side), content: .glzRGB(data[...]))))
      #expect(bench.color() == UInt32(id))
    }
    // The first two are there before the others become too many.
    #expect(bench.shared.cachedBytes == 2 * area * 4 + 4 * (area + 4))
    for id in 1...6 as ClosedRange<UInt64> {
      try bench.say(fill(0), copy(fromCache(id)))
      #expect(bench.color() == UInt32(id))
    }
    #expect(bench.shared.cachedBytes == 2 * area * 4 + 4 * (area + 4))
    // A draw that waits for another image keeps its own, though the server gives that up meanwhile.
    try bench.say(fill(0), copy(jpeg()), copy(fromCache(6)), DisplayServerMessage.invalidateAllPixmaps([]))
    #expect(bench.shared.cachedBytes == 0)
    try bench.say(fill(4, rect(1, 0, 1, 1)))
    #expect(Array(bench.colors().prefix(2)) == [0, 4])
    try bench.paint(try #require(bench.takeJobs().first), 9)
    #expect(bench.color() == 6 && bench.engine.isSettled)
  }

  // MARK: Palettes

  private let palette = Palette(id: 3, colors: [0xAA, 0xBB])

  @Test("a palette that is to be kept comes back by its id")
  func paletteCache() throws {
    var bench = try Display.screen()
    try bench.say(copy(indexed(0, .inline(palette, cacheMe: true))), copy(indexed(1, .cached(3))))
    #expect(bench.color() == 0xBB)
  }

  static let forgetOrders: [DisplayServerMessage] = [.invalidatePalette(3), .invalidateAllPalettes, .reset]

  @Test("a palette is given up by INVAL_PALETTE, INVAL_ALL_PALETTES and RESET", arguments: forgetOrders)
  func paletteInvalidation(_ message: DisplayServerMessage) throws {
    var bench = try Display.screen()
    try bench.say(copy(indexed(0, .inline(palette, cacheMe: true))), message)
    #expect(
      displayFault { () throws(SessionError) in try bench.say(copy(indexed(1, .cached(3)))) } == .paletteNotCached(3))
  }

  @Test("a palette that came behind a RESET which still waits is not taken by it")
  func paletteBehindReset() throws {
    var bench = try Display.screen()
    try bench.say(
      copy(jpeg()), DisplayServerMessage.reset, copy(indexed(0, .inline(palette, cacheMe: true))))
    let job = try #require(bench.takeJobs().first)
    try bench.paint(job, 1)
    try bench.say(copy(indexed(1, .cached(3))))
    #expect(bench.color() == 0xBB)
  }

  @Test("a palette that is not to be kept is not")
  func paletteOnce() throws {
    var bench = try Display.screen()
    try bench.say(copy(indexed(0, .inline(palette, cacheMe: false))))
    #expect(
      displayFault { () throws(SessionError) in try bench.say(copy(indexed(1, .cached(3)))) } == .paletteNotCached(3))
  }

  @Test("more palettes than the limit are refused; one more of a known id is not")
  func paletteLimit() throws {
    var limits = SessionLimits.standard
    limits.palettes = 1
    var bench = try Display.screen(limits: limits)
    let other = Palette(id: 4, colors: [])
    try bench.say(
      copy(indexed(0, .inline(palette, cacheMe: true))), copy(indexed(0, .inline(palette, cacheMe: true))))
    #expect(
      displayFault { () throws(SessionError) in try bench.say(copy(indexed(0, .inline(other, cacheMe: true)))) }
        == .paletteCacheFull(limit: 1))
  }
}
