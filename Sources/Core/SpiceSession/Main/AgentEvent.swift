import SpiceProtocol

/// News from the guest's agent.
public enum AgentEvent: Sendable {
  /// It has said what it can; the clipboard and monitors may be spoken of now.
  case ready(Capabilities)
  /// The guest has something to paste, in these forms (`ClipboardType` numbers).
  case clipboardGrabbed(ClipboardSelection, types: [UInt32])
  /// The guest wants what the client has announced, in that form.
  case clipboardRequested(ClipboardSelection, type: UInt32)
  /// The answer to a request; type `none` and no bytes where the guest has it no longer.
  case clipboard(ClipboardSelection, type: UInt32, ArraySlice<UInt8>)
  /// The guest has nothing to paste any more.
  case clipboardReleased(ClipboardSelection)
  /// It has done what a message of that type asked for, or could not.
  case reply(type: UInt32, succeeded: Bool)
  /// What it says cannot be read. It is not listened to any more until another agent comes; the session goes on.
  case failed(String)
}
