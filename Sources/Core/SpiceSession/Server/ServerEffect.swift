import SpicePixels

/// What the host of a server's engine has to do, drained in order with `next()`.
public enum ServerEffect<Event: Sendable>: Sendable {
  /// Bytes for the client: one message, which over TLS should be a record of its own.
  case send([UInt8])
  /// News for the program.
  case event(Event)
  /// Encode and `complete`.
  case encode(EncodeJob)
}

/// What every channel's client may have to tell.
public enum ServerNotice: Sendable, Hashable {
  /// The client is about to close; the reason is a `LinkErrorCode`.
  case disconnecting(reason: UInt32)
  /// A message number this channel does not have. It was passed over.
  case unknownMessage(type: UInt16, size: Int)
}

/// Pixels that an encoder of the host's has to turn into bytes.
public struct EncodeJob: Sendable {
  public enum Work: Sendable {
    /// A JPEG image of these pixels; their alpha, if any, is not looked at. Quality is 1 to 100, as libjpeg counts it.
    case jpeg(Raster, quality: Int)
  }

  public var id: Int
  public var work: Work

  public init(id: Int, work: Work) {
    self.id = id
    self.work = work
  }
}
