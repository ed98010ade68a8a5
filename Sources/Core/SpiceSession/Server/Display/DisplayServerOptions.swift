import SpiceProtocol

/// How a display channel sends its pictures.
public struct DisplayServerOptions: Hashable, Sendable {
  /// Which codec is used where the client prefers none: `autoGLZ` and `autoLZ` look at each picture, with and without
  /// the dictionary; the others are used for all that they make smaller.
  public var compression = ImageCompression.autoGLZ
  /// The quality of JPEG, 1 to 100, for pictures of photographic kind. Nil: all pictures are lossless.
  public var lossyQuality: Int?
  /// True: what is lossy is sent again without loss when the screen has been quiet for a second.
  public var refines = true
  /// True: what changes all the time becomes a video stream.
  public var streaming = true
  /// True: what has moved up or down is found, and copied on the client's screen.
  public var findsScrolls = true
  /// Messages for which the client sends one ACK (`SET_ACK`); 0: it sends none and is never waited for.
  public var ackWindow: UInt32 = 20

  public init() {}

  public static let standard = DisplayServerOptions()
}
