import SpiceCodecs
import SpicePixels
import SpiceProtocol

/// What the host of an engine has to do, drained in order with `next()`.
public enum Effect<Event: Sendable>: Sendable {
  /// Bytes for the peer.
  case send([UInt8])
  /// Encrypt the password (with its NUL) by RSA-OAEP with SHA-1 and this DER SubjectPublicKeyInfo, and `answer(ticket:)`.
  case encryptTicket(publicKey: [UInt8])
  /// News for the program.
  case event(Event)
  /// Decode and `complete`.
  case decode(DecodeJob)
  /// No more frames of that stream come: its decoder can go.
  case endVideo(stream: Int)
}

/// What every channel may have to tell.
public enum ChannelNotice: Sendable {
  case linked(Negotiated)
  case notify(Notification)
  /// The server is about to close; the reason is a `LinkErrorCode`.
  case disconnecting(reason: UInt32)
  /// A message number this channel does not have. It was passed over.
  case unknownMessage(type: UInt16, size: Int)
  /// The server is about to move this channel to another host.
  case migrate(flags: UInt32)
}

/// An image that a decoder of the host's has to turn into pixels or bytes.
public struct DecodeJob: Sendable, Hashable {
  public enum Work: Sendable, Hashable {
    /// A JPEG image of that size; answer with its pixels.
    case jpeg(ArraySlice<UInt8>, width: Int, height: Int)
    /// A zlib stream; answer with its bytes, exactly that many.
    case inflate(ArraySlice<UInt8>, size: Int)
    /// The next frame of a video stream; answer with its pixels, or with nothing where the decoder wants more first. A
    /// stream's frames are given one after the other, each when the one before was answered.
    case video(ArraySlice<UInt8>, VideoCodec, stream: Int)
    /// An image that refers to no other; answer with what its `decode(limits:)` gives, on any thread. Comes to hosts alone
    /// that have told the engine of threads.
    case image(LoneImage)
  }

  public var id: Int
  public var work: Work

  public init(id: Int, work: Work) {
    self.id = id
    self.work = work
  }
}

/// The host's answer to a `DecodeJob`.
public enum DecodeResult: Sendable {
  case pixels(Raster)
  case bytes([UInt8])
  case nothing
  /// An image of SPICE's own codecs is none.
  case damaged(CodecError)
  /// The decoder's own words.
  case failed(String)
}
