import SpiceProtocol
import SpiceSession

/// What a client said to a port.
public struct ClientPortNews: Sendable {
  public enum Event: Sendable, Hashable {
    case data([UInt8])
    case opened
    case closed
    case breakSignal
  }

  public var client: ClientID
  /// The port's name.
  public var port: String
  public var event: Event
}

extension ClientPortNews.Event {
  /// Nil for what concerns the connection alone.
  init?(_ event: PortServerEvent) {
    switch event {
    case .notice: return nil
    case .data(let bytes): self = .data([UInt8](bytes))
    case .port(.opened): self = .opened
    case .port(.closed): self = .closed
    case .port(.breakSignal): self = .breakSignal
    }
  }
}

extension Server {
  /// Sends bytes to a port of a client's.
  ///
  /// - Returns: false where the client has not opened that port, or more than `SessionLimits.waitingDeviceBytes` would
  ///   wait; nothing is sent then.
  public func send(_ bytes: [UInt8], toPort name: String, of client: ClientID) async -> Bool {
    guard let index = options.ports.firstIndex(of: name) else { return false }
    let channel = portChannel(index)
    for session in sessions(noting: { _ in }) where session.id == client {
      return await session.ports.perform(on: channel) { engine, _ in engine.send(bytes) } ?? false
    }
    return false
  }

  /// The channel of a port: WebDAV has a kind of its own.
  func portChannel(_ index: Int) -> ChannelID {
    ChannelID(options.ports[index].hasPrefix("org.spice-space.webdav.") ? .webdav : .port, UInt8(index))
  }

  func portName(_ channel: ChannelID) -> String {
    options.ports.indices.first { portChannel($0) == channel }.map { options.ports[$0] } ?? ""
  }
}
