import SpiceCanvas
import SpicePixels
import SpiceProtocol
import SpiceSession
import Testing

@Suite("Surfaces of a display channel")
struct DisplaySurfaceTests {
  @Test("a surface that exists cannot be created, one that does not can neither be drawn on nor read nor destroyed")
  func existence() throws {
    var bench = try Display.screen()
    #expect(displayFault { () throws(SessionError) in try bench.say(create(0)) } == .surfaceExists(0))
    bench = try Display.screen()
    #expect(displayFault { () throws(SessionError) in try bench.say(fill(1, on: 4)) } == .unknownSurface(4))
    bench = try Display.screen()
    #expect(displayFault { () throws(SessionError) in try bench.say(copy(surface(4))) } == .unknownSurface(4))
    bench = try Display.screen()
    #expect(displayFault { () throws(SessionError) in try bench.say(destroy(4)) } == .unknownSurface(4))
  }

  @Test("a surface that was destroyed can be created anew, of another size, and is black")
  func again() throws {
    var bench = try Display.screen()
    try bench.say(fill(9), destroy(0), create(0, 2, 2))
    let events = bench.takeEvents()
    guard case .primaryDestroyed(id: 0) = events[0], case .primaryCreated(id: 0, Size(width: 2, height: 2)) = events[1]
    else {
      Issue.record("\(events)")
      return
    }
    #expect(bench.colors() == [0, 0, 0, 0])
  }

  @Test("formats of the protocol are taken, others refused with their number")
  func formats() throws {
    for format in [1, 8, 16, 32, 80, 96] as [UInt32] {
      var bench = try Display.display()
      try bench.say(create(3, format: format))
      #expect(bench.engine.surfaces[3]?.format.rawValue == format)
    }
    for format in [0, 2, 33, .max] as [UInt32] {
      var bench = try Display.display()
      #expect(
        displayFault { () throws(SessionError) in try bench.say(create(3, format: format)) } == .surfaceFormat(format))
    }
  }

  @Test(
    "a size past the limits, or of none, is refused before memory is taken",
    arguments: [
      (16_385, 1), (1, 16_385), (.max, .max), (0x8000_0000, 2), (16_384, 16_384), (0, 4), (4, 0),
    ] as [(UInt32, UInt32)])
  func sizes(_ width: UInt32, _ height: UInt32) throws {
    var bench = try Display.display()
    let fault = displayFault { () throws(SessionError) in try bench.say(create(1, width, height)) }
    #expect(fault == .surfaceSize(width: width, height: height))
  }

  @Test("more surfaces than the limit are refused; one that is destroyed makes room")
  func count() throws {
    var limits = SessionLimits.standard
    limits.surfaces = 3
    var bench = try Display.display(limits: limits)
    try bench.say(create(0), create(1), create(2), destroy(1), create(3))
    #expect(displayFault { () throws(SessionError) in try bench.say(create(4)) } == .tooManySurfaces(limit: 3))
  }

  @Test("more pixels of surfaces than the limit are refused; those of one that is destroyed count no more")
  func area() throws {
    var limits = SessionLimits.standard
    limits.surfaceArea = 40
    var bench = try Display.display(limits: limits)
    try bench.say(create(0), create(1), destroy(0), create(2, 6, 4))
    #expect(displayFault { () throws(SessionError) in try bench.say(create(3, 1, 1)) } != nil)
  }

  @Test("MODE makes the one screen of old servers, again and again")
  func mode() throws {
    var bench = try Display.display()
    try bench.say(DisplayServerMessage.mode(width: 6, height: 5, bits: 32), fill(3))
    #expect(bench.engine.surfaces[0]?.size == Size(width: 6, height: 5))
    try bench.say(DisplayServerMessage.mode(width: 2, height: 2, bits: 16))
    #expect(bench.engine.surfaces[0]?.format == .rgb555)
    #expect(bench.engine.primary == 0)
    #expect(
      displayFault { () throws(SessionError) in
        try bench.say(DisplayServerMessage.mode(width: .max, height: 1, bits: 32))
      } == .surfaceSize(width: .max, height: 1))
  }

  @Test("RESET blackens the screen and leaves what is off it")
  func reset() throws {
    var bench = try Display.screen()
    try bench.say(create(1), fill(5), fill(6, on: 1), DisplayServerMessage.reset)
    #expect(bench.colors().allSatisfy { $0 == 0 })
    #expect(bench.color(1) == 6)
  }

  @Test("a fault names the message by its serial", arguments: [HeaderKind.mini, .full])
  func serial(_ header: HeaderKind) throws {
    var bench = try Display.display(header: header)
    try bench.say(create(0), fill(1))
    let error = sessionError { () throws(SessionError) in try bench.say(destroy(8)) }
    #expect(error?.description == "display/0: message 3: it draws on surface 8, which does not exist")
  }
}
