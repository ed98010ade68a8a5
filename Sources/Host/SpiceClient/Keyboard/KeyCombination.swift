import SpiceSession

/// Keys that are held down together, once or several times: `ctrl-alt-f2`, `ctrl+alt+delete`, `down*3`, `a`, `ctrl--`.
///
/// The parts stand between `-` or `+`; a `-` or `+` where a part has to begin is the character itself. `*` and a number
/// at the end say how often. A part is a name of `Key` or one character of the US layout, which brings its Shift along
/// (`ctrl-!` holds Ctrl, Shift and 1); only letters never do, so that `Ctrl-C` is what everybody means by it.
public struct KeyCombination: Hashable, Sendable {
  /// Most keys that may be held together; more than people have fingers.
  public static let longest = 16
  /// Most repetitions that may be asked for.
  public static let mostRepetitions = 1_000

  /// In the order in which they go down.
  public var keys: [Scancode]
  /// At least 1.
  public var repetitions: Int

  public init(_ keys: [Scancode], repetitions: Int = 1) {
    self.keys = keys
    self.repetitions = repetitions
  }

  /// Reads the notation.
  public init(_ notation: String) throws(KeyNotationError) {
    let (body, repetitions) = try Self.splitRepetitions(notation)
    let parts = try Self.split(body, of: notation)
    var keys: [Scancode] = []
    for part in parts {
      let stroke = try Self.stroke(of: part)
      if stroke.shift, !keys.contains(.leftShift), !keys.contains(.rightShift) { keys.append(.leftShift) }
      guard !keys.contains(stroke.scancode) else { throw .keyTwice(part, notation: notation) }
      keys.append(stroke.scancode)
    }
    guard keys.count <= Self.longest else { throw .tooManyKeys(keys.count) }
    self.init(keys, repetitions: repetitions)
  }

  /// All that goes over the wire for it: the keys down in their order and up in the reverse, `repetitions` times.
  public var events: [KeyEvent] {
    let chord = KeyEvent.chord(keys)
    return Array(repeatElement(chord, count: max(0, repetitions)).joined())
  }

  /// `down*3` is `down` and 3. A `*` that no digits follow, or that nothing goes before, belongs to the keys.
  private static func splitRepetitions(_ notation: String) throws(KeyNotationError) -> (Substring, Int) {
    let text = notation[...]
    guard let star = text.lastIndex(of: "*"), star != text.startIndex else { return (text, 1) }
    let digits = text[text.index(after: star)...]
    guard !digits.isEmpty, digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else { return (text, 1) }
    guard let count = Int(digits), 1...mostRepetitions ~= count else {
      throw .repetitions(String(digits.prefix(20)), notation: notation)
    }
    return (text[..<star], count)
  }

  /// A part has at least one character, whatever that is; the next `-` or `+` ends it.
  private static func split(_ body: Substring, of notation: String) throws(KeyNotationError) -> [String] {
    guard !body.isEmpty else { throw .empty }
    var parts: [String] = []
    var rest = body
    while !rest.isEmpty {
      let end = rest.dropFirst().firstIndex { $0 == "-" || $0 == "+" }
      parts.append(String(rest[..<(end ?? rest.endIndex)]))
      guard let end else { return parts }
      let separator = rest[end]
      rest = rest[rest.index(after: end)...]
      if rest.isEmpty { throw .missingKey(after: separator, notation: notation) }
    }
    return parts
  }

  private static func stroke(of part: String) throws(KeyNotationError) -> KeyStroke {
    var character = characterNames[Key.normalized(part)]
    if part.count == 1, let only = part.first, !only.isLetter { character = only }
    if let character, let stroke = USLayout.strokes(typing: character)?.first { return stroke }
    return KeyStroke(try Key(named: part).scancode)
  }

  /// Names of characters that need Shift, for those that a shell or the notation itself makes hard to write.
  package static let characterNames: [String: Character] = [
    "exclam": "!", "at": "@", "hash": "#", "numbersign": "#", "dollar": "$", "percent": "%", "caret": "^",
    "ampersand": "&", "asterisk": "*", "star": "*", "parenleft": "(", "parenright": ")", "underscore": "_",
    "plus": "+", "braceleft": "{", "braceright": "}", "colon": ":", "quotedbl": "\"", "tilde": "~", "bar": "|",
    "pipe": "|", "lessthan": "<", "greater": ">", "greaterthan": ">", "question": "?",
  ]
}
