import SpicePixels
import SpiceProtocol
import SpiceSession
import Testing

@Suite("Video streams of a display channel")
struct StreamTests {
  @Test("a frame goes to the host with the stream's size, and to its place when it is decoded")
  func frames() throws {
    var bench = try Display.screen()
    try bench.say(stream(to: rect(1, 1, 2, 2)), frame(data: [7, 8]))
    let job = try #require(bench.takeJobs().first)
    #expect(job.work == .jpeg([7, 8], width: 2, height: 2))
    try bench.paint(job, 0x55)
    #expect(bench.colors().filter { $0 == 0x55 }.count == 4)
    #expect(bench.colors()[5] == 0x55)
    #expect(bench.engine.statistics.frames == 1 && bench.engine.statistics.streams == [.mjpeg: 1])
  }

  @Test("rows from the bottom are turned over where the stream says so")
  func bottomUp() throws {
    for flags in [0, StreamCreate.topDown] as [UInt8] {
      var bench = try Display.screen()
      try bench.say(stream(1, flags: flags), frame())
      let job = try #require(bench.takeJobs().first)
      let raster = try #require(Raster(width: 2, height: 2, kind: .opaque, pixels: [1, 1, 2, 2]))
      try bench.complete(job.id, .pixels(raster))
      #expect(bench.color() == (flags == 0 ? 2 : 1))
    }
  }

  @Test("a sized frame has a size and a place of its own")
  func sizedFrame() throws {
    var bench = try Display.screen()
    try bench.say(
      stream(), frame(sizing: StreamFrame.Sizing(width: 1, height: 1, destination: rect(3, 3, 1, 1))))
    let job = try #require(bench.takeJobs().first)
    #expect(job.work == .jpeg([1], width: 1, height: 1))
    try bench.paint(job, 6)
    #expect(bench.colors().last == 6 && bench.color() == 0)
  }

