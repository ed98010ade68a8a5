import SpiceCodecs
import SpiceProtocol

/// Why a channel cannot go on. Each description says what was seen, what it means and what to do.
public enum SessionError: Error, Sendable, CustomStringConvertible {
  case link(ChannelID, LinkFailure)
  /// A message that is not what its number says.
  case message(ChannelID, serial: UInt64, WireError)
  /// A message longer than its channel allows.
  case messageTooLong(ChannelID, type: UInt16, size: UInt64, limit: Int)
  /// An image that does not decode.
  case image(ChannelID, serial: UInt64, CodecError)
  /// An image that the host's decoder refuses; the text is the decoder's own.
  case foreignImage(ChannelID, serial: UInt64, String)
  case display(ChannelID, serial: UInt64, DisplayFault)
  case cursor(ChannelID, serial: UInt64, CursorFault)
  case playback(ChannelID, serial: UInt64, PlaybackFault)
  /// Something that a client may not do.
  case client(ChannelID, serial: UInt64, ClientFault)
  /// A client's connection to the server ended while the channel was open.
  case connectionLost(ChannelID, afterMessages: UInt64)
  /// A server's connection to the client ended while the channel was open.
  case clientLeft(ChannelID, afterMessages: UInt64)

  public var description: String {
    switch self {
    case .link(let channel, let failure): "\(channel): \(failure)"
    case .message(let channel, let serial, let error):
      "\(channel): message \(serial) is malformed: \(error); "
        + "the peer does not follow the protocol, or bytes were changed on the way"
    case .messageTooLong(let channel, let type, let size, let limit):
      "\(channel): the peer announces a message of \(size) bytes (type \(type)); at most \(limit) are accepted here. "
        + "Either it does not speak SPICE or the stream has lost its step"
    case .image(let channel, let serial, let error):
      "\(channel): an image in message \(serial) does not decode: \(error)"
    case .foreignImage(let channel, let serial, let text):
      "\(channel): an image in message \(serial) does not decode: \(text)"
    case .display(let channel, let serial, let fault): "\(channel): message \(serial): \(fault)"
    case .cursor(let channel, let serial, let fault): "\(channel): message \(serial): \(fault)"
    case .playback(let channel, let serial, let fault): "\(channel): message \(serial): \(fault)"
    case .client(let channel, let serial, let fault): "\(channel): message \(serial): \(fault)"
    case .clientLeft(let channel, let messages):
      "\(channel): the client closed the connection after \(messages) messages, or the way to it was lost"
    case .connectionLost(let channel, let messages):
      "\(channel): the connection was lost after \(messages) messages; "
        + "the server has ended, or another client took its place"
    }
  }
}

/// Something the display channel asks for that cannot be.
public enum DisplayFault: Error, Sendable, Hashable, CustomStringConvertible {
  case unknownSurface(UInt32)
  case surfaceExists(UInt32)
  case surfaceFormat(UInt32)
  case surfaceSize(width: UInt32, height: UInt32)
  case tooManySurfaces(limit: Int)
  case imageSize(width: UInt32, height: UInt32)
  /// A zlib stream that would become more bytes than a message may have.
  case unpackedSize(UInt32, limit: Int)
  case imageNotCached(UInt64)
  case paletteNotCached(UInt64)
  case imageCacheFull(limit: Int)
  case paletteCacheFull(limit: Int)
  case tooManyStreams(limit: Int)
  case clipTooLong(Int, limit: Int)
  case streamExists(UInt32)
  case unknownStream(UInt32)
  /// The host answered a decode job that was never given or is done.
  case unknownJob(Int)

  public var description: String {
    switch self {
    case .unknownSurface(let id): "it draws on surface \(id), which does not exist"
    case .surfaceExists(let id): "it creates surface \(id), which exists already"
    case .surfaceFormat(let format): "it creates a surface of format \(format), which the protocol does not have"
    case .surfaceSize(let width, let height): "it creates a surface of \(width)×\(height), past the limits kept here"
    case .tooManySurfaces(let limit):
      "it creates more surfaces than the \(limit) allowed, or more pixels than they may hold"
    case .imageSize(let width, let height): "it draws an image of \(width)×\(height), past the limits kept here"
    case .unpackedSize(let size, let limit):
      "it draws an image of \(size) bytes once unpacked; at most \(limit) are accepted"
    case .imageNotCached(let id): "it uses cached image \(id), which was never sent or was given up"
    case .paletteNotCached(let id): "it uses cached palette \(id), which was never sent or was given up"
    case .imageCacheFull(let limit): "it has more cached than the \(limit) pixels announced to it"
    case .paletteCacheFull(let limit): "it has more palettes cached than the \(limit) allowed"
    case .tooManyStreams(let limit): "it opens more than \(limit) video streams at once"
    case .clipTooLong(let count, let limit):
      "it clips a video stream by \(count) rectangles; at most \(limit) are accepted"
    case .streamExists(let id): "it opens video stream \(id), which is open already"
    case .unknownStream(let id): "it speaks of video stream \(id), which is not open"
    case .unknownJob(let id): "decode job \(id) is not known here"
    }
  }
}

/// Something the cursor channel asks for that cannot be.
public enum CursorFault: Error, Sendable, Hashable, CustomStringConvertible {
  case size(width: UInt16, height: UInt16, limit: Int)
  case truncated(needed: Int, available: Int)
  case notCached(UInt64)
  case cacheFull(limit: Int)
  case cachedPixels(limit: Int)

  public var description: String {
    switch self {
    case .size(let width, let height, let limit):
      "its cursor is \(width)×\(height) pixels; at most \(limit) on a side are accepted"
    case .truncated(let needed, let available): "its cursor needs \(needed) bytes and has \(available)"
    case .notCached(let id): "it uses cached cursor \(id), which was never sent or was given up"
    case .cacheFull(let limit): "it has more than \(limit) cursors cached"
    case .cachedPixels(let limit): "it has cursors of more than \(limit) pixels cached"
    }
  }
}

/// Something the playback channel asks for that cannot be.
public enum PlaybackFault: Error, Sendable, Hashable, CustomStringConvertible {
  /// Samples that are not `AudioFormat.signed16`.
  case sampleFormat(UInt16)
  case format(channels: UInt32, rate: UInt32)
  /// A mode that this client did not say it decodes.
  case mode(UInt16)

  public var description: String {
    switch self {
    case .sampleFormat(let format):
      "it plays samples of format \(format), and the protocol has 1 alone (16 bits, signed)"
    case .format(let channels, let rate):
      "it plays \(channels) channels at \(rate) samples a second, past the limits kept here"
    case .mode(let mode): "it sends sound in mode \(mode), which this client did not say it decodes"
    }
  }
}
