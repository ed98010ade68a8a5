import Foundation
import SpiceSession
import Testing

import SpiceClient

@Suite("Key names")
struct KeyNameTests {
  /// The codes that QEMU 7.2.22 logged (`-trace input_event_key_qcode`) under these names when a client sent them in
  /// KEY_DOWN. Its `menu` (0x1EE0) and `lf` are left out.
  static let qemu: [(name: String, code: UInt32)] = [
    ("esc", 0x01), ("1", 0x02), ("2", 0x03), ("3", 0x04), ("4", 0x05), ("5", 0x06), ("6", 0x07), ("7", 0x08),
    ("8", 0x09), ("9", 0x0A), ("0", 0x0B), ("minus", 0x0C), ("equal", 0x0D), ("backspace", 0x0E), ("tab", 0x0F),
    ("q", 0x10), ("w", 0x11), ("e", 0x12), ("r", 0x13), ("t", 0x14), ("y", 0x15), ("u", 0x16), ("i", 0x17),
    ("o", 0x18), ("p", 0x19), ("bracket_left", 0x1A), ("bracket_right", 0x1B), ("ret", 0x1C), ("ctrl", 0x1D),
    ("a", 0x1E), ("s", 0x1F), ("d", 0x20), ("f", 0x21), ("g", 0x22), ("h", 0x23), ("j", 0x24), ("k", 0x25),
    ("l", 0x26), ("semicolon", 0x27), ("apostrophe", 0x28), ("grave_accent", 0x29), ("shift", 0x2A),
    ("backslash", 0x2B), ("z", 0x2C), ("x", 0x2D), ("c", 0x2E), ("v", 0x2F), ("b", 0x30), ("n", 0x31), ("m", 0x32),
    ("comma", 0x33), ("dot", 0x34), ("slash", 0x35), ("shift_r", 0x36), ("kp_multiply", 0x37), ("alt", 0x38),
    ("spc", 0x39), ("caps_lock", 0x3A), ("f1", 0x3B), ("f2", 0x3C), ("f3", 0x3D), ("f4", 0x3E), ("f5", 0x3F),
    ("f6", 0x40), ("f7", 0x41), ("f8", 0x42), ("f9", 0x43), ("f10", 0x44), ("num_lock", 0x45), ("scroll_lock", 0x46),
    ("kp_7", 0x47), ("kp_8", 0x48), ("kp_9", 0x49), ("kp_subtract", 0x4A), ("kp_4", 0x4B), ("kp_5", 0x4C),
    ("kp_6", 0x4D), ("kp_add", 0x4E), ("kp_1", 0x4F), ("kp_2", 0x50), ("kp_3", 0x51), ("kp_0", 0x52),
    ("kp_decimal", 0x53), ("print", 0x37E0), ("less", 0x56), ("f11", 0x57), ("f12", 0x58), ("kp_equals", 0x59),
    ("open", 0x64), ("paste", 0x65), ("katakanahiragana", 0x70), ("lang2", 0x71), ("lang1", 0x72), ("ro", 0x73),
    ("hiragana", 0x77), ("henkan", 0x79), ("muhenkan", 0x7B), ("yen", 0x7D), ("kp_comma", 0x7E), ("again", 0x05E0),
    ("props", 0x06E0), ("undo", 0x07E0), ("front", 0x0CE0), ("audioprev", 0x10E0), ("audionext", 0x19E0),
    ("kp_enter", 0x1CE0), ("ctrl_r", 0x1DE0), ("audiomute", 0x20E0), ("calculator", 0x21E0), ("audioplay", 0x22E0),
    ("audiostop", 0x24E0), ("volumedown", 0x2EE0), ("volumeup", 0x30E0), ("ac_home", 0x32E0), ("kp_divide", 0x35E0),
    ("alt_r", 0x38E0), ("cut", 0x3CE0), ("find", 0x41E0), ("pause", 0x46E0), ("home", 0x47E0), ("up", 0x48E0),
    ("pgup", 0x49E0), ("left", 0x4BE0), ("right", 0x4DE0), ("end", 0x4FE0), ("down", 0x50E0), ("pgdn", 0x51E0),
    ("insert", 0x52E0), ("delete", 0x53E0), ("meta_l", 0x5BE0), ("meta_r", 0x5CE0), ("compose", 0x5DE0),
    ("power", 0x5EE0), ("sleep", 0x5FE0), ("wake", 0x63E0), ("ac_bookmarks", 0x66E0), ("ac_refresh", 0x67E0),
    ("stop", 0x68E0), ("ac_forward", 0x69E0), ("ac_back", 0x6AE0), ("computer", 0x6BE0), ("mail", 0x6CE0),
    ("mediaselect", 0x6DE0), ("help", 0x75E0), ("copy", 0x78E0),
  ]