  @Test("a clip holds until the next one")
  func clip() throws {
    var bench = try Display.screen()
    try bench.say(stream(clip: .rects([rect(0, 0, 1, 1)])), frame())
    try bench.paint(try #require(bench.takeJobs().first), 3)
    #expect(bench.colors().filter { $0 == 3 }.count == 1)
    try bench.say(DisplayServerMessage.streamClip(id: 1, clip: .rects([])), frame())
    try bench.paint(try #require(bench.takeJobs().first), 4)
    #expect(bench.colors().filter { $0 == 4 }.isEmpty)
    try bench.say(DisplayServerMessage.streamClip(id: 1, clip: .none), frame())
    try bench.paint(try #require(bench.takeJobs().first), 5)
    #expect(bench.colors().filter { $0 == 5 }.count == 4)
  }

  @Test("frames and draws keep their order on a surface")
  func order() throws {
    var bench = try Display.screen()
    try bench.say(stream(), frame(), fill(9, rect(0, 0, 1, 1)), frame())
    let jobs = bench.takeJobs()
    try bench.paint(jobs[1], 2)
    #expect(bench.color() == 0)
    try bench.paint(jobs[0], 1)
    #expect(bench.color() == 2)
  }

  @Test("a frame that does not decode is lost alone")
  func lostFrame() throws {
    var bench = try Display.screen()
    try bench.say(fill(7), stream(), frame(), frame())
    let jobs = bench.takeJobs()
    try bench.complete(jobs[0].id, .failed("truncated"))
    #expect(bench.color() == 7)
    try bench.paint(jobs[1], 2)
    #expect(bench.color() == 2)
    #expect(bench.engine.statistics.lostFrames == 1 && bench.engine.statistics.frames == 2)
  }

  @Test("frames of a codec that was not offered are counted as lost, and nobody is asked for them")
  func otherCodec() throws {
    var bench = try Display.screen()
    try bench.say(stream(codec: .vp9), frame())
    #expect(bench.takeJobs().isEmpty)
    #expect(bench.engine.statistics.lostFrames == 1)
  }

  @Test("frames that depend on one another go to the host one by one, and each is shown in its turn")
  func remembering() throws {
    var bench = try Display.screen(videoCodecs: [.vp9])
    try bench.say(stream(codec: .vp9), frame(data: [1]), frame(data: [2]), frame(data: [3]))
    var number = 0
    while let job = bench.takeJobs().first {
      number += 1
      #expect(job.work == .video([UInt8(number)], .vp9, stream: 0))
      let color = UInt32(number)
      try bench.complete(job.id, .pixels(Raster(width: 2, height: 2, kind: .opaque, fill: color)))
      #expect(bench.color() == color)
    }
    #expect(number == 3)
    #expect(bench.engine.statistics.lostFrames == 0 && bench.engine.isSettled)
  }

  @Test("a frame that the decoder keeps for later, or cannot read, leaves the picture and the next frame alone")
  func keptFrame() throws {
    var bench = try Display.screen(videoCodecs: [.h264])
    try bench.say(fill(7), stream(codec: .h264), frame(), frame(), frame())
    try bench.complete(try #require(bench.takeJobs().first).id, .nothing)
    #expect(bench.color() == 7 && bench.engine.statistics.lostFrames == 0)
    try bench.complete(try #require(bench.takeJobs().first).id, .failed("damaged"))
    #expect(bench.color() == 7 && bench.engine.statistics.lostFrames == 1)
    let last = try #require(bench.takeJobs().first)
    try bench.complete(last.id, .pixels(Raster(width: 2, height: 2, kind: .opaque, fill: 9)))
    #expect(bench.color() == 9)
  }

  @Test("a decoder goes with its stream, but not before the last frame; a stream of the same id has one of its own")
  func endOfVideo() throws {
    var bench = try Display.screen(videoCodecs: [.vp8])
    try bench.say(
      stream(codec: .vp8), frame(), frame(), DisplayServerMessage.streamDestroy(1), stream(codec: .vp8), frame())
    var works: [DecodeJob.Work] = []
    while true {
      let jobs = bench.takeJobs()
      if jobs.isEmpty { break }
      for job in jobs {
        works.append(job.work)
        #expect(bench.endedVideos.isEmpty || job.work != .video([1], .vp8, stream: 0))
        try bench.complete(job.id, .nothing)
      }
    }
    #expect(works.filter { $0 == .video([1], .vp8, stream: 0) }.count == 2)
    #expect(works.filter { $0 == .video([1], .vp8, stream: 1) }.count == 1)
    #expect(bench.endedVideos == [0])
    try bench.say(DisplayServerMessage.streamDestroyAll)
    #expect(bench.endedVideos == [0, 1])
  }

  @Test("a frame whose size is past the limits never goes to the host")
  func frameSize() throws {
    var bench = try Display.screen()
    try bench.say(stream(1, .max, .max))
    #expect(displayFault { () throws(SessionError) in try bench.say(frame()) } != nil)
    bench = try Display.screen()
    try bench.say(stream())
    let sizing = StreamFrame.Sizing(width: 20_000, height: 1, destination: rect(0, 0, 1, 1))
    #expect(
      displayFault { () throws(SessionError) in try bench.say(frame(sizing: sizing)) }
        == .imageSize(width: 20_000, height: 1))
    #expect(bench.takeJobs().isEmpty)
  }

  @Test("a stream that is not open cannot be spoken of, and one that is cannot be opened")
  func existence() throws {
    let messages = [frame(5), .streamClip(id: 5, clip: .none), .streamDestroy(5)]
    for message in messages {
      var bench = try Display.screen()
      #expect(displayFault { () throws(SessionError) in try bench.say(stream(4), message) } == .unknownStream(5))
    }
    var bench = try Display.screen()
    #expect(displayFault { () throws(SessionError) in try bench.say(stream(4), stream(4)) } == .streamExists(4))
  }

  @Test("a stream that was closed, alone or with all, can be opened again")
  func closing() throws {
    var bench = try Display.screen()
    try bench.say(stream(1), DisplayServerMessage.streamDestroy(1), stream(1), stream(2))
    try bench.say(DisplayServerMessage.streamDestroyAll, stream(2))
    #expect(displayFault { () throws(SessionError) in try bench.say(frame(1)) } == .unknownStream(1))
  }

  @Test("more than 64 streams at once are refused")
  func limit() throws {
    var bench = try Display.screen()
    for id in 0..<64 { try bench.say(stream(UInt32(id))) }
    #expect(displayFault { () throws(SessionError) in try bench.say(stream(64)) } == .tooManyStreams(limit: 64))
  }

  @Test("a stream outlives its surface until the server closes it; its frames go nowhere meanwhile")
  func surfaceGone() throws {
    var bench = try Display.screen()
    try bench.say(stream(), destroy(0), frame())
    try bench.paint(try #require(bench.takeJobs().first), 1)
    try bench.say(DisplayServerMessage.streamDestroy(1))
  }

  @Test("a stream that opens on the surface's successor is not closed with it, though that waits")
  func surfaceReplaced() throws {
    var bench = try Display.screen()
    try bench.say(copy(jpeg()), destroy(0), create(0), stream(), frame())
    let jobs = bench.takeJobs()
    try bench.paint(jobs[0], 1)
    try bench.paint(jobs[1], 2)
    #expect(bench.color() == 2)
    try bench.say(frame())
    #expect(bench.takeJobs().count == 1)
  }

  @Test("a clip of more rectangles than the limit is refused")
  func clipLimit() throws {
    var limits = SessionLimits.standard
    limits.clipRects = 2
    var bench = try Display.screen(limits: limits)
    let clip = ClipRects.rects(Array(repeating: rect(0, 0, 1, 1), count: 3))
    #expect(displayFault { () throws(SessionError) in try bench.say(stream(clip: clip)) } == .clipTooLong(3, limit: 2))
  }
}
