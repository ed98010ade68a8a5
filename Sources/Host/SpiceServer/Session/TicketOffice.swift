import SpiceProtocol
import SpiceTransport
import Synchronization

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Judges tickets by one key for the server's life.
final class TicketOffice: Sendable {
  private let key: TicketKey
  private let state: Mutex<(password: Secret?, expiry: ContinuousClock.Instant?)>

  /// Why a ticket is not good; for the log.
  enum Verdict: Sendable {
    case good
    case undecipherable
    /// Without the NUL at its end.
    case unterminated
    case wrong
    case expired
  }

  init(password: Secret?, expiry: ContinuousClock.Instant?) throws(ServerError) {
    do {
      key = try TicketKey()
    } catch {
      throw .key("\(error)")
    }
    state = Mutex((password, expiry))
  }

  /// DER SubjectPublicKeyInfo, 162 bytes.
  var publicKey: [UInt8] { key.publicKey }

  /// Another password from now on; nil lets everybody in.
  func set(password: Secret?, expiry: ContinuousClock.Instant?) {
    state.withLock { $0 = (password, expiry) }
  }

  func judge(_ ticket: [UInt8]) -> Verdict {
    guard let plain = key.decrypt(ticket) else { return .undecipherable }
    let (password, expiry) = state.withLock { $0 }
    guard let password else { return .good }
    guard let end = plain.firstIndex(of: 0) else { return .unterminated }
    guard Self.areEqual(plain[..<end], [UInt8](password.exposed.utf8)) else { return .wrong }
    // Told apart for the log only, and after the comparison: who has no password learns nothing of its expiry.
    if let expiry, ContinuousClock.now >= expiry { return .expired }
    return .good
  }

  /// Takes as long for a wrong guess as for a right one: each byte of a ticket's room is looked at.
  private static func areEqual(_ guess: ArraySlice<UInt8>, _ password: [UInt8]) -> Bool {
    var difference = UInt8(guess.count == password.count ? 0 : 1)
    for place in 0...LinkConstants.passwordLimit {
      let left = place < guess.count ? guess[guess.startIndex + place] : 0
      let right = place < password.count ? password[place] : 0
      difference |= left ^ right
    }
    return difference == 0 && guess.count <= LinkConstants.passwordLimit
  }
}

extension TicketOffice.Verdict: CustomStringConvertible {
  var description: String {
    switch self {
    case .good: "its ticket is good"
    case .undecipherable: "its ticket was not encrypted with this server's key, or not by RSA-OAEP with SHA-1"
    case .unterminated: "the password in its ticket has no NUL at its end"
    case .wrong: "its password is wrong, or it gave none"
    case .expired: "its password has expired"
    }
  }
}
