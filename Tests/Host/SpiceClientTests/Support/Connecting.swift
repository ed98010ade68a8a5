import SpiceProtocol
import SpiceTransport

import SpiceClient

extension ScriptedServer {
  /// The plain port.
  func target(password: String? = nil) -> Target {
    Target(host: "127.0.0.1", port: plain.port, password: password.map(Secret.init))
  }

  /// The TLS port, and the plain one where it is wanted too.
  func secureTarget(trusting authority: Authority, withPlainPort: Bool = false) throws -> Target {
    Target(
      host: "127.0.0.1", port: withPlainPort ? plain.port : nil, tlsPort: secure?.port,
      tls: Target.TLS(authority: .pem(try authority.pem())))
  }
}

/// Connects to a scripted server, and disconnects when `body` is done.
func withClient<Result>(
  of server: ScriptedServer, _ options: ClientOptions = ClientOptions(), _ body: (Client) async throws -> Result
) async throws -> Result {
  let client = try await Client.connect(to: server.target(), options: options)
  let result: Result
  do {
    result = try await body(client)
  } catch {
    await client.disconnect()
    throw error
  }
  await client.disconnect()
  return result
}

/// A scripted server and a client of it.
func withSession<Result>(
  _ script: ScriptedServer.Script = .init(), _ options: ClientOptions = ClientOptions(),
  _ body: (Client, ScriptedServer) async throws -> Result
) async throws -> Result {
  try await ScriptedServer.run(script) { server in
    try await withClient(of: server, options) { client in try await body(client, server) }
  }
}

/// Why connecting fails; nil where it does not.
func connectFailure(_ target: Target, _ options: ClientOptions = ClientOptions()) async -> ClientError? {
  do throws(ClientError) {
    await (try Client.connect(to: target, options: options)).disconnect()
    return nil
  } catch {
    return error
  }
}

/// What ends a session with such a server, be it before or after all channels are open.
func ending(
  with script: ScriptedServer.Script, _ options: ClientOptions = ClientOptions()
) async throws -> ClientError? {
  try await ScriptedServer.run(script) { server in
    do throws(ClientError) {
      let client = try await Client.connect(to: server.target(), options: options)
      for await _ in client.events {}
      return client.failure
    } catch {
      return error
    }
  }
}

/// Why `action` fails; nil where it does not.
func failure(of action: () async throws(ClientError) -> Void) async -> ClientError? {
  do throws(ClientError) {
    try await action()
    return nil
  } catch {
    return error
  }
}

extension ClientOptions {
  /// Waits that a test can afford to let pass.
  static var impatient: ClientOptions {
    var options = ClientOptions()
    options.connectTimeout = .seconds(1)
    options.linkTimeout = .seconds(1)
    options.waitTimeout = .seconds(1)
    return options
  }
}

extension ScriptedServer.Script {
  /// The default script with changes.
  static func with(_ change: (inout Self) -> Void) -> Self {
    var script = Self()
    change(&script)
    return script
  }
}
