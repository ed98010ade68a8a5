import SpiceProtocol
import SpiceServer
import SpiceTransport

/// Browsers encrypt their tickets for the gateway, which is the server to them.
extension TicketKey {
  /// The password in a ticket; nil where it is none, or was not made with this key.
  func password(in ticket: [UInt8]) -> Secret? {
    guard let plain = decrypt(ticket), let end = plain.firstIndex(of: 0), end <= LinkConstants.passwordLimit else {
      return nil
    }
    return String(validating: plain[..<end], as: UTF8.self).map(Secret.init)
  }
}
