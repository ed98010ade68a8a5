import Foundation
import SpiceMedia
import SpicePixels
import SpiceProtocol
import SpiceTransport
import TestSupport
import Testing

import SpiceClient

@Suite("The saffron command", .serialized, .timeLimit(.minutes(1)))
struct CommandTests {
  // MARK: Exit statuses

  @Test("what was done ends with 0, and says nothing on standard error")
  func done() async throws {
    try await ScriptedServer.run { server in
      let output = try await Saffron.run("key", server.address, "a")
      #expect(output.status == 0)
      #expect(output.complaint == "")
    }
  }

  @Test("no connection ends with 2 and names the address")
  func noConnection() async throws {
    let deaf = try DeafPort()
    let output = try await Saffron.run("probe", "spice://127.0.0.1:\(deaf.number)")
    #expect(output.status == 2)
    #expect(output.complaint.hasPrefix("saffron: nothing listens at 127.0.0.1:\(deaf.number)"))
    #expect(output.text == "")
  }

  @Test("a peer that speaks no SPICE ends with 3 and is named")
  func notSpice() async throws {
    try await withPeer { connection in
      try await connection.write(Array("RFB 003.008\n".utf8))
      while try await connection.read() != nil {}
    } _: { port in
      let output = try await Saffron.run("probe", "127.0.0.1:\(port)")
      #expect(output.status == 3)
      #expect(output.complaint.contains("the peer is a VNC server"))
    }
  }

  @Test("a silent peer ends with 3 after --timeout")
  func silence() async throws {
    let end = Gate()
    defer { end.open() }
    try await withPeer { _ in
      try await end.wait()
    } _: { port in
      let output = try await Saffron.run("probe", "127.0.0.1:\(port)", "--timeout", "0.2")
      #expect(output.status == 3)
      #expect(output.complaint.contains("said nothing"))
    }
  }

  @Test("a refused password ends with 4")
  func wrongPassword() async throws {
    try await ScriptedServer.run(.with { $0.password = "right" }) { server in
      let output = try await Saffron.run("probe", server.address, environment: ["SAFFRON_PASSWORD": "wr0ng-One"])
      #expect(output.status == 4)
      #expect(output.complaint.contains("the server refused the password"))
      #expect(!output.everything.contains("wr0ng-One"))
    }
  }

  @Test("a missing password ends with 4 where nobody can be asked, and says how to give it")
  func missingPassword() async throws {
    try await ScriptedServer.run(.with { $0.password = "right" }) { server in
      let output = try await Saffron.run("probe", server.address)
      #expect(output.status == 4)
      #expect(output.complaint.contains("set SAFFRON_PASSWORD, or use --password-file"))
    }
  }

  @Test("a certificate that is not believed ends with 5 and its reason")
  func certificate() async throws {
    try await ScriptedServer.run(identity: Authority().identity()) { server in
      let output = try await Saffron.run("probe", "spice+tls://127.0.0.1:\(server.secure?.port ?? 0)")
      #expect(output.status == 5)
      #expect(output.complaint.contains("CN=Test authority"))
    }
  }

  @Test("a server that wants TLS ends with 5 where no TLS port is known")
  func needSecured() async throws {
    try await ScriptedServer.run(.with { $0.refusal = { _, _ in .needSecured } }) { server in
      let output = try await Saffron.run("probe", server.address)
      #expect(output.status == 5)
      #expect(output.complaint.contains("NEED_SECURED"))
    }
  }

  @Test("a session that ends early ends with 6")
  func endedEarly() async throws {
    let script = ScriptedServer.Script.with {
      $0.display = { channel, _ in
        try await channel.expectDisplayInit()
        try await channel.send(Screen.create())
      }
    }
    try await ScriptedServer.run(script) { server in
      let output = try await Saffron.run("screenshot", server.address, "-o", "-")
      #expect(output.status == 6)
      #expect(output.complaint.contains("display/0"))
      #expect(output.standardOutput.isEmpty)
    }
  }

  @Test("a server without the channel that is needed ends with 7")
  func nothingThere() async throws {
    try await ScriptedServer.run(.with { $0.channels = [] }) { server in
      let output = try await Saffron.run("key", server.address, "a")
      #expect(output.status == 7)
      #expect(output.complaint == "saffron: the server offers no inputs channel")
    }
  }

  @Test("a display that the server does not have ends with 7")
  func noSuchDisplay() async throws {
    try await ScriptedServer.run { server in
      let output = try await Saffron.run("screenshot", server.address, "-o", "-", "--display", "3")
      #expect(output.status == 7)
      #expect(output.complaint.contains("there is no display 3; the server has 1"))
    }
  }

