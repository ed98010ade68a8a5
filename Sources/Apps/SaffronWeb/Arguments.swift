import SpicePixels
import SpiceProtocol
import SpiceSession

/// Finds the session.
func onSession(_ handle: UInt32, _ action: (inout WebSession) -> Status) -> Int32 {
  table.change(handle, action).rawValue
}

/// Finds the channel and does to it what the arguments make; nil is a bad argument.
func onChannel(
  _ handle: UInt32, _ type: UInt32, _ id: UInt32, _ milliseconds: Double, _ step: () -> LineStep?
) -> Int32 {
  onSession(handle) { session in
    guard let channel = ChannelID(type, id), let step = step() else { return .badArgument }
    return session.take(step, on: channel, at: Moment(milliseconds: milliseconds))
  }
}

/// Answers a decode job with what the arguments make.
func onJob(
  _ handle: UInt32, _ display: UInt32, _ job: UInt32, _ milliseconds: Double, _ result: () -> DecodeResult?
) -> Int32 {
  onChannel(handle, UInt32(ChannelType.display.rawValue), display, milliseconds) {
    guard let job = Int(exactly: job), let result = result() else { return nil }
    return .complete(job: job, result)
  }
}

/// A copy of an argument's bytes; nil where there is no memory, or too much.
func bytes(_ start: UnsafeRawPointer?, _ count: UInt32) -> [UInt8]? {
  if count == 0 { return [] }
  guard let start, count <= argumentLimit else { return nil }
  return [UInt8](UnsafeRawBufferPointer(start: start, count: Int(count)))
}

/// A raster of an argument's pixels; nil where they cannot be.
func pixels(_ start: UnsafeRawPointer?, _ width: UInt32, _ height: UInt32) -> Raster? {
  guard let start, let width = Int(exactly: width), let height = Int(exactly: height),
    PixelLimits.standard.allow(width: width, height: height)
  else { return nil }
  return Raster(width: width, height: height, rgba: start)
}

extension ChannelID {
  /// Nil where a number is none of a channel.
  init?(_ type: UInt32, _ id: UInt32) {
    guard let type = UInt8(exactly: type), let id = UInt8(exactly: id) else { return nil }
    self.init(rawType: type, id: id)
  }
}

extension Moment {
  /// What `performance.now()` gives; what is no time is the beginning.
  init(milliseconds: Double) {
    let isTime = milliseconds >= 0 && milliseconds < 9e12
    self.init(microseconds: isTime ? UInt64(milliseconds * 1000) : 0)
  }
}
