import SpiceProtocol

/// What has been seen on a display channel: the instrument's view of a session.
public struct DisplayStatistics: Sendable, Hashable {
  /// How many images of each type.
  public private(set) var images: [ImageType: Int] = [:]
  /// How many draw commands of each kind.
  public private(set) var draws: [DisplayServerMessage.Kind: Int] = [:]
  /// Of them, those that nobody draws: composites by an operator that does not exist, and letters made of lines.
  public private(set) var undrawn: [DisplayServerMessage.Kind: Int] = [:]
  /// Streams opened, by codec.
  public private(set) var streams: [VideoCodec: Int] = [:]
  public internal(set) var frames = 0
  /// Frames whose bytes did not decode, or whose codec is not decoded here.
  public internal(set) var lostFrames = 0
  /// Frames that were not shown because the time of the next had come as well.
  public internal(set) var lateFrames = 0

  public init() {}

  mutating func count(_ type: ImageType) { images[type, default: 0] += 1 }
  mutating func count(_ command: DisplayServerMessage.Kind) { draws[command, default: 0] += 1 }
  mutating func countUndrawn(_ command: DisplayServerMessage.Kind) { undrawn[command, default: 0] += 1 }
  mutating func count(_ codec: VideoCodec) { streams[codec, default: 0] += 1 }
}
