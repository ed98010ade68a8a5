import SpiceSession

/// A key by the names that people write for it: `enter`, `f2`, `altgr`, `a`, `;`.
///
/// Names are compared without regard to case and to `_`, so that `Page_Up`, `pageup` and `PAGEUP` are one. A letter names
/// the key it is printed on, in either case.
public struct Key: Hashable, Sendable {
  /// Where the key sits; the order of the groups is that of the documentation.
  public enum Group: String, CaseIterable, Sendable {
    case letters = "Letters"
    case digits = "Digits"
    case punctuation = "Punctuation"
    case editing = "Editing"
    case modifiers = "Modifiers"
    case locks = "Locks"
    case functions = "Function keys"
    case navigation = "Navigation"
    case keypad = "Keypad"
    case system = "System"
    case media = "Media and programs"
    case office = "Office keys"
    case international = "International"
    /// A key that was given by its scancode.
    case code = "Scancodes"
  }

  public let scancode: Scancode
  /// The name to print.
  public let name: String
  /// The other names it answers to, normalized: lower case, no `_`.
  public let aliases: [String]
  public let group: Group

  init(_ scancode: Scancode, _ name: String, _ aliases: [String], _ group: Group) {
    self.scancode = scancode
    self.name = name
    self.aliases = aliases
    self.group = group
  }

  /// The key of that name, or of a scancode in hexadecimal: `0x1e`, `0xe05b`.
  ///
  /// - Throws: `KeyNotationError.unknownKey`, with the names that come nearest.
  public init(named name: String) throws(KeyNotationError) {
    guard let key = Key.table[named: name] ?? Key(code: name) else {
      throw .unknownKey(name, near: Key.names(near: name))
    }
    self = key
  }

  /// A key without a name of its own: `0x` and a set 1 code from 1 to 7f, with `e0` before it for an extended one.
  private init?(code text: String) {
    let digits = text.lowercased()
    guard digits.hasPrefix("0x"), let value = UInt16(digits.dropFirst(2), radix: 16) else { return nil }
    let prefix = value >> 8
    guard prefix == 0 || prefix == 0xE0, 1...0x7F ~= value & 0xFF else { return nil }
    let scancode = Scancode(UInt8(value & 0xFF), extended: prefix == 0xE0)
    self.init(scancode, "0x\(String(value, radix: 16))", [], .code)
  }

  /// Every key that has a name, in the order of the documentation.
  public static var all: [Key] { table.keys }

  /// Up to three names that come near to one that is unknown, each of another key.
  static func names(near name: String) -> [String] {
    let near = NearNames.of(normalized(name), among: table.names + KeyCombination.characterNames.keys.sorted())
    var seen: Set<Scancode> = []
    let distinct = near.filter { name in table[named: name].map { seen.insert($0.scancode).inserted } ?? true }
    return Array(distinct.prefix(3))
  }

  package static func normalized(_ name: String) -> String {
    name.utf8.count == 1 ? name.lowercased() : String(name.lowercased().filter { $0 != "_" })
  }
}

/// Keys and the way from their names to them.
struct KeyTable: Sendable {
  let keys: [Key]
  let names: [String]
  private let indices: [String: Int]

  init(_ keys: [Key]) {
    self.keys = keys
    var names: [String] = []
    var indices: [String: Int] = [:]
    for (index, key) in keys.enumerated() {
      for name in [key.name] + key.aliases {
        names.append(name)
        indices[name] = index
      }
    }
    self.names = names
    self.indices = indices
  }

  subscript(named name: String) -> Key? {
    indices[Key.normalized(name)].map { keys[$0] }
  }
}
