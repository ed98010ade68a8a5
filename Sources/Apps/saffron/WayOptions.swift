import ArgumentParser
import SpiceClient

/// How the server is reached and known.
struct WayOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Trust the certificate authorities in this PEM file instead of the system's.", valueName: "file")
  )
  var caFile: String?

  @Option(help: ArgumentHelp("Expect this certificate subject instead of the host's name.", valueName: "subject"))
  var hostSubject: String?

  @Flag(help: "Accept any certificate. Whoever is on the way can then read and change everything.")
  var insecure = false

  @Option(help: ArgumentHelp("Go through a proxy: http://proxy:3128 or socks5://proxy:1080.", valueName: "url"))
  var proxy: String?

  @Option(help: ArgumentHelp("Seconds to wait for each step of connecting.", valueName: "seconds"))
  var timeout: Double = 10

  func validate() throws {
    guard timeout > 0, timeout <= 3600 else {
      throw ValidationError("--timeout takes seconds between 0 and 3600")
    }
  }

  /// Puts what was asked for over what the address says; warns on standard error.
  func complete(_ target: inout Target) {
    for warning in target.file?.warnings ?? [] { Terminal.tell("saffron: \(warning)") }
    if let caFile { target.tls.authority = .file(path: caFile) }
    if let hostSubject { target.tls.hostSubject = hostSubject }
    if let proxy { target.proxy = proxy }
    if insecure { target.tls.isInsecure = true }
    if target.tls.ciphers != nil {
      Terminal.tell("saffron: WARNING: tls-ciphers is not obeyed; the TLS library's own choice of ciphers is used")
    }
    if target.tls.isInsecure {
      Terminal.tell(
        "saffron: WARNING: the server's certificate is not checked (--insecure); whoever is on the way can read and "
          + "change everything, passwords too")
    }
  }
}
