/// Joins a module of JavaScript with all that it imports, so that a browser asks for one file: each costs it milliseconds, in
/// a worker above all.
///
/// Modules are taken that keep to what `Web` keeps to: an import is a line of its own, of names or of nothing, from a file beside it;
/// an export stands before what it declares, which is no variable. In the joined text each is a block in the order of need;
/// what it exports is a constant that others take their names from.
struct ModuleJoin {
  /// Files by their names.
  private let files: [String: [UInt8]]
  /// What has been joined, in the order in which it is run.
  private var joined: [String] = []
  private var text = ""
  /// Those whose imports are being joined.
  private var open: Set<String> = []

  private init(_ files: [String: [UInt8]]) { self.files = files }

  /// The module with what it imports; nil where one of them is not of the kind that can be joined, or is not there.
  static func join(_ entry: String, in files: [String: [UInt8]]) -> (text: String, names: [String])? {
    var join = ModuleJoin(files)
    guard join.add(entry, isEntry: true) else { return nil }
    return (join.text, join.joined)
  }

  private mutating func add(_ name: String, isEntry: Bool = false) -> Bool {
    if joined.contains(name) { return true }
    guard !open.contains(name), let bytes = files[name] else { return false }
    open.insert(name)
    var body = ""
    var exports: [Substring] = []
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("import ") {
        guard let (names, file) = Self.importLine(line), add(file) else { return false }
        if let names { body += "const {\(names)} = \(Self.constant(file));\n" }
      } else if line.hasPrefix("export ") {
        guard let declared = Self.declared(line) else { return false }
        exports.append(declared)
        body += line.dropFirst("export ".count) + "\n"
      } else {
        body += line + "\n"
      }
    }
    open.remove(name)
    joined.append(name)
    if isEntry {
      // Its exports stay what they are to whoever imports it.
      text += body + (exports.isEmpty ? "" : "export { \(exports.joined(separator: ", ")) };\n")
    } else {
      let constant = Self.constant(name)
      text += "let \(constant);\n{\n\(body)\(constant) = { \(exports.joined(separator: ", ")) };\n}\n"
    }
    return true
  }

  /// `import { a, b as c } from "./x.js";` and `import "./x.js";`: the names as a pattern has them, and the file.
  private static func importLine(_ line: Substring) -> (names: String?, file: String)? {
    let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[2] == ";", parts[1].hasPrefix("./") else { return nil }
    let file = String(parts[1].dropFirst(2))
    if parts[0] == "import " { return (nil, file) }
    guard parts[0].hasPrefix("import {"), parts[0].hasSuffix("} from ") else { return nil }
    let names = parts[0].dropFirst("import {".count).dropLast("} from ".count)
    return (names.split(separator: " as ").joined(separator: ": "), file)
  }

  /// The name that a line declares and exports.
  private static func declared(_ line: Substring) -> Substring? {
    var words = line.split(whereSeparator: { " (=".contains($0) })[...].dropFirst()
    if words.first == "async" { words.removeFirst() }
    guard let kind = words.popFirst(), ["function", "class", "const"].contains(kind), let name = words.first,
      name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" || $0 == "$" })
    else { return nil }
    return name
  }

  private static func constant(_ file: String) -> String {
    "$" + String(file.map { $0.isLetter || $0.isNumber ? $0 : "_" })
  }
}
