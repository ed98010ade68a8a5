import ArgumentParser
import SpiceClient
import SpiceProtocol
import SpiceSession
import SpiceTransport

/// The numbers that `saffron --help` promises.
enum ExitStatus {
  static let failure = ExitCode(1)
  static let noConnection = ExitCode(2)
  static let notSpice = ExitCode(3)
  static let passwordRefused = ExitCode(4)
  static let tls = ExitCode(5)
  static let sessionEnded = ExitCode(6)
  static let nothingThere = ExitCode(7)
  static let usage = ExitCode(64)

  /// Of what kept a session from opening.
  static func ofConnecting(_ error: ClientError) -> ExitCode {
    switch error {
    case .noPort: usage
    case .transport(let error): of(error)
    case .session(.link(_, let failure)): of(failure)
    case .session(.connectionLost), .disconnected, .closed: sessionEnded
    case .session, .waitedForChannels, .notOpened: notSpice
    case .noTLSPort: tls
    case .channelMissing, .channelUnused, .noSuchDisplay, .noPicture, .noClientMouse: nothingThere
    case .untypable: usage
    }
  }

  /// Of what went wrong in a session that was open.
  static func ofSession(_ error: ClientError) -> ExitCode {
    if case .transport = error { sessionEnded } else { ofConnecting(error) }
  }

  private static func of(_ error: TransportError) -> ExitCode {
    switch error {
    case .notTLS, .tlsFailed, .certificate, .badTLSSettings: tls
    case .badAddress, .badProxy: usage
    default: noConnection
    }
  }

  private static func of(_ failure: LinkFailure) -> ExitCode {
    switch failure {
    case .ticketRefused, .passwordTooLong, .noCommonMechanism, .refused(LinkErrorCode.permissionDenied.rawValue):
      passwordRefused
    case .strangePeer(.tls, _), .refused(LinkErrorCode.needSecured.rawValue),
      .refused(LinkErrorCode.needUnsecured.rawValue):
      tls
    case .refused(LinkErrorCode.channelNotAvailable.rawValue): nothingThere
    default: notSpice
    }
  }
}
