import SpiceClient
import SpiceTransport

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A gateway's configuration file: YAML, of which JSON is a part. Documentation/gateway.md describes it.
public struct GatewayConfiguration: Sendable {
  public var consoles: [Console] = []
  public var listen: [String] = []
  public var tlsCertificate: String?
  public var tlsKey: String?
  public var apiKeyFile: String?
  public var names: [String] = []
  public var origins: [String] = []
  public var webFolder: String?

  public init() {}

  /// Reads a file. Paths in it that do not begin with `/` start at the file's folder.
  public init(file path: String) throws(GatewayError) {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw .configuration(file: path, line: nil, "it cannot be read")
    }
    let folder = URL(filePath: path).deletingLastPathComponent()
    try self.init(String(decoding: data, as: UTF8.self), named: path, folder: folder)
  }

  /// Reads text.
  ///
  /// - Parameters:
  ///   - name: of where it comes from, for errors.
  ///   - folder: where its paths start.
  public init(_ text: String, named name: String, folder: URL) throws(GatewayError) {
    let root: YAMLNode?
    do throws(YAMLNode.Failure) {
      root = try YAMLNode.read(text)
    } catch {
      throw .configuration(file: name, line: error.line, "it is no YAML: \(error.words)")
    }
    guard let root else { throw .configuration(file: name, line: nil, "it is empty; it needs a list `consoles:`") }
    let reader = ConfigurationReader(file: name, folder: folder)
    for (key, value) in try reader.fields(of: root, in: "the file") {
      switch key {
      case "consoles": consoles = try reader.consoles(value)
      case "listen": listen = try reader.texts(value, key)
      case "tls-cert": tlsCertificate = try reader.path(value, key)
      case "tls-key": tlsKey = try reader.path(value, key)
      case "api-key-file": apiKeyFile = try reader.path(value, key)
      case "names": names = try reader.texts(value, key)
      case "origins": origins = try reader.texts(value, key)
      case "web": webFolder = try reader.path(value, key)
      default:
        throw reader.wrong(
          value,
          "there is no “\(key)”; there are consoles, listen, tls-cert, tls-key, api-key-file, names, origins and web")
      }
    }
  }
}

/// Walks through a file's nodes, and says where something is wrong.
private struct ConfigurationReader {
  let file: String
  let folder: URL

  func wrong(_ node: YAMLNode, _ words: String) -> GatewayError {
    .configuration(file: file, line: node.line, words)
  }

  func fields(of node: YAMLNode, in place: String) throws(GatewayError) -> [(String, YAMLNode)] {
    guard case .mapping(let mapping) = node.content else { throw wrong(node, "\(place) is no list of `key: value`") }
    var fields: [(String, YAMLNode)] = []
    for (key, value) in mapping {
      guard let name = key.text else { throw wrong(key, "a key in \(place) is no text") }
      guard !fields.contains(where: { $0.0 == name }) else { throw wrong(key, "“\(name)” stands twice in \(place)") }
      fields.append((name, value))
    }
    return fields
  }

  func text(_ node: YAMLNode, _ key: String) throws(GatewayError) -> String {
    guard let text = node.text, !text.isEmpty else { throw wrong(node, "“\(key)” is no text") }
    return text
  }

  /// One text, or a list of them.
  func texts(_ node: YAMLNode, _ key: String) throws(GatewayError) -> [String] {
    guard case .sequence(let items) = node.content else { return [try text(node, key)] }
    var texts: [String] = []
    for item in items { texts.append(try text(item, key)) }
    return texts
  }

  func path(_ node: YAMLNode, _ key: String) throws(GatewayError) -> String {
    URL(filePath: try text(node, key), relativeTo: folder).path
  }

  func consoles(_ node: YAMLNode) throws(GatewayError) -> [Console] {
    var consoles: [Console] = []
    for (name, value) in try fields(of: node, in: "consoles") {
      guard Console.isName(name) else {
        throw wrong(value, "the console's name “\(name)” has something else than letters, digits, “.”, “_” and “-”")
      }
      consoles.append(try console(name, value))
    }
    return consoles
  }

  /// `name: address`, or a mapping.
  private func console(_ name: String, _ node: YAMLNode) throws(GatewayError) -> Console {
    if node.text != nil {
      return Console(name: name, source: ConsoleSource(try place(uri: try text(node, name), node)))
    }
    var place: ConsoleSource.Place?
    var console = Console(name: name, source: ConsoleSource(.program([])))
    for (key, value) in try fields(of: node, in: "console “\(name)”") {
      switch key {
      case "title": console.title = try text(value, key)
      case "listed":
        guard let isListed = value.bool else { throw wrong(value, "“listed” is true or false") }
        console.isListed = isListed
      case "password": console.source.password = .secret(Secret(try text(value, key)))
      case "password-file": console.source.password = .file(path: try path(value, key))
      case "ca-file": console.source.authorityFile = try path(value, key)
      case "host-subject": console.source.hostSubject = try text(value, key)
      case "proxy": console.source.proxy = try text(value, key)
      case "uri", "vv", "vv-command":
        guard place == nil else { throw wrong(value, "console “\(name)” has several of uri, vv and vv-command") }
        place =
          switch key {
          case "uri": try self.place(uri: try text(value, key), value)
          case "vv": .keyFile(path: try path(value, key))
          default: .program(try texts(value, key))
          }
      default:
        throw wrong(
          value,
          "a console has no “\(key)”; it has uri, vv or vv-command, and title, listed, password, password-file, ca-file, "
            + "host-subject and proxy")
      }
    }
    guard let place else { throw wrong(node, "console “\(name)” has none of uri, vv and vv-command") }
    console.source.place = place
    return console
  }

  private func place(uri: String, _ node: YAMLNode) throws(GatewayError) -> ConsoleSource.Place {
    guard uri != "-", uri.contains("://") else {
      throw wrong(node, "“\(uri)” is no address such as spice://host:5930; a .vv file stands behind `vv:`")
    }
    do throws(TargetError) {
      return .target(try Target(uri: uri))
    } catch {
      throw wrong(node, "\(error)")
    }
  }
}