  @Test("a key by QEMU's name has the code that QEMU knows it by")
  func qemuNames() throws {
    for (name, code) in Self.qemu {
      #expect(try Key(named: name).scancode.pressed == code, "\(name)")
    }
  }

  @Test(
    "the usual names of a key are one key",
    arguments: [
      (["enter", "return", "Return", "ENTER"], .enter), (["esc", "escape", "Escape"], .escape),
      (["pgup", "pageup", "Page_Up", "PgUp"], .pageUp), (["pgdn", "pagedown", "Page_Down"], .pageDown),
      (["ins", "insert"], .insert), (["del", "delete"], .delete),
      (["ctrl", "control", "lctrl", "Control_L"], .leftControl), (["rctrl", "Control_R"], .rightControl),
      (["alt", "lalt", "Alt_L"], .leftAlt), (["altgr", "ralt", "Alt_R"], .rightAlt),
      (["super", "win", "meta", "cmd", "Super_L"], .leftSuper), (["caps", "capslock", "Caps_Lock"], .capsLock),
      (["print", "sysrq", "PrintScreen"], .print), (["numlock", "Num_Lock"], .numLock),
      (["kpenter", "kp_enter", "KP_Enter"], .keypadEnter), (["minus", "-"], .minus), (["grave", "`"], .grave),
      (["space", " ", "spc"], .space), (["a", "A"], .a), (["7"], .digit7), (["kp7"], .keypad7), (["F24"], .f24),
    ] as [([String], Scancode)])
  func usualNames(names: [String], scancode: Scancode) throws {
    for name in names { #expect(try Key(named: name).scancode == scancode, "\(name)") }
  }

  @Test("no name stands for two keys, and no key stands twice")
  func unambiguous() {
    let names = Key.all.flatMap { [$0.name] + $0.aliases }
    #expect(Set(names).count == names.count)
    #expect(Set(Key.all.map(\.scancode)).count == Key.all.count)
    #expect(Set(names).isDisjoint(with: KeyCombination.characterNames.keys))
  }

  @Test("names in the table are normalized, so that each can be found")
  func normalized() throws {
    for key in Key.all {
      for name in [key.name] + key.aliases {
        #expect(Key.normalized(name) == name)
        #expect(try Key(named: name) == key)
      }
    }
  }

  @Test("a key without a name is given by its scancode")
  func byCode() throws {
    #expect(try Key(named: "0x1e").scancode == .a)
    #expect(try Key(named: "0xE05B").scancode == .leftSuper)
  }

  @Test(
    "what is no scancode is an unknown key", arguments: ["0x", "0x0", "0x80", "0xe0", "0xe080", "0xe15b", "0x1e1e1"])
  func noCode(text: String) {
    #expect(throws: KeyNotationError.unknownKey(text, near: [])) { try Key(named: text) }
  }

  @Test("an unknown name is told, with the names that come near to it")
  func suggestions() {
    #expect(throws: KeyNotationError.unknownKey("entre", near: ["enter"])) { try Key(named: "entre") }
    let error = #expect(throws: KeyNotationError.self) { try Key(named: "page") }
    #expect(error?.description == "there is no key named 'page'; did you mean pageup or pagedown?")
  }

  @Test("a name of control characters, or a very long one, neither hurts nor reaches the terminal as it is")
  func hostileNames() {
    let escape = #expect(throws: KeyNotationError.self) { try Key(named: "\u{1B}[2J") }
    #expect(escape?.description.utf8.contains(0x1B) == false)
    let long = #expect(throws: KeyNotationError.self) { try Key(named: String(repeating: "x", count: 100_000)) }
    #expect((long?.description.utf8.count ?? 0) < 200)
  }

  @Test("the documentation lists every key as the table has it")
  func documentation() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
    let page = try String(contentsOf: root.appending(path: "Documentation/commands/keys.md"), encoding: .utf8)
    for group in Key.Group.allCases where group != .code {
      #expect(page.contains(Self.section(group)), "Documentation/commands/keys.md has to have:\n\(Self.section(group))")
    }
  }

  private static func section(_ group: Key.Group) -> String {
    let rows = Key.all.filter { $0.group == group }.map { key in
      let others = key.aliases.filter { $0 != " " }.map(code).joined(separator: " ")
      return "| \(code(key.name)) | \(others) | \(code(key.scancode.description)) |"
    }
    return (["### \(group.rawValue)", "", "| key | also | scancode |", "|---|---|---|"] + rows).joined(separator: "\n")
  }

  private static func code(_ text: String) -> String {
    text == "`" ? "`` ` ``" : "`\(text)`"
  }
}

