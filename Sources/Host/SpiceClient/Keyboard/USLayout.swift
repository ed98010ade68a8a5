import SpiceSession

/// Which keys type a character on a guest whose keyboard layout is US English.
public enum USLayout {
  /// What types `character`: the 95 printable characters of ASCII, a line break as Enter, a tab as Tab. Nil for others.
  public static func strokes(typing character: Character) -> [KeyStroke]? {
    if character == "\r\n" { return [KeyStroke(.enter)] }
    guard let ascii = character.asciiValue else { return nil }
    return table[Int(ascii)].map { [$0] }
  }

  /// What types `text`, character by character.
  ///
  /// - Throws: `UntypableCharacter`, naming the first character that no key types. Nothing is typed by halves.
  public static func strokes(for text: String) throws(UntypableCharacter) -> [KeyStroke] {
    var strokes: [KeyStroke] = []
    strokes.reserveCapacity(text.utf8.count)
    var position = 1
    for character in text {
      guard let typed = self.strokes(typing: character) else {
        throw UntypableCharacter(character: character, position: position)
      }
      strokes += typed
      position += 1
    }
    return strokes
  }

  /// By ASCII code.
  private static let table: [KeyStroke?] = {
    var table = [KeyStroke?](repeating: nil, count: 128)
    // Scancodes run along the rows of the keyboard: the code of a row's first key, then its characters.
    let rows: [(first: UInt8, plain: String, shifted: String)] = [
      (0x02, "1234567890-=", "!@#$%^&*()_+"),
      (0x10, "qwertyuiop[]", "QWERTYUIOP{}"),
      (0x1E, "asdfghjkl;'`", "ASDFGHJKL:\"~"),
      (0x2B, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
    ]
    for row in rows {
      for (place, ascii) in row.plain.utf8.enumerated() {
        table[Int(ascii)] = KeyStroke(Scancode(row.first + UInt8(place)))
      }
      for (place, ascii) in row.shifted.utf8.enumerated() {
        table[Int(ascii)] = KeyStroke(Scancode(row.first + UInt8(place)), shift: true)
      }
    }
    table[0x20] = KeyStroke(.space)
    table[0x09] = KeyStroke(.tab)
    table[0x0A] = KeyStroke(.enter)
    table[0x0D] = KeyStroke(.enter)
    return table
  }()
}

/// A character of a text that no key of a US keyboard types.
public struct UntypableCharacter: Error, Hashable, Sendable, CustomStringConvertible {
  public var character: Character
  /// Which character of the text it is, counted from 1.
  public var position: Int

  public init(character: Character, position: Int) {
    self.character = character
    self.position = position
  }

  public var description: String {
    let codes = character.unicodeScalars.prefix(4).map { scalar in
      let digits = String(scalar.value, radix: 16, uppercase: true)
      return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
    let code = codes.joined(separator: " ") + (character.unicodeScalars.count > 4 ? " …" : "")
    let isShown = character.unicodeScalars.count <= 4 && character.unicodeScalars.allSatisfy(\.isShowable)
    let shown = isShown ? "'\(character)' (\(code))" : code
    return "character \(position) of the text, \(shown), is on no key of a US keyboard; "
      + "leave it out, or paste the text through the clipboard"
  }
}