  @Test(
    "a command line that is wrong ends with 64 and a sentence",
    arguments: [
      (["key", "h:1", "ctlr"], "there is no key named 'ctlr'; did you mean ctrl"),
      (["key", "h:1", "ctrl-"], "'ctrl-' ends with '-', and a key has to follow it"),
      (["key", "h:1"], "Missing expected argument"),
      (["key", "h:1", "a", "--interval=-1"], "--interval takes 0 to 60000 milliseconds"),
      (["type", "h:1", "naïve"], "character 3 of the text"),
      (["probe", "vnc://h:5900"], "vnc:// is the address of another protocol than SPICE"),
      (["probe", "h"], "has no port"),
      (["probe", "h:1", "--timeout", "0"], "--timeout takes seconds"),
      (["probe", "h:1", "--password-file", "/nowhere/at/all"], "cannot read /nowhere/at/all: No such file"),
      (["screenshot", "h:1", "-o", "screen.bmp"], "--output has to end in .png or .ppm"),
      (["screenshot", "h:1", "-o", "screen"], "--output has to end in .png or .ppm"),
      (["click", "h:1", "5", "6", "--button", "fourth"], "'fourth'"),
      (["move", "h:1", "--", "-5", "6"], "X and Y count from 0"),
      (["bogus"], "bogus"),
    ])
  func usage(arguments: [String], words: String) async throws {
    let output = try await Subprocess.run(Saffron.binary, arguments, deadline: .seconds(30))
    #expect(output.status == 64)
    #expect(output.complaint.contains(words))
    #expect(output.text == "")
  }

  @Test("the help promises these statuses")
  func help() async throws {
    let output = try await Saffron.run("--help")
    #expect(output.status == 0)
    let text = output.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(
      text.contains(
        "Exit status: 0 done, 1 other failure, 2 no connection, 3 the peer does not speak SPICE as it should, "
          + "4 the password was refused, 5 TLS or its certificate, 6 the session ended early, 7 nothing to show or "
          + "press, 64 the command line is wrong."))
  }

  @Test("what a server says cannot move a terminal's cursor")
  func terminal() async throws {
    let script = ScriptedServer.Script.with {
      $0.main = { channel, server in
        try await channel.send(MainServerMessage.name(Array("nice\u{1B}[2J\u{9B}31m\nexit 0".utf8)))
        try await channel.openSession(server.script)
        try await channel.drain()
      }
    }
    try await ScriptedServer.run(script) { server in
      let output = try await Saffron.run("probe", server.address)
      #expect(output.status == 0)
      #expect(output.text.contains("name         nice\u{FFFD}[2J\u{FFFD}31m\u{FFFD}exit 0"))
    }
  }

  // MARK: Input

  @Test("key presses the keys in their order and as often as it says")
  func key() async throws {
    try await ScriptedServer.run { server in
      let output = try await Saffron.run("key", server.address, "down*2", "enter", "--interval", "0")
      #expect(output.status == 0)
      #expect(
        server.inputs.all.prefix(6) == [
          .keyDown(0x50E0), .keyUp(0xD0E0), .keyDown(0x50E0), .keyUp(0xD0E0), .keyDown(0x1C), .keyUp(0x9C),
        ])
    }
  }

  @Test("type types, and presses Enter where it is asked to")
  func type() async throws {
    try await ScriptedServer.run { server in
      let output = try await Saffron.run("type", server.address, "a", "--enter", "--interval", "0")
      #expect(output.status == 0)
      #expect(server.inputs.all.prefix(4) == [.keyDown(0x1E), .keyUp(0x9E), .keyDown(0x1C), .keyUp(0x9C)])
    }
  }

  @Test("click goes to the place and clicks there")
  func click() async throws {
    try await ScriptedServer.run { server in
      let output = try await Saffron.run("click", server.address, "30", "20", "--button", "right", "--double")
      #expect(output.status == 0)
      let press: [InputsClientMessage] = [
        .mousePress(.right, buttons: .right), .mouseRelease(.right, buttons: []),
      ]
      #expect(
        Array(server.inputs.all.prefix(5)) == [.mousePosition(x: 30, y: 20, buttons: [], display: 0)] + press + press)
    }
  }

  @Test("move fails with 7 where the server moves the pointer")
  func move() async throws {
    try await ScriptedServer.run(.with { $0.mouseModes = (.server, .server) }) { server in
      let output = try await Saffron.run("move", server.address, "1", "1")
      #expect(output.status == 7)
      #expect(output.complaint.contains("takes no positions"))
    }
  }

  @Test("input that the server does not confirm is told")
  func unconfirmed() async throws {
    let script = ScriptedServer.Script.with {
      $0.inputs = { channel, server in try await channel.takeInput(into: server.inputs, acknowledging: false) }
    }
    try await ScriptedServer.run(script) { server in
      let output = try await Saffron.run("key", server.address, "a")
      #expect(output.complaint.contains("the server did not confirm the input"))
    }
  }
}
