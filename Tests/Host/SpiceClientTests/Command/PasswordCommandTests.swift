import Foundation
import SpiceTransport
import TestSupport
import Testing

import SpiceClient

@Suite("Where the command takes its password and its trust from", .serialized, .timeLimit(.minutes(1)))
struct PasswordCommandTests {
  @Test("a password file counts before the environment, and the environment before the address")
  func precedence() async throws {
    try await withTemporaryFolder { folder in
      try await ScriptedServer.run { server in
        let file = folder.appending(path: "password")
        try Data("from-file\nsecond line\n".utf8).write(to: file)
        let address = server.address + "?password=from-address"
        let environment = ["SAFFRON_PASSWORD": "from-environment"]
        var shown = ""
        for output in [
          try await Saffron.run("key", address, "a", "--password-file", file.path, environment: environment),
          try await Saffron.run("key", address, "a", environment: environment),
          try await Saffron.run("key", address, "a"),
        ] {
          #expect(output.status == 0)
          shown += output.everything
        }
        // Main and inputs, each time.
        #expect(
          server.passwords.all == [
            "from-file", "from-file", "from-environment", "from-environment", "from-address", "from-address",
          ])
        #expect(!shown.contains("from-"))
      }
    }
  }

  @Test("a password file may be a pipe that brings the line in pieces")
  func pipe() async throws {
    try await ScriptedServer.run { server in
      let shell = "\"$@\" --password-file <(printf pass; sleep 0.1; printf 'word\\r\\n')"
      let output = try await Subprocess.run(
        "/bin/bash", ["-c", shell, "bash", Saffron.binary, "key", server.address, "a"],
        environment: ["SAFFRON_PASSWORD": ""], deadline: .seconds(30))
      #expect(output.status == 0)
      #expect(server.passwords.all == ["password", "password"])
    }
  }

  @Test("a key file gives the address, the password and the authority, and is removed where it asks for that")
  func keyFile() async throws {
    let authority = try Authority()
    try await withTemporaryFolder { folder in
      try await ScriptedServer.run(.with { $0.password = "one-time" }, identity: authority.identity()) { server in
        let file = folder.appending(path: "console.vv")
        let pem = try authority.pem().replacingOccurrences(of: "\n", with: "\\n")
        let text = """
          [virt-viewer]
          type=spice
          host=127.0.0.1
          tls-port=\(server.secure?.port ?? 0)
          password=one-time
          delete-this-file=1
          ca=\(pem)
          """
        try Data(text.utf8).write(to: file)
        let output = try await Saffron.run("key", file.path, "a")
        #expect(output.status == 0)
        #expect(server.links.all.allSatisfy { $0.isSecure })
        #expect(!FileManager.default.fileExists(atPath: file.path))
      }
    }
  }

  @Test("no output of any command shows the password, right or wrong", arguments: ["s3cr3t-of-mine", "wr0ng-one-too"])
  func neverShown(password: String) async throws {
    try await ScriptedServer.run(.with { $0.password = "s3cr3t-of-mine" }) { server in
      for command in [["probe"], ["probe", "--json"], ["screenshot", "-o", "-"], ["key"], ["type"], ["move"]] {
        var arguments = command
        arguments.insert(server.address + "?password=" + password, at: 1)
        if ["key", "type"].contains(command[0]) { arguments.append("a") }
        if command[0] == "move" { arguments += ["1", "1"] }
        let output = try await Subprocess.run(
          Saffron.binary, arguments, environment: ["SAFFRON_PASSWORD": ""], deadline: .seconds(30))
        #expect(output.status == (password == "s3cr3t-of-mine" ? 0 : 4))
        #expect(!output.everything.contains(password))
      }
    }
  }

  @Test("a wrong address shows nothing of the password in it")
  func wrongAddress() async throws {
    for address in ["spice://h:1?password=s3cr3t&tls-prt=1", "spice://u:s3cr3t@h", "spice://h:s3cr3t"] {
      let output = try await Saffron.run("probe", address)
      #expect(output.status == 64)
      #expect(!output.everything.contains("s3cr3t"))
    }
  }

  @Test("--insecure connects to anybody, and says loudly what that means")
  func insecure() async throws {
    try await ScriptedServer.run(identity: Authority().identity("elsewhere.example", days: -9 ... -1)) { server in
      let address = "spice+tls://127.0.0.1:\(server.secure?.port ?? 0)"
      let output = try await Saffron.run("key", address, "a", "--insecure")
      #expect(output.status == 0)
      #expect(output.complaint.contains("WARNING: the server's certificate is not checked (--insecure)"))
    }
  }

  @Test("--ca-file and --host-subject say whom to believe")
  func authority() async throws {
    let authority = try Authority()
    try await withTemporaryFolder { folder in
      try await ScriptedServer.run(identity: authority.identity("elsewhere.example")) { server in
        let file = folder.appending(path: "ca.pem")
        try Data(try authority.pem().utf8).write(to: file)
        let address = "spice+tls://127.0.0.1:\(server.secure?.port ?? 0)"
        let wrong = try await Saffron.run("key", address, "a", "--ca-file", file.path)
        #expect(wrong.status == 5)
        #expect(wrong.complaint.contains("it is for elsewhere.example, not for “127.0.0.1”"))
        let right = try await Saffron.run(
          "key", address, "a", "--ca-file", file.path, "--host-subject", "O=Example,CN=elsewhere.example")
        #expect(right.status == 0)
      }
    }
  }
}