@Suite("Key combinations")
struct KeyCombinationTests {
  @Test(
    "the notation is read",
    arguments: [
      ("a", [.a]), ("A", [.a]), ("enter", [.enter]), ("ctrl-alt-f2", [.leftControl, .leftAlt, .f2]),
      ("ctrl+alt+delete", [.leftControl, .leftAlt, .delete]), ("Ctrl+Alt-Del", [.leftControl, .leftAlt, .delete]),
      ("-", [.minus]), ("ctrl--", [.leftControl, .minus]), ("ctrl+-", [.leftControl, .minus]),
      ("+", [.leftShift, .equal]), ("ctrl++", [.leftControl, .leftShift, .equal]),
      ("ctrl-+", [.leftControl, .leftShift, .equal]), ("ctrl-plus", [.leftControl, .leftShift, .equal]),
      ("--a", [.minus, .a]), ("*", [.leftShift, .digit8]), ("ctrl-*", [.leftControl, .leftShift, .digit8]),
      ("!", [.leftShift, .digit1]), ("shift-!", [.leftShift, .digit1]), ("rshift-!", [.rightShift, .digit1]),
      ("ctrl-shift-plus", [.leftControl, .leftShift, .equal]), ("|", [.leftShift, .backslash]),
      ("ctrl-C", [.leftControl, .c]), ("shift", [.leftShift]), ("ctrl", [.leftControl]),
      ("ctrl-0xe05b", [.leftControl, .leftSuper]),
      ("altgr-q", [.rightAlt, .q]), (" ", [.space]), ("ctrl-rctrl", [.leftControl, .rightControl]),
    ] as [(String, [Scancode])])
  func notation(text: String, keys: [Scancode]) throws {
    #expect(try KeyCombination(text) == KeyCombination(keys))
  }

  @Test(
    "a * and a number at the end say how often",
    arguments: [
      ("down*3", [.down], 3), ("ctrl-w*2", [.leftControl, .w], 2), ("-*2", [.minus], 2),
      ("**3", [.leftShift, .digit8], 3),
      ("a*1", [.a], 1), ("a*1000", [.a], 1_000), ("8*08", [.digit8], 8), ("ctrl--*4", [.leftControl, .minus], 4),
    ] as [(String, [Scancode], Int)])
  func repetitions(text: String, keys: [Scancode], count: Int) throws {
    #expect(try KeyCombination(text) == KeyCombination(keys, repetitions: count))
  }

  @Test(
    "what cannot be read is told with the part that is wrong",
    arguments: [
      ("", .empty),
      ("ctrl-", .missingKey(after: "-", notation: "ctrl-")), ("a+", .missingKey(after: "+", notation: "a+")),
      ("--", .missingKey(after: "-", notation: "--")), ("ctrl-*3", .missingKey(after: "-", notation: "ctrl-*3")),
      ("a-a", .keyTwice("a", notation: "a-a")), ("ctrl-control", .keyTwice("control", notation: "ctrl-control")),
      ("shift-lshift", .keyTwice("lshift", notation: "shift-lshift")),
      ("!-1", .keyTwice("1", notation: "!-1")),
      ("down*0", .repetitions("0", notation: "down*0")), ("a*1001", .repetitions("1001", notation: "a*1001")),
      ("a*99999999999999999999999", .repetitions("99999999999999999999", notation: "a*99999999999999999999999")),
      ("ctlr-alt-f2", .unknownKey("ctlr", near: ["ctrl", "ctrlr"])), ("é", .unknownKey("é", near: [])),
      ("*3", .unknownKey("*3", near: [])), ("a*b", .unknownKey("a*b", near: [])),
      ("a b", .unknownKey("a b", near: [])), ("ctrl-alt-deleet", .unknownKey("deleet", near: ["delete"])),
    ] as [(String, KeyNotationError)])
  func errors(text: String, expected: KeyNotationError) {
    let error = #expect(throws: KeyNotationError.self) { try KeyCombination(text) }
    #expect(error == expected)
  }

