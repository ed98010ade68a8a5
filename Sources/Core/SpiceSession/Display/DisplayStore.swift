import SpiceCodecs
import SpicePixels
import SpiceProtocol

/// What all display channels of a session share: the image cache and the GLZ dictionary.
public struct DisplayStore: Sendable {
  /// An image kept under its id, or one that is still being decoded.
  enum CachedImage: Sendable {
    case ready(Raster, isLossy: Bool)
    case pending(slot: Int, channel: ChannelID, isLossy: Bool)
  }

  private var images: [UInt64: CachedImage] = [:]
  private(set) var cachedPixels = 0
  private var channels: Set<ChannelID> = []
  var dictionary: GLZWindow
  /// When frames of video are shown. Whoever changes it lets the channels `process`; while it is not set, frames are shown
  /// as they come.
  public var clock = MultimediaClock()
  let limits: SessionLimits

  public init(limits: SessionLimits = .standard) {
    self.limits = limits
    // A channel that lags behind still refers to what the sender has dropped for the others.
    dictionary = GLZWindow(capacity: limits.glzWindow * 4, limits: limits.pixels)
  }

  mutating func join(_ channel: ChannelID) { channels.insert(channel) }

  /// True where an image that is not here may be on its way over another channel.
  var isShared: Bool { channels.count > 1 }

  func image(_ id: UInt64) -> CachedImage? { images[id] }

  /// Keeps a place for an image that is on its way.
  mutating func reserve(_ id: UInt64, slot: Int, channel: ChannelID, isLossy: Bool) {
    remove(id)
    images[id] = .pending(slot: slot, channel: channel, isLossy: isLossy)
  }

  /// The server keeps to the size it was told; twice that much is more than any order of its messages explains.
  mutating func insert(_ id: UInt64, _ raster: Raster, isLossy: Bool) throws(DisplayFault) {
    remove(id)
    cachedPixels += raster.pixels.count
    guard cachedPixels <= 2 * limits.imageCache else { throw .imageCacheFull(limit: limits.imageCache) }
    images[id] = .ready(raster, isLossy: isLossy)
  }

  mutating func remove(_ id: UInt64) {
    if case .ready(let raster, _) = images.removeValue(forKey: id) { cachedPixels -= raster.pixels.count }
  }

  mutating func removeAllImages() {
    images = [:]
    cachedPixels = 0
  }
}
