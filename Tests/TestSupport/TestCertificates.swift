import Foundation

/// Certificates of servers on 127.0.0.1, made anew: good ones and ones to refuse. Each folder is one for
/// `QemuGuest.Options.certificates` and `XDesktop.Options.certificates`.
public struct TestCertificates: Sendable {
  /// For 127.0.0.1, ::1 and localhost; signed by `authority`.
  public let folder: URL
  /// The same name and authority; valid for one day in January 2020.
  public var expired: URL { folder.appending(path: "expired") }
  /// The same name, signed by another authority.
  public var stranger: URL { folder.appending(path: "stranger") }
  /// The same authority, for the host `elsewhere.example` alone.
  public var elsewhere: URL { folder.appending(path: "elsewhere") }
  /// The authority's certificate.
  public var authority: URL { folder.appending(path: "ca-cert.pem") }
  public var certificate: URL { folder.appending(path: "server-cert.pem") }
  public var key: URL { folder.appending(path: "server-key.pem") }
  /// The servers' subject, as `host-subject` of a `.vv` file has it.
  public let subject = "O=Saffron,OU=Tests,CN=saffron-test-server"

  /// Makes them in `folder`.
  public init(in folder: URL) async throws {
    self.folder = folder
    _ = try await Subprocess.check(Repository.script("peers/certificates"), [folder.path])
  }
}
