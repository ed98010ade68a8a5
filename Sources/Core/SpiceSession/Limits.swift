import SpicePixels
import SpiceProtocol

/// A point in time, as the host's clock has it: microseconds from any start that stays the same.
@frozen
public struct Moment: Hashable, Comparable, Sendable {
  public var microseconds: UInt64

  @inlinable
  public init(microseconds: UInt64) { self.microseconds = microseconds }

  @inlinable
  public static func < (left: Moment, right: Moment) -> Bool { left.microseconds < right.microseconds }

  /// Microseconds from `earlier`; 0 where the clock went backwards.
  @inlinable
  public func since(_ earlier: Moment) -> UInt64 {
    microseconds > earlier.microseconds ? microseconds - earlier.microseconds : 0
  }
}

/// What one peer may ask of this end. Each is checked before memory is touched or taken.
public struct SessionLimits: Hashable, Sendable {
  /// Bytes of a link structure behind its header.
  public var linkBody = 4096
  /// Bytes of one message's body on a display channel.
  public var displayMessage = 64 << 20
  /// Bytes of one message's body on any other channel.
  public var otherMessage = 1 << 20
  /// Bytes of one message's body from a client, on channels where a client says little: display, inputs, cursor, playback.
  public var shortClientMessage = 4 << 10
  /// Bytes of one message's body from a client on any other channel: main, record and the devices.
  public var longClientMessage = 1 << 20
  /// Bytes of one message of the guest agent's, in either direction.
  public var agentMessage = 100 << 20
  /// Bytes of agent messages that may wait for a client's tokens before more are refused.
  public var waitingAgentBytes = 128 << 20
  /// Bytes of a device's that may wait for a client before more are refused.
  public var waitingDeviceBytes = 1 << 20
  /// Sides and area of one image or surface.
  public var pixels = PixelLimits.standard
  /// Pixels of all surfaces of a session (512 MiB).
  public var surfaceArea = 128 << 20
  /// Surfaces of a session.
  public var surfaces = 16_384
  /// Pixels of the image cache, announced to the server (80 MiB).
  public var imageCache = 20 << 20
  /// Pixels up to which cached images are held as such (8 MiB). Past that they are held as they came, where that is smaller,
  /// but for as many pixels of those used last; the others are decoded again where they are used again.
  public var unpackedImages = 2 << 20
  /// Pixels of the GLZ dictionary's window, announced to the server (64 MiB).
  public var glzWindow = 16 << 20
  /// Pixels of it that are held as such (4 MiB). Past that images of few colours are held in a byte a pixel, there and in the
  /// cache.
  public var unpackedDictionary = 1 << 20
  /// Palettes and cursors remembered.
  public var palettes = 1024
  public var cursors = 1024
  /// Pixels of all cursors remembered.
  public var cursorPixels = 8 << 20
  /// Pixels along a cursor's side.
  public var cursorSide = 1024
  /// Rectangles of a stream's clip.
  public var clipRects = 65_536
  /// Channels of sound, and samples a second of each.
  public var audioChannels: UInt32 = 8
  public var audioRate: UInt32 = 192_000
  /// Streams at once (`SPICE_MAX_NUM_STREAMS`).
  public var streams = 64
  /// Draw commands that may wait for a decoder or another channel before reading stops.
  public var waitingDraws = 512
  /// Bytes of images, packed and unpacked, that may wait in them.
  public var waitingBytes = 256 << 20

  public init() {}

  public static let standard = SessionLimits()

  /// Bytes of one message's body from a client on that channel.
  public func clientMessage(on channel: ChannelID) -> Int {
    switch channel.type {
    case .display, .inputs, .cursor, .playback: shortClientMessage
    default: longClientMessage
    }
  }

  /// Bytes of one message's body from a server on that channel.
  public func message(on channel: ChannelID) -> Int {
    channel.type == .display ? displayMessage : otherMessage
  }
}
