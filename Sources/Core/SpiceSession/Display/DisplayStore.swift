import SpiceCodecs
import SpicePixels
import SpiceProtocol

/// What all display channels of a session share: the image cache and the GLZ dictionary.
public struct DisplayStore: Sendable {
  var images: ImageCache
  private var channels: Set<ChannelID> = []
  var dictionary: GLZWindow
  /// When frames of video are shown. Whoever changes it lets the channels `process`; while it is not set, frames are shown
  /// as they come.
  public var clock = MultimediaClock()
  let limits: SessionLimits

  public init(limits: SessionLimits = .standard) {
    self.limits = limits
    images = ImageCache(unpackedLimit: limits.unpackedImages, limits: limits.pixels)
    // A channel that lags behind still refers to what the sender has dropped for the others.
    dictionary = GLZWindow(
      capacity: limits.glzWindow * 4, unpackedLimit: limits.unpackedDictionary, limits: limits.pixels)
  }

  /// Bytes that the cached images take.
  package var cachedBytes: Int { images.byteCount }

  mutating func join(_ channel: ChannelID) { channels.insert(channel) }

  /// True where an image that is not here may be on its way over another channel.
  var isShared: Bool { channels.count > 1 }

  /// The server keeps to the size it was told; twice that much is more than any order of its messages explains.
  mutating func insert(
    _ id: UInt64, _ raster: Raster, _ order: ImageOrder
  ) throws(DisplayFault) {
    images.insert(id, raster, from: order.origin, packed: order.packed, isLossy: order.isLossy)
    guard images.pixelCount <= 2 * limits.imageCache else { throw .imageCacheFull(limit: limits.imageCache) }
  }
}
