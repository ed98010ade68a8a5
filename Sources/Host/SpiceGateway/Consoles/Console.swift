import SpiceClient
import SpiceTransport

/// A screen that the gateway has a name for.
public struct Console: Sendable {
  /// Letters, digits, `.`, `_` and `-`: it stands in addresses.
  public var name: String
  /// What people call it; nil: the name.
  public var title: String?
  public var source: ConsoleSource
  /// Whether the gateway's own page shows it to everybody and opens it. Otherwise only tokens do.
  public var isListed: Bool

  public init(name: String, title: String? = nil, source: ConsoleSource, isListed: Bool = true) {
    self.name = name
    self.title = title
    self.source = source
    self.isListed = isListed
  }

  /// Whether a text may be a console's name.
  public static func isName(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.unicodeScalars.allSatisfy {
        $0.isASCII && ($0.properties.isAlphabetic || "0123456789._-".unicodeScalars.contains($0))
      }
  }
}

/// Where a console's server is, and how the gateway lets itself in. Asked anew for each session: files may change.
public struct ConsoleSource: Sendable {
  public enum Place: Sendable {
    case target(Target)
    /// The path of a `.vv` file.
    case keyFile(path: String)
    /// A program and its arguments, which prints a `.vv` file: for servers whose tickets are good for seconds.
    case program([String])
  }

  public enum Password: Sendable {
    case secret(Secret)
    /// The first line of a file.
    case file(path: String)
  }

  public var place: Place
  /// Instead of the one that the place names. With none at all the person at the browser is asked.
  public var password: Password?
  /// Instead of the place's own.
  public var authorityFile: String?
  public var hostSubject: String?
  public var proxy: String?

  public init(
    _ place: Place, password: Password? = nil, authorityFile: String? = nil, hostSubject: String? = nil,
    proxy: String? = nil
  ) {
    self.place = place
    self.password = password
    self.authorityFile = authorityFile
    self.hostSubject = hostSubject
    self.proxy = proxy
  }

  /// Where a session goes now.
  func target() async throws(GatewayError) -> Target {
    var target = try await readPlace()
    switch password {
    case .secret(let secret): target.password = secret
    case .file(let path): target.password = Secret(try Self.firstLine(of: path))
    case nil: break
    }
    if let authorityFile { target.tls.authority = .file(path: authorityFile) }
    if let hostSubject { target.tls.hostSubject = hostSubject }
    if let proxy { target.proxy = proxy }
    return target
  }

  private func readPlace() async throws(GatewayError) -> Target {
    do {
      switch place {
      case .target(let target): return target
      case .keyFile(let path): return try Target(keyFileAt: path)
      case .program(let words): return try Target(keyFile: try await ProgramOutput.of(words))
      }
    } catch let error as GatewayError {
      throw error
    } catch {
      throw .console("\(error)")
    }
  }

  private static func firstLine(of path: String) throws(GatewayError) -> String {
    do throws(TargetError) {
      return String(decoding: try FileSystem.contents(of: path).prefix { $0 != 10 && $0 != 13 }, as: UTF8.self)
    } catch {
      throw .console("the password's file: \(error)")
    }
  }
}
