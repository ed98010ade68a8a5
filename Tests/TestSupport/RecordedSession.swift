import Foundation

/// A session in `Tests/Fixtures/sessions`: what a real server sent, and the picture a client must arrive at.
public struct RecordedSession: Sendable {
  public struct Connection: Sendable {
    /// `SPICE_CHANNEL_MAIN` is 1, `SPICE_CHANNEL_DISPLAY` 2, …
    public let channel: UInt8
    public let id: UInt8
    /// From the link reply's header on: link reply, result, messages with mini headers.
    public let server: [UInt8]
    /// From the link message's header on.
    public let client: [UInt8]
  }

  public let name: String
  public let origin: String
  public let width: Int
  public let height: Int
  /// `Picture.hash` of the last picture.
  public let hash: UInt64
  /// JPEG is part of the last picture: another decoder may round differently.
  public let isLossy: Bool
  /// In the order in which they were opened.
  public let connections: [Connection]

  /// Those that `Tests/Fixtures/sessions/README.md` lists.
  public static let names = [
    "grub-menu", "grub-boot", "splash-jpeg", "desktop-still", "desktop-auto-glz", "desktop-glz", "desktop-zlib-glz",
    "desktop-lz", "desktop-quic", "desktop-lz4", "desktop-jpeg", "desktop-mjpeg", "desktop-off", "photograph-jpeg",
    "photograph-quic",
  ]

  public init(_ name: String) throws {
    let folder = Fixtures.url("sessions").appending(path: name)
    let index = try JSONDecoder().decode(Index.self, from: Data(contentsOf: folder.appending(path: "session.json")))
    guard let hash = UInt64(index.picture.fnv1a, radix: 16) else {
      throw PeerError("\(name)/session.json: '\(index.picture.fnv1a)' is no hexadecimal number")
    }
    self.name = name
    self.hash = hash
    origin = index.origin
    width = index.picture.width
    height = index.picture.height
    isLossy = index.picture.lossy
    connections = try index.connections.map { entry in
      Connection(
        channel: entry.channel, id: entry.id,
        server: [UInt8](try Data(contentsOf: folder.appending(path: entry.server))),
        client: [UInt8](try Data(contentsOf: folder.appending(path: entry.client))))
    }
  }

  /// The last picture itself.
  public func picture() async throws -> Picture {
    try await Picture.read(Fixtures.url("sessions/\(name)/picture.png"))
  }

  private struct Index: Decodable {
    struct Picture: Decodable {
      let width: Int
      let height: Int
      let fnv1a: String
      let lossy: Bool
    }
    struct Entry: Decodable {
      let channel: UInt8
      let id: UInt8
      let server: String
      let client: String
    }
    let origin: String
    let picture: Picture
    let connections: [Entry]
  }
}
