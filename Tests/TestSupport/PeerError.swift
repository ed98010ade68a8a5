/// Why a peer could not be had or did not do what was asked: a sentence. It fails the test; no test is skipped
/// because a peer is missing.
public struct PeerError: Error, CustomStringConvertible {
  public let description: String

  public init(_ description: String) {
    self.description = description
  }
}
