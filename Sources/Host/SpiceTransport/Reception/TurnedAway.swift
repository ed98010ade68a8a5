/// A caller who got no further than the reception, and why. Its description is a sentence for the log.
public struct TurnedAway: Sendable, Hashable {
  public let peer: Address
  public let reason: Reason

  public enum Reason: Sendable, Hashable {
    /// A VNC client, told in its own protocol that this is none of its servers; the version it gave, as in `003.008`.
    case vnc(version: String)
    /// It began as a VNC client does and went on as none does; its first bytes.
    case notVNC(seen: [UInt8])
    /// After the grace the server greeted as VNC servers do, and what came was no VNC client; its first bytes.
    case spokeTooLate(seen: [UInt8])
    /// Nothing that decides came in time.
    case timedOut(Stage, after: Duration, received: Int)
    /// The caller closed the connection.
    case hungUp(Stage, received: Int)
    /// TLS at a port whose server has no certificate; told by an alert.
    case noTLS
    /// The TLS handshake went wrong.
    case tlsFailed(TransportError)
    /// At a port for TLS alone came something else; its first bytes.
    case plainBytes(seen: [UInt8])
    /// A web browser or the like, answered in HTTP: 200 is the page that explains this port. `detail` has what was
    /// wrong with the request, else nothing.
    case web(status: Int, detail: String)
    /// A web page of another origin wanted a WebSocket, and the server's policy is against it.
    case origin(String?)
    /// So many others came that the one who was undecided for longest had to go.
    case crowded(limit: Int, isPerAddress: Bool)
    /// The server takes no callers, and as many as may wait are waiting already.
    case notTaken(waiting: Int)
    /// The reception was closed.
    case closing
  }

  /// What was being waited for.
  public enum Stage: Sendable, Hashable {
    /// Bytes that tell which protocol this is.
    case opening
    case tlsHandshake
    /// The rest of an HTTP request's head.
    case request
    /// The twelve bytes of a VNC client's version.
    case vncVersion
  }
}

extension TurnedAway: CustomStringConvertible {
  public var description: String { "turned \(peer) away: \(reason)" }
}

extension TurnedAway.Reason: CustomStringConvertible {
  public var description: String {
    switch self {
    case .vnc(let version):
      "it is a VNC client (RFB \(version)), and was told so; this is a SPICE server"
    case .notVNC(let seen): "it began like a VNC client and went on like none: \(firstBytes(seen))"
    case .spokeTooLate(let seen):
      "it was silent for so long that it was greeted as a VNC client is, and then it was none (\(callerDescription(seen))); "
        + "the line is very slow, or the grace for silent callers too short"
    case .timedOut(.opening, let time, 0): "it was silent for \(time.inWords)"
    case .timedOut(let stage, let time, let received):
      "\(stage.description) was not complete within \(time.inWords) (\(received) bytes came)"
    case .hungUp(.opening, 0): "it closed the connection without a word"
    case .hungUp(let stage, let received):
      "it closed the connection before \(stage.description) was complete (\(received) bytes came)"
    case .noTLS: "it wants TLS, and this server has no certificate; it was told by an alert (handshake failure)"
    case .tlsFailed(let error): "\(error)"
    case .plainBytes(let seen): "this port is for TLS alone, and it spoke without (\(callerDescription(seen)))"
    case .web(200, _): "it asked in HTTP, and was shown the page that says what this port is"
    case .web(let status, let detail): "it asked in HTTP, and was answered \(status): \(detail)"
    case .origin(let origin):
      "a WebSocket was asked for by a page of \(origin.map { "“\(printable($0))”" } ?? "no named origin"), "
        + "which the server's policy forbids"
    case .crowded(let limit, true): "its address had more than \(limit) undecided connections, and this one was oldest"
    case .crowded(let limit, false): "there were more than \(limit) undecided connections, and this one was oldest"
    case .notTaken(let waiting): "the server takes no callers: \(waiting) wait already"
    case .closing: "the server closes"
    }
  }
}

extension TurnedAway.Stage: CustomStringConvertible {
  public var description: String {
    switch self {
    case .opening: "the opening that tells its protocol"
    case .tlsHandshake: "the TLS handshake"
    case .request: "its HTTP request"
    case .vncVersion: "its VNC version"
    }
  }
}

/// What a caller is, by its first bytes.
private func callerDescription(_ seen: [UInt8]) -> String {
  var sorter = CallerSorter()
  for byte in seen {
    switch sorter.feed(byte) {
    case nil: continue
    case .vnc: return "a VNC client"
    case .http: return "HTTP"
    case .tls: return "TLS"
    case .spice where seen.starts(with: "REDQ".utf8): return "a SPICE client, by its “REDQ”"
    case .spice: return firstBytes(seen)
    }
  }
  return firstBytes(seen)
}

/// What a caller said, fit for a log: its control characters could speak to the terminal that shows it.
func printable(_ text: String, limit: Int = 200) -> String {
  String(decoding: text.utf8.prefix(limit).map { (0x20..<0x7F).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
}
