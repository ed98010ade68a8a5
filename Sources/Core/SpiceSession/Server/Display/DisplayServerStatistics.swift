import SpiceProtocol

/// What a display channel has sent.
public struct DisplayServerStatistics: Sendable {
  /// Pictures by the form they were sent in.
  public private(set) var images: [ImageType: Int] = [:]
  public internal(set) var fills = 0
  public internal(set) var copies = 0
  /// Pixels of all pictures, and bytes of their messages.
  public internal(set) var pixels: UInt64 = 0
  public internal(set) var bytes: UInt64 = 0
  /// Frames of video that were sent, and those for which there was no time.
  public internal(set) var frames = 0
  public internal(set) var lateFrames = 0

  mutating func count(_ type: ImageType) {
    images[type, default: 0] += 1
  }
}
