/// The syntax of key files (GLib's GKeyFile, which `.vv` files are written in): groups in brackets, `key=value` lines,
/// `#` comments. What the keys mean is for others to say.
///
/// A group or key that stands twice counts with its last value, as in GLib. Values are kept as bytes until they are
/// asked for, so that one that cannot be read hurts nothing but itself.
public struct KeyFile: Sendable, Equatable {
  /// A line `key=value`.
  public struct Entry: Sendable, Equatable {
    public let group: String
    /// With its language, where it has one: `title[de]`.
    public let key: String
    /// As it stands in the file, escapes and all.
    let value: [UInt8]
    /// Counted from 1.
    public let line: Int
  }

  /// In the order of the file.
  public private(set) var entries: [Entry] = []
  /// In the order of the file, each once.
  public private(set) var groups: [String] = []

  public init(_ text: String) throws(KeyFileError) {
    try self.init(Array(text.utf8))
  }

  public init(_ bytes: [UInt8]) throws(KeyFileError) {
    // Some editors of Windows begin a file with a byte order mark.
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let text = bytes.starts(with: mark) ? bytes.dropFirst(mark.count) : bytes[...]
    var line = 0
    var group: String?
    var seen: Set<String> = []
    for whole in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      line += 1
      if whole.contains(0) { throw .nul(line: line) }
      let content = whole.last == UInt8(ascii: "\r") ? whole.dropLast() : whole
      let start = content.drop(while: Self.isBlank)
      switch start.first {
      case nil, UInt8(ascii: "#"): continue
      case UInt8(ascii: "["):
        let name = try Self.group(start, line: line)
        if seen.insert(name).inserted { groups.append(name) }
        group = name
      default:
        let (key, value) = try Self.keyAndValue(start, line: line, afterCertificate: entries.last?.key == "ca")
        guard let group else { throw .entryBeforeGroup(line: line) }
        entries.append(Entry(group: group, key: key, value: value, line: line))
      }
    }
  }

  /// The name in `[name]`, which nothing but blanks may follow.
  private static func group(_ text: ArraySlice<UInt8>, line: Int) throws(KeyFileError) -> String {
    guard let end = text.firstIndex(of: UInt8(ascii: "]")),
      text[(end + 1)...].allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }),
      let name = String(validating: text[(text.startIndex + 1)..<end], as: UTF8.self), !name.isEmpty,
      name.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control && $0 != "[" })
    else { throw .group(line: line) }
    return name
  }

  /// The parts of `key=value`. Blanks around the `=` do not count, those at the end of the value do.
  private static func keyAndValue(
    _ text: ArraySlice<UInt8>, line: Int, afterCertificate: Bool
  ) throws(KeyFileError) -> (String, [UInt8]) {
    guard let equals = text.firstIndex(of: UInt8(ascii: "=")),
      let last = text[..<equals].lastIndex(where: { !isBlank($0) })
    else { throw .line(line, afterCertificate: afterCertificate) }
    // A key that is not UTF-8 is none that anybody asks for; like GLib, do not give up the file for it.
    let key = String(decoding: text[...last], as: UTF8.self)
    return (key, Array(text[(equals + 1)...].drop(while: isBlank)))
  }

  /// As GLib has it.
  private static func isBlank(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"), 0x0C: true
    default: false
    }
  }
}

extension KeyFile {
  private func entry(_ key: String, in group: String) -> Entry? {
    entries.last { $0.key == key && $0.group == group }
  }

  /// The value with its escapes resolved (`\s` a blank, `\n`, `\t`, `\r`, `\\`); nil where the key is absent.
  public func string(_ key: String, in group: String) throws(KeyFileError) -> String? {
    guard let entry = entry(key, in: group) else { return nil }
    return try Self.unescaped(entry.value[...], isList: false, of: entry).first ?? ""
  }

  /// The value's parts between `;`, where `\;` is a `;` of a part. An empty value has no parts, and a `;` at the end
  /// adds none.
  public func list(_ key: String, in group: String) throws(KeyFileError) -> [String]? {
    guard let entry = entry(key, in: group) else { return nil }
    var parts = try Self.unescaped(entry.value[...], isList: true, of: entry)
    if parts.last?.isEmpty == true { parts.removeLast() }
    return parts
  }

  /// The value as a whole number.
  public func integer(_ key: String, in group: String) throws(KeyFileError) -> Int? {
    guard let entry = entry(key, in: group) else { return nil }
    guard let number = Int(Self.trimmed(entry)) else { throw .value(key: key, line: entry.line, .notInteger) }
    return number
  }

  /// True for `true` and every number but 0, false for `false` and 0.
  public func boolean(_ key: String, in group: String) throws(KeyFileError) -> Bool? {
    guard let entry = entry(key, in: group) else { return nil }
    let text = Self.trimmed(entry)
    if text == "true" { return true }
    if text == "false" { return false }
    guard let number = Int(text) else { throw .value(key: key, line: entry.line, .notBoolean) }
    return number != 0
  }

  private static func trimmed(_ entry: Entry) -> String {
    let end = entry.value.lastIndex { !isBlank($0) } ?? -1
    return String(decoding: entry.value[...end], as: UTF8.self)
  }

  private static func unescaped(
    _ value: ArraySlice<UInt8>, isList: Bool, of entry: Entry
  ) throws(KeyFileError) -> [String] {
    var parts: [[UInt8]] = [[]]
    var rest = value
    while let byte = rest.popFirst() {
      if isList && byte == UInt8(ascii: ";") {
        parts.append([])
      } else if byte != UInt8(ascii: "\\") {
        parts[parts.count - 1].append(byte)
      } else {
        guard let meant = resolved(rest.popFirst(), isList: isList) else {
          throw .value(key: entry.key, line: entry.line, .escape)
        }
        parts[parts.count - 1].append(meant)
      }
    }
    var texts: [String] = []
    for part in parts {
      guard let text = String(validating: part, as: UTF8.self) else {
        throw .value(key: entry.key, line: entry.line, .notUTF8)
      }
      texts.append(text)
    }
    return texts
  }

  /// What a character behind a `\` stands for.
  private static func resolved(_ escaped: UInt8?, isList: Bool) -> UInt8? {
    switch escaped {
    case UInt8(ascii: "s"): UInt8(ascii: " ")
    case UInt8(ascii: "n"): UInt8(ascii: "\n")
    case UInt8(ascii: "t"): UInt8(ascii: "\t")
    case UInt8(ascii: "r"): UInt8(ascii: "\r")
    case UInt8(ascii: "\\"): UInt8(ascii: "\\")
    case UInt8(ascii: ";") where isList: UInt8(ascii: ";")
    default: nil
    }
  }
}

extension KeyFile.Entry: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The key without its value, which may be a password.
  public var description: String { "[\(group.shown)] \(key.shown)" }
  public var debugDescription: String { description }
  public var customMirror: Mirror {
    Mirror(self, children: ["group": group, "key": key, "value": "(hidden)", "line": line], displayStyle: .struct)
  }
}
