import SpiceCodecs

/// Something a client asks of a server that cannot be.
public enum ClientFault: Error, Sendable, Equatable, CustomStringConvertible {
  /// A mouse mode that is not one of the two.
  case mouseMode(UInt32)
  /// AGENT_DATA without a token left.
  case noAgentTokens
  /// An agent message of another protocol than the one there is.
  case agentProtocol(UInt32)
  case agentMessageTooLong(size: UInt32, limit: Int)
  /// Key codes that are none: the bytes as they came.
  case scancodes([UInt8])
  /// Audio in a mode that was not agreed on.
  case audioMode(UInt16)
  case portEvent(UInt8)
  /// COMPRESSED_DATA where the capability was not agreed on.
  case compressionNotAgreed
  /// Compressed data that would become more bytes than a message may have.
  case plainSize(UInt32, limit: Int)
  /// Compressed data that became another number of bytes than they were said to.
  case plainSizeDiffers(said: UInt32, decoded: Int)
  case compressedData(CodecError)

  public var description: String {
    switch self {
    case .mouseMode(let mode): "it asks for mouse mode \(mode), which is neither 1 (server) nor 2 (client)"
    case .noAgentTokens: "it sends agent data and has no token left for them; a client waits for AGENT_TOKEN"
    case .agentProtocol(let version):
      "its agent message is of protocol \(version) where 1 is known; the agent's stream has lost its step"
    case .agentMessageTooLong(let size, let limit):
      "its agent message announces \(size) bytes; at most \(limit) are accepted"
    case .scancodes(let bytes):
      "its key codes \(hexadecimal(bytes.prefix(16))) are no PC/AT set 1 scancodes, or the last of them is cut short"
    case .audioMode(let mode): "it sends audio in mode \(mode), which was not agreed on"
    case .portEvent(let event): "it tells of port event \(event), which the protocol does not know"
    case .compressionNotAgreed: "it sends compressed data, and this server did not offer to unpack them"
    case .plainSize(let size, let limit):
      "its compressed data are \(size) bytes once unpacked; at most \(limit) are accepted"
    case .plainSizeDiffers(let said, let decoded):
      "its compressed data were to be \(said) bytes once unpacked and are \(decoded)"
    case .compressedData(let error): "its compressed data do not unpack: \(error)"
    }
  }
}
