import Foundation
import SpiceClient
import SpiceMedia
import SpiceSession
import Testing
import TestSupport

@Suite("QEMU's SPICE server")
struct QemuTests {
  @Test("GRUB's menu is the picture that QEMU itself and the reference client have")
  func menu() async throws {
    try await withQemuGuest { guest in
      let picture = try await guest.shows { try await withClient(guest.uri) { try await Picture($0.screenshot()) } }
      _ = try await guest.shows { try await SpicyScreenshot.take(uri: guest.uri) }
      #expect(!picture.isBlank)
    }
  }

  @Test(
    "the menu is exact under every compression",
    arguments: ["off", "quic", "lz", "glz", "auto_lz", "auto_glz"])
  func compression(_ compression: String) async throws {
    var options = QemuGuest.Options()
    options.spice = "image-compression=\(compression)"
    try await withQemuGuest(options) { guest in
      _ = try await guest.shows { try await withClient(guest.uri) { try await Picture($0.screenshot()) } }
    }
  }

  @Test("a key moves the menu's bar, and a client that was there sees it move")
  func key() async throws {
    try await withQemuGuest { guest in
      try await withClient(guest.uri) { client in
        let before = try await Picture(client.screenshot())
        try await client.send(KeyCombination("down"))
        #expect(try await client.inputTaken())
        let after = try await waitUntil("the bar to move and to stand still") {
          let now = try await guest.screen()
          try await Task.sleep(for: .milliseconds(300))
          let later = try await guest.screen()
          return now == before || later != now ? nil : now
        }
        #expect(try await client.drawn(until: after).difference(from: after) == nil)
        #expect(after != before)
      }
    }
  }

  @Test("what is known of the session is what QEMU was told")
  func information() async throws {
    try await withQemuGuest { guest in
      try await withClient(guest.uri) { client in
        let information = client.information
        #expect(information.name == "QEMU \(information.name?.split(separator: " ").last ?? "")")
        #expect(information.uuid?.count == 16)
        #expect(information.channels.contains { $0.type == .display })
        #expect(information.links.values.allSatisfy { $0.header == .mini && $0.selectedMechanism })
        #expect(information.mouseMode == .server)
      }
    }
  }

  @Test("a ticket lets in, and a wrong or missing one is refused with the reason")
  func ticket() async throws {
    var options = QemuGuest.Options()
    options.password = "sesame"
    try await withQemuGuest(options) { guest in
      _ = try await guest.shows {
        try await withClient(guest.uri, password: "sesame") { try await Picture($0.screenshot()) }
      }
      let wrong = await #expect(throws: ClientError.self) {
        try await withClient(guest.uri, password: "guess") { _ in }
      }
      #expect("\(try #require(wrong))".contains("refused the password"))
      let missing = await #expect(throws: ClientError.self) { try await withClient(guest.uri) { _ in } }
      #expect("\(try #require(missing))".contains("wants a password and none was given"))
    }
  }

  @Test("over TLS the certificate is checked against the authority that was given, and the picture is the same")
  func tls() async throws {
    try await withTemporaryFolder { folder in
      let certificates = try await TestCertificates(in: folder)
      var options = QemuGuest.Options()
      options.certificates = certificates.folder
      try await withQemuGuest(options) { guest in
        let uri = "spice+tls://127.0.0.1:\(try #require(guest.tlsPort))"
        let authority = certificates.authority.path
        _ = try await guest.shows {
          try await withClient(uri, adjust: { $0.tls.authority = .file(path: authority) }) { client in
            #expect(client.information.tls.count == client.information.links.count)
            return try await Picture(client.screenshot())
          }
        }
        let unknown = await #expect(throws: ClientError.self) { try await withClient(uri) { _ in } }
        #expect("\(try #require(unknown))".contains("certificate"))
        let subject = certificates.subject
        try await withClient(
          uri,
          adjust: {
            $0.tls.authority = .file(path: authority)
            $0.tls.hostSubject = subject
          }
        ) { _ in }
        // A TLS port spoken to plainly, and the plain port spoken to with TLS. The answer comes at once, but where the machine is
        // busy.
        var patient = ClientOptions()
        patient.linkTimeout = .seconds(20)
        let plainly = await #expect(throws: ClientError.self) {
          try await withClient("spice://127.0.0.1:\(guest.tlsPort ?? 0)", options: patient) { _ in }
        }
        #expect("\(try #require(plainly))".contains("TLS"))
        if let port = guest.port {
          let secured = await #expect(throws: ClientError.self) {
            try await withClient("spice+tls://127.0.0.1:\(port)", options: patient) { _ in }
          }
          #expect("\(try #require(secured))".contains("does not speak TLS"))
        }
      }
    }
  }

  @Test("a Unix socket serves as well as a port")
  func unixSocket() async throws {
    try await withTemporaryFolder { folder in
      var options = QemuGuest.Options()
      options.unixSocket = folder.appending(path: "spice")
      try await withQemuGuest(options) { guest in
        _ = try await guest.shows { try await withClient(guest.uri) { try await Picture($0.screenshot()) } }
      }
    }
  }

  @Test("a guest that ends while it is looked at ends the session with the reason")
  func loss() async throws {
    try await withQemuGuest { guest in
      try await withClient(guest.uri) { client in
        _ = try await client.screenshot()
        try await guest.ask("quit")
        var ending: ClientError?
        for await event in client.events {
          if case .ended(let error) = event { ending = error }
        }
        #expect(ending != nil)
        let failure = "\(try #require(client.failure))"
        #expect(failure.contains("lost") || failure.contains("ended"))
      }
    }
  }
}
