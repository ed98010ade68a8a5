import Foundation
import Testing
import TestSupport

/// The clients that people have, at our own server.
@Suite("saffron serve, seen by other people's clients")
struct ServerPictureTests {
  static let looks: [(look: TestSlides.Look, width: Int, height: Int)] = [
    (.photo, 333, 217), (.text, 640, 480), (.gradient, 801, 601), (.oneColor, 400, 300), (.noise, 257, 131),
    (.photo, 1920, 1080), (.oneColor, 1, 1), (.gradient, 257, 1),
  ]

  @Test(
    "every compression is read back exactly by the reference client, picture after picture, and again from its cache",
    arguments: ["off", "auto-glz", "auto-lz", "quic", "glz", "lz", "lz4"])
  func compressions(_ compression: String) async throws {
    try await withTemporaryFolder { folder in
      let slides = try await TestSlides(in: folder, Self.looks)
      try await withServer(["--png", slides.folder.path, "--compression", compression]) { server in
        let turn = slides.ppms.flatMap { ["shows \($0.path)", "key 0x39"] }
        try await GLibClient.run(server.uri, ["ready"] + turn + turn)
      }
    }
  }

  @Test(
    "what the client prefers is what it gets, and exact", arguments: ["off", "auto-lz", "quic", "glz", "lz", "lz4"])
  func preference(_ compression: String) async throws {
    try await withTemporaryFolder { folder in
      let slides = try await TestSlides(in: folder, Self.looks)
      try await withServer(["--png", slides.folder.path]) { server in
        let turn = slides.ppms.flatMap { ["shows \($0.path)", "key 0x39"] }
        try await GLibClient.run(server.uri, compression: compression, ["ready"] + turn)
      }
    }
  }

  @Test(
    "the reference client's screenshot, which it takes at the first draw, has all of the screen",
    arguments: [(333, 217), (1920, 1080)])
  func screenshot(_ width: Int, _ height: Int) async throws {
    try await withTemporaryFolder { folder in
      let slides = try await TestSlides(in: folder, [(.photo, width, height)])
      try await withServer(["--png", slides.folder.path]) { server in
        let picture = try await SpicyScreenshot.take(uri: server.uri)
        #expect(picture.difference(from: try slides.picture(0)) == nil)
      }
    }
  }

  @Test("the ticket lets in; a wrong one and none are refused as such")
  func ticket() async throws {
    try await withTemporaryFolder { folder in
      let slides = try await TestSlides(in: folder, [(.photo, 333, 217)])
      let secret = folder.appending(path: "secret")
      try Data("sesame\n".utf8).write(to: secret)
      try await withServer(["--png", slides.folder.path, "--password-file", secret.path]) { server in
        try await GLibClient.run(server.uri, password: "sesame", ["ready", "shows \(slides.ppms[0].path)"])
        for wrong in ["guess", nil] {
          let refusal = await #expect(throws: PeerError.self) {
            try await GLibClient.run(server.uri, password: wrong, ["ready"])
          }
          #expect("\(try #require(refusal))".contains("error-auth"))
        }
      }
    }
  }

  @Test("TLS has a port of its own and shares the plain one; the certificate is checked")
  func tls() async throws {
    try await withTemporaryFolder { folder in
      let slides = try await TestSlides(in: folder, [(.photo, 640, 480), (.text, 640, 480)])
      let certificates = try await TestCertificates(in: folder)
      let arguments = [
        "--png", slides.folder.path, "--tls-cert", certificates.certificate.path, "--tls-key", certificates.key.path,
        "--tls-port", "0",
      ]
      try await withServer(arguments) { server in
        for address in server.addresses {
          let uri = "spice://127.0.0.1?tls-port=\(address.split(separator: ":").last ?? "")"
          let shows = slides.ppms.map { "shows \($0.path)" }
          try await GLibClient.run(
            uri, authority: certificates.authority, ["ready", shows[0], "key 0x39", shows[1], "key 0x39", shows[0]])
          let stranger = certificates.stranger.appending(path: "ca-cert.pem")
          let refusal = await #expect(throws: PeerError.self) {
            try await GLibClient.run(uri, authority: stranger, ["ready"])
          }
          #expect("\(try #require(refusal))".contains("error-tls"))
        }
      }
    }
  }

  @Test("a Unix socket serves as well as a port")
  func unixSocket() async throws {
    try await withTemporaryFolder { folder in
      let slides = try await TestSlides(in: folder, [(.photo, 333, 217)])
      let socket = folder.appending(path: "socket").path
      try await withServer(["--png", slides.folder.path, "--listen", "unix:\(socket)"]) { server in
        try await GLibClient.run(server.uri, ["ready", "shows \(slides.ppms[0].path)"])
      }
    }
  }

  @Test("a server with many large pictures answers at once, and a signal ends it with status 0")
  func promptness() async throws {
    try await withTemporaryFolder { folder in
      let slides = try await TestSlides(in: folder, Array(repeating: (.photo, 1920, 1080), count: 4))
      let status = try await withServer(["--png", slides.folder.path]) { server in
        try await GLibClient.run(server.uri, ["ready", "shows \(slides.ppms[0].path)"])
        return try await server.terminate().status
      }
      #expect(status == 0)
    }
  }

  @Test("the web client of SPICE shows the pictures exactly; its keys and clicks arrive")
  func webClient() async throws {
    try await withTemporaryFolder { folder in
      let slides = try await TestSlides(in: folder, [(.photo, 640, 480), (.text, 640, 480), (.oneColor, 400, 300)])
      try await withServer(["--png", slides.folder.path]) { server in
        let shows = slides.ppms.map { "shows \($0.path)" }
        try await WebClient.run(
          port: server.port, ["ready", shows[0], "key Space 32", shows[1], "click 100 100", shows[2]])
      }
    }
  }
}
