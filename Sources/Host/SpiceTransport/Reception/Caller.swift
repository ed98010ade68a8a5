/// Somebody who came to speak SPICE.
public struct Caller: Sendable {
  /// How the bytes come.
  public enum Way: Sendable, Hashable {
    /// As they are.
    case plain
    case tls(TLSInformation)
    /// In the binary messages of a WebSocket; `secure` where that runs inside TLS (`wss`).
    case webSocket(secure: Bool)
  }

  /// Reads from the caller's very first byte (in a WebSocket, of its first message). `connection.tls` says what TLS
  /// agreed on, in a WebSocket too.
  public let connection: Connection
  public let way: Way
  /// What the WebSocket was asked for with, where a `ReceptionOptions.site` let it in.
  public let request: WebRequest?
}
