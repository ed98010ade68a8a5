/// Takes a stream out of the WebSocket that carries it, where there is one: browsers' SPICE comes so. What begins
/// otherwise goes through as it is.
///
/// Compressed messages (`permessage-deflate`) are not opened; no SPICE server agrees to them.
struct WebSocketCarriage {
  /// Longest HTTP head that is held back to see what becomes of it.
  static let headLimit = 16 << 10

  /// What comes out, in order.
  enum Output {
    case bytes(Speaker, ArraySlice<UInt8>)
    /// A WebSocket stands; the path that the client asked for.
    case opened(path: String)
    /// So many bytes are missing; `Int.max` where nobody knows how many.
    case gap(Speaker, Int)
  }

  private enum Stage {
    /// The client's first bytes do not tell yet.
    case undecided
    /// The client asks for a WebSocket and the server has not answered.
    case asked
    case plain
    case frames
  }

  private struct Direction {
    /// Bytes that wait for the rest of what they belong to.
    var held: [UInt8] = []
    /// Of the frame at hand: bytes that have not come, whether they are the stream's, and their mask.
    var left: UInt64 = 0
    var isData = false
    var mask: [UInt8] = []
    var phase = 0
    var isLost = false
  }

  private var stage = Stage.undecided
  private var client = Direction()
  private var server = Direction()
  private var path = ""

  var isPlain: Bool { stage == .plain }

  private subscript(speaker: Speaker) -> Direction {
    get { speaker == .client ? client : server }
    _modify {
      if speaker == .client { yield &client } else { yield &server }
    }
  }

  mutating func feed(_ bytes: ArraySlice<UInt8>, from speaker: Speaker) -> [Output] {
    switch stage {
    case .plain: return [.bytes(speaker, bytes)]
    case .frames:
      var output: [Output] = []
      unwrap(bytes, speaker, &output)
      return output
    case .undecided:
      self[speaker].held += bytes
      return speaker == .server ? release() : decide()
    case .asked:
      self[speaker].held += bytes
      return speaker == .server ? answer() : client.held.count > Self.headLimit ? release() : []
    }
  }

  /// Nobody captured so many bytes.
  mutating func gap(_ missing: Int, from speaker: Speaker) -> [Output] {
    guard stage == .frames else { return release() + [.gap(speaker, missing)] }
    guard !self[speaker].isLost else { return [] }
    if self[speaker].held.isEmpty, UInt64(missing) <= self[speaker].left {
      self[speaker].left -= UInt64(missing)
      self[speaker].phase += missing
      return self[speaker].isData ? [.gap(speaker, missing)] : []
    }
    self[speaker].isLost = true
    return [.gap(speaker, .max)]
  }

  /// Nothing more comes: what was held back.
  mutating func finish() -> [Output] { stage == .plain || stage == .frames ? [] : release() }

  // MARK: The handshake

  private mutating func decide() -> [Output] {
    let get = Array("GET ".utf8)
    guard zip(client.held, get).allSatisfy({ $0 == $1 }) else { return release() }
    guard let end = Self.endOfHead(client.held) else { return client.held.count > Self.headLimit ? release() : [] }
    let head = String(decoding: client.held[..<end], as: UTF8.self)
    guard head.lowercased().contains("upgrade: websocket") else { return release() }
    path = head.split(separator: " ", maxSplits: 2).dropFirst().first.map(String.init) ?? "/"
    stage = .asked
    return []
  }

  private mutating func answer() -> [Output] {
    let yes = Array("HTTP/1.1 101".utf8)
    guard zip(server.held, yes).allSatisfy({ $0 == $1 }) else { return release() }
    guard let end = Self.endOfHead(server.held), let asked = Self.endOfHead(client.held) else {
      return server.held.count > Self.headLimit ? release() : []
    }
    stage = .frames
    var output = [Output.opened(path: path)]
    for (speaker, start) in [(Speaker.client, asked), (.server, end)] {
      let rest = self[speaker].held[start...]
      self[speaker].held = []
      unwrap(rest, speaker, &output)
    }
    return output
  }

  /// Gives what was held back; there is no WebSocket.
  private mutating func release() -> [Output] {
    stage = .plain
    let output = Speaker.allCases.filter { !self[$0].held.isEmpty }.map { Output.bytes($0, self[$0].held[...]) }
    client.held = []
    server.held = []
    return output
  }

  private static func endOfHead(_ bytes: [UInt8]) -> Int? {
    guard bytes.count >= 4 else { return nil }
    return (3..<bytes.count).first { bytes[$0 - 3...$0].elementsEqual([13, 10, 13, 10]) }.map { $0 + 1 }
  }

  // MARK: Frames

  private mutating func unwrap(_ bytes: ArraySlice<UInt8>, _ speaker: Speaker, _ output: inout [Output]) {
    var rest = bytes
    while !rest.isEmpty, !self[speaker].isLost {
      if self[speaker].left > 0 {
        let taken = rest.prefix(Int(clamping: self[speaker].left))
        rest = rest.dropFirst(taken.count)
        self[speaker].left -= UInt64(taken.count)
        if self[speaker].isData { output.append(.bytes(speaker, Self.unmasked(taken, &self[speaker]))) }
        continue
      }
      guard let byte = rest.popFirst() else { return }
      self[speaker].held.append(byte)
      begin(speaker, &output)
    }
  }

  private static func unmasked(_ bytes: ArraySlice<UInt8>, _ direction: inout Direction) -> ArraySlice<UInt8> {
    guard direction.mask.count == 4 else { return bytes }
    var plain = Array(bytes)
    for index in plain.indices { plain[index] ^= direction.mask[(direction.phase + index) & 3] }
    direction.phase += plain.count
    return plain[...]
  }

  /// Reads a frame's header where all of it has come.
  private mutating func begin(_ speaker: Speaker, _ output: inout [Output]) {
    let head = self[speaker].held
    guard head.count >= 2 else { return }
    let short = Int(head[1] & 0x7f)
    let sizeBytes = short == 126 ? 2 : short == 127 ? 8 : 0
    let isMasked = head[1] & 0x80 != 0
    guard head.count == 2 + sizeBytes + (isMasked ? 4 : 0) else { return }
    let size = sizeBytes == 0 ? UInt64(short) : head[2..<2 + sizeBytes].reduce(0) { $0 << 8 | UInt64($1) }
    self[speaker].held = []
    self[speaker].phase = 0
    self[speaker].mask = isMasked ? Array(head.suffix(4)) : []
    // Continuation, text and binary carry the stream; close, ping and pong do not.
    self[speaker].isData = head[0] & 0x0f <= 2
    self[speaker].left = size
    // Somebody's extension, or a size that cannot be.
    if head[0] & 0x70 != 0 || size > UInt64(Int32.max) {
      self[speaker].isLost = true
      output.append(.gap(speaker, .max))
    }
  }
}
