import SpiceCanvas
import SpiceCodecs
import SpicePixels
import SpiceProtocol

/// What all display channels of one client share: the GLZ dictionary, and what the client keeps in its image cache.
///
/// The room of the cache is one for all of the client's channels. Each channel has an equal part of it and refers only
/// to what it sent itself: so no message of one channel has to wait for one of another. GLZ images of one channel do
/// refer to those of another, as the protocol has it, and clients wait for them; a client that loses one display
/// channel must therefore lose all, and a new one gets a new store.
public struct DisplayServerStore: Sendable {
  /// Fewer pixels are no dictionary and no cache.
  private static let leastPixels = 4096
  /// An image of more than this part of a channel's room would push out too many others.
  private static let largestPart = 4

  private let key: UInt64
  private let limits: SessionLimits
  private var dictionary: GLZDictionary?
  var trust = DictionaryTrust()
  private var mirrors: [ChannelID: ImageCacheMirror] = [:]
  /// Pixels that the client's cache may hold; nil before its first INIT.
  private var cacheCapacity: Int?
  private var lastID: UInt64 = 0

  /// - Parameter key: A number that nobody else knows. Images in the client's cache are known by 128 bits of a hash with
  ///   this key: with a random one, nobody can prepare two pictures that the server would take for one.
  public init(key: UInt64, limits: SessionLimits = .standard) {
    self.key = key
    self.limits = limits
  }

  /// A channel's client has said what it has room for. The first INIT of a session decides; a later one can make the
  /// cache smaller.
  mutating func join(_ channel: ChannelID, _ value: DisplayInit) {
    let announced = Int(clamping: max(0, value.pixmapCacheSize))
    if dictionary == nil, cacheCapacity == nil {
      let window = min(Int(max(0, value.glzWindowSize)), limits.glzWindow)
      if window >= DisplayServerStore.leastPixels { dictionary = GLZDictionary(capacity: window) }
    }
    cacheCapacity = min(announced, cacheCapacity ?? limits.imageCache, limits.imageCache)
    if mirrors[channel] == nil { mirrors[channel] = ImageCacheMirror() }
  }

  // MARK: GLZ

  /// True where a client with that window can follow the dictionary.
  func hasDictionary(within window: Int32) -> Bool {
    dictionary.map { $0.capacity <= Int(max(0, window)) } ?? false
  }

  /// The image as GLZ, of which the dictionary knows from now on: it must be sent. Nil where it is too large, or would
  /// take more than `limit` bytes.
  mutating func encode(_ raster: Raster, limit: Int = .max) -> [UInt8]? {
    dictionary?.encode(raster, limit: limit)
  }

  // MARK: The client's image cache

  func name(_ raster: Raster) -> ContentName { ContentName(raster, key: key) }

  /// The id under which the client has the picture from that channel.
  mutating func use(_ name: ContentName, by channel: ChannelID) -> UInt64? {
    mirrors[channel]?.use(name)
  }

  /// Makes room for a picture that the client is to keep.
  ///
  /// - Returns: The id to give it, and the ids of those that the client must forget before; nil where it is not worth
  ///   its room.
  mutating func insert(_ name: ContentName, by channel: ChannelID) -> (id: UInt64, forgotten: [UInt64])? {
    guard let cacheCapacity, var mirror = mirrors[channel] else { return nil }
    let count = name.width * name.height
    let share = cacheCapacity / max(1, mirrors.count)
    guard count <= share / DisplayServerStore.largestPart else { return nil }
    // What another channel has above its share, from a time with fewer channels, it gives back at its next insertion.
    let others = mirrors.reduce(0) { $0 + ($1.key == channel ? 0 : $1.value.pixels) }
    let room = min(share, cacheCapacity - others) - count
    guard room >= 0 else { return nil }
    mirrors[channel] = nil  // gives up this reference, so that nothing is copied
    let forgotten = mirror.shrink(to: room)
    lastID += 1
    mirror.insert(name, id: lastID)
    mirrors[channel] = mirror
    return (lastID, forgotten)
  }

  /// Pixels that the client keeps.
  public var cachedPixels: Int { mirrors.values.reduce(0) { $0 + $1.pixels } }
}