  @Test("errors are sentences that say what to do")
  func sentences() {
    func sentence(_ text: String) -> String? {
      #expect(throws: KeyNotationError.self) { try KeyCombination(text) }?.description
    }
    #expect(sentence("ctlr-alt-f2")?.hasPrefix("there is no key named 'ctlr'; did you mean ctrl") == true)
    #expect(
      sentence("ctrl-")
        == "'ctrl-' ends with '-', and a key has to follow it; to press - itself, write the character twice (ctrl--)")
    #expect(
      sentence("a*0") == "'a*0' asks for 0 repetitions; the number after * has to be from 1 to 1000")
  }

  @Test("more keys than hands have are refused")
  func tooMany() {
    #expect(throws: KeyNotationError.tooManyKeys(17)) { try KeyCombination("a-b-c-d-e-f-g-h-i-j-k-l-m-n-o-p-q") }
    #expect(throws: Never.self) { try KeyCombination("a-b-c-d-e-f-g-h-i-j-k-l-m-n-o-p") }
  }

  @Test("keys go down in their order and come up in the reverse")
  func events() throws {
    #expect(
      try KeyCombination("ctrl-alt-f2").events == [
        .press(.leftControl), .press(.leftAlt), .press(.f2), .release(.f2), .release(.leftAlt), .release(.leftControl),
      ])
    #expect(
      try KeyCombination("a*2").events == [.press(.a), .release(.a), .press(.a), .release(.a)])
  }

  @Test("any text is read or refused in a sentence")
  func mutations() {
    var random = SplitMix(seed: 0x5AFF_2017)
    let pieces = ["ctrl", "-", "+", "*", "3", "a", "é", "\u{1B}", "f2", "👨‍👩‍👧", "\u{301}", " ", "0x", "!", "999", "\0"]
    for _ in 0..<1_500 {
      let text = (0..<Int.random(in: 0...8, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }
        .joined()
      do {
        let combination = try KeyCombination(text)
        #expect(!combination.keys.isEmpty && combination.keys.count <= KeyCombination.longest)
        #expect(1...KeyCombination.mostRepetitions ~= combination.repetitions)
      } catch {
        #expect(!error.description.isEmpty && error.description.utf8.allSatisfy { $0 >= 0x20 })
      }
    }
  }
}

@Suite("US layout")
struct USLayoutTests {
  @Test("every printable character of ASCII has one stroke of its own")
  func printable() {
    var seen: Set<KeyStroke> = []
    for code in UInt8(0x20)...0x7E {
      let strokes = USLayout.strokes(typing: Character(Unicode.Scalar(code)))
      #expect(strokes?.count == 1)
      for stroke in strokes ?? [] { #expect(seen.insert(stroke).inserted, "\(code)") }
    }
    #expect(seen.count == 95)
  }

  @Test(
    "characters are where a US keyboard has them",
    arguments: [
      ("a", .a, false), ("A", .a, true), ("z", .z, false), ("Q", .q, true), ("1", .digit1, false), ("!", .digit1, true),
      ("0", .digit0, false), (")", .digit0, true), ("-", .minus, false), ("_", .minus, true), ("=", .equal, false),
      ("+", .equal, true), ("[", .leftBracket, false), ("{", .leftBracket, true), ("]", .rightBracket, false),
      ("}", .rightBracket, true), (";", .semicolon, false), (":", .semicolon, true), ("'", .apostrophe, false),
      ("\"", .apostrophe, true), ("`", .grave, false), ("~", .grave, true), ("\\", .backslash, false),
      ("|", .backslash, true), (",", .comma, false), ("<", .comma, true), (".", .period, false), (">", .period, true),
      ("/", .slash, false), ("?", .slash, true), (" ", .space, false), ("\t", .tab, false), ("\n", .enter, false),
      ("\r", .enter, false), ("\r\n", .enter, false), ("@", .digit2, true), ("^", .digit6, true), ("*", .digit8, true),
    ] as [(Character, Scancode, Bool)])
  func places(character: Character, scancode: Scancode, shift: Bool) {
    #expect(USLayout.strokes(typing: character) == [KeyStroke(scancode, shift: shift)])
  }

  @Test("a text becomes its strokes in order")
  func text() throws {
    #expect(
      try USLayout.strokes(for: "Hi!\r\n") == [
        KeyStroke(.h, shift: true), KeyStroke(.i), KeyStroke(.digit1, shift: true), KeyStroke(.enter),
      ])
    #expect(try USLayout.strokes(for: "").isEmpty)
  }

  @Test("a stroke with Shift holds it around the key")
  func events() {
    #expect(
      KeyStroke(.a, shift: true).events == [.press(.leftShift), .press(.a), .release(.a), .release(.leftShift)])
    #expect(KeyStroke(.a).events == [.press(.a), .release(.a)])
  }

  @Test("the first character that no key types is named with its place")
  func untypable() {
    let error = #expect(throws: UntypableCharacter.self) { try USLayout.strokes(for: "abcdéfgü") }
    #expect(error == UntypableCharacter(character: "é", position: 5))
    #expect(
      error?.description
        == "character 5 of the text, 'é' (U+00E9), is on no key of a US keyboard; "
        + "leave it out, or paste the text through the clipboard")
  }

  @Test(
    "characters that a terminal would act on are named by number alone",
    arguments: ["\u{1B}", "\0", "\u{7F}", "\u{202E}"])
  func control(character: Character) {
    let error = #expect(throws: UntypableCharacter.self) { try USLayout.strokes(for: String(character)) }
    #expect(error?.description.contains(character) == false)
    #expect(error?.description.contains("U+") == true)
  }

  @Test("a letter with an accent of its own is not taken for the bare letter")
  func combining() {
    #expect(USLayout.strokes(typing: "e\u{301}") == nil)
  }
}

/// Random numbers that are the same on every run.
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
