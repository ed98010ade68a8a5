import SpiceSession

extension Key {
  /// The names of all keys. Beside the usual ones there are those of X11 and of QEMU's `sendkey` where they do not
  /// contradict (`menu` is the key of context menus here; QEMU calls that one `compose`).
  static let table = KeyTable(
    letters + digits + punctuation + editing + modifiers + locks + functions + navigation + keypad + system + media
      + office + international)

  private static let letters: [Key] = [
    Key(.a, "a", [], .letters), Key(.b, "b", [], .letters), Key(.c, "c", [], .letters), Key(.d, "d", [], .letters),
    Key(.e, "e", [], .letters), Key(.f, "f", [], .letters), Key(.g, "g", [], .letters), Key(.h, "h", [], .letters),
    Key(.i, "i", [], .letters), Key(.j, "j", [], .letters), Key(.k, "k", [], .letters), Key(.l, "l", [], .letters),
    Key(.m, "m", [], .letters), Key(.n, "n", [], .letters), Key(.o, "o", [], .letters), Key(.p, "p", [], .letters),
    Key(.q, "q", [], .letters), Key(.r, "r", [], .letters), Key(.s, "s", [], .letters), Key(.t, "t", [], .letters),
    Key(.u, "u", [], .letters), Key(.v, "v", [], .letters), Key(.w, "w", [], .letters), Key(.x, "x", [], .letters),
    Key(.y, "y", [], .letters), Key(.z, "z", [], .letters),
  ]

  private static let digits: [Key] = [
    Key(.digit0, "0", [], .digits), Key(.digit1, "1", [], .digits), Key(.digit2, "2", [], .digits),
    Key(.digit3, "3", [], .digits), Key(.digit4, "4", [], .digits), Key(.digit5, "5", [], .digits),
    Key(.digit6, "6", [], .digits), Key(.digit7, "7", [], .digits), Key(.digit8, "8", [], .digits),
    Key(.digit9, "9", [], .digits),
  ]

  private static let punctuation: [Key] = [
    Key(.minus, "minus", ["-", "dash", "hyphen"], .punctuation),
    Key(.equal, "equal", ["=", "equals"], .punctuation),
    Key(.leftBracket, "bracketleft", ["[", "leftbracket", "lbracket"], .punctuation),
    Key(.rightBracket, "bracketright", ["]", "rightbracket", "rbracket"], .punctuation),
    Key(.semicolon, "semicolon", [";"], .punctuation),
    Key(.apostrophe, "apostrophe", ["'", "quote"], .punctuation),
    Key(.grave, "grave", ["`", "backtick", "graveaccent"], .punctuation),
    Key(.backslash, "backslash", ["\\"], .punctuation),
    Key(.comma, "comma", [","], .punctuation),
    Key(.period, "period", [".", "dot"], .punctuation),
    Key(.slash, "slash", ["/"], .punctuation),
  ]

  private static let editing: [Key] = [
    Key(.escape, "esc", ["escape"], .editing),
    Key(.enter, "enter", ["return", "ret"], .editing),
    Key(.tab, "tab", [], .editing),
    Key(.space, "space", [" ", "spc", "spacebar"], .editing),
    Key(.backspace, "backspace", ["bksp", "bs"], .editing),
  ]

  private static let modifiers: [Key] = [
    Key(.leftControl, "ctrl", ["control", "lctrl", "leftctrl", "ctrll", "controll"], .modifiers),
    Key(.rightControl, "rctrl", ["rightctrl", "ctrlr", "controlr"], .modifiers),
    Key(.leftShift, "shift", ["lshift", "leftshift", "shiftl"], .modifiers),
    Key(.rightShift, "rshift", ["rightshift", "shiftr"], .modifiers),
    Key(.leftAlt, "alt", ["lalt", "leftalt", "altl", "option"], .modifiers),
    Key(.rightAlt, "altgr", ["ralt", "rightalt", "altr"], .modifiers),
    Key(
      .leftSuper, "super", ["win", "windows", "meta", "cmd", "command", "lsuper", "lwin", "lmeta", "superl", "metal"],
      .modifiers),
    Key(.rightSuper, "rsuper", ["rwin", "rmeta", "rcmd", "superr", "metar"], .modifiers),
    Key(.menu, "menu", ["apps", "compose"], .modifiers),
  ]

  private static let locks: [Key] = [
    Key(.capsLock, "caps", ["capslock"], .locks),
    Key(.numLock, "numlock", [], .locks),
    Key(.scrollLock, "scrolllock", ["scroll"], .locks),
  ]

  private static let functions: [Key] = [
    Key(.f1, "f1", [], .functions), Key(.f2, "f2", [], .functions), Key(.f3, "f3", [], .functions),
    Key(.f4, "f4", [], .functions), Key(.f5, "f5", [], .functions), Key(.f6, "f6", [], .functions),
    Key(.f7, "f7", [], .functions), Key(.f8, "f8", [], .functions), Key(.f9, "f9", [], .functions),
    Key(.f10, "f10", [], .functions), Key(.f11, "f11", [], .functions), Key(.f12, "f12", [], .functions),
    Key(.f13, "f13", [], .functions), Key(.f14, "f14", [], .functions), Key(.f15, "f15", [], .functions),
    Key(.f16, "f16", [], .functions), Key(.f17, "f17", [], .functions), Key(.f18, "f18", [], .functions),
    Key(.f19, "f19", [], .functions), Key(.f20, "f20", [], .functions), Key(.f21, "f21", [], .functions),
    Key(.f22, "f22", [], .functions), Key(.f23, "f23", [], .functions), Key(.f24, "f24", [], .functions),
  ]

  private static let navigation: [Key] = [
    Key(.up, "up", ["uparrow", "arrowup"], .navigation),
    Key(.down, "down", ["downarrow", "arrowdown"], .navigation),
    Key(.left, "left", ["leftarrow", "arrowleft"], .navigation),
    Key(.right, "right", ["rightarrow", "arrowright"], .navigation),
    Key(.home, "home", [], .navigation),
    Key(.end, "end", [], .navigation),
    Key(.pageUp, "pgup", ["pageup", "prior"], .navigation),
    Key(.pageDown, "pgdn", ["pagedown", "pgdown", "next"], .navigation),
    Key(.insert, "insert", ["ins"], .navigation),
    Key(.delete, "delete", ["del"], .navigation),
  ]

  private static let keypad: [Key] = [
    Key(.keypad0, "kp0", ["numpad0"], .keypad), Key(.keypad1, "kp1", ["numpad1"], .keypad),
    Key(.keypad2, "kp2", ["numpad2"], .keypad), Key(.keypad3, "kp3", ["numpad3"], .keypad),
    Key(.keypad4, "kp4", ["numpad4"], .keypad), Key(.keypad5, "kp5", ["numpad5"], .keypad),
    Key(.keypad6, "kp6", ["numpad6"], .keypad), Key(.keypad7, "kp7", ["numpad7"], .keypad),
    Key(.keypad8, "kp8", ["numpad8"], .keypad), Key(.keypad9, "kp9", ["numpad9"], .keypad),
    Key(.keypadPeriod, "kpperiod", ["kpdot", "kpdecimal", "kpdelete"], .keypad),
    Key(.keypadEnter, "kpenter", [], .keypad),
    Key(.keypadPlus, "kpplus", ["kpadd"], .keypad),
    Key(.keypadMinus, "kpminus", ["kpsubtract"], .keypad),
    Key(.keypadAsterisk, "kpasterisk", ["kpmultiply"], .keypad),
    Key(.keypadSlash, "kpslash", ["kpdivide"], .keypad),
    Key(.keypadEqual, "kpequal", ["kpequals"], .keypad),
    Key(.keypadComma, "kpcomma", [], .keypad),
  ]

  private static let system: [Key] = [
    Key(.print, "print", ["sysrq", "printscreen", "prtscr", "prtsc"], .system),
    Key(.pause, "pause", ["break"], .system),
    Key(.power, "power", [], .system),
    Key(.sleep, "sleep", [], .system),
    Key(.wake, "wake", ["wakeup"], .system),
  ]

  private static let media: [Key] = [
    Key(.mute, "mute", ["audiomute"], .media),
    Key(.volumeDown, "volumedown", [], .media),
    Key(.volumeUp, "volumeup", [], .media),
    Key(.mediaPlay, "mediaplay", ["audioplay", "play", "playpause"], .media),
    Key(.mediaStop, "mediastop", ["audiostop"], .media),
    Key(.mediaPrevious, "mediaprevious", ["mediaprev", "audioprev"], .media),
    Key(.mediaNext, "medianext", ["audionext"], .media),
    Key(.mediaSelect, "mediaselect", [], .media),
    Key(.browserHome, "browserhome", ["achome"], .media),
    Key(.browserSearch, "browsersearch", ["search"], .media),
    Key(.browserFavorites, "browserfavorites", ["bookmarks", "acbookmarks"], .media),
    Key(.browserRefresh, "browserrefresh", ["acrefresh"], .media),
    Key(.browserStop, "browserstop", ["stop"], .media),
    Key(.browserForward, "browserforward", ["acforward"], .media),
    Key(.browserBack, "browserback", ["acback"], .media),
    Key(.mail, "mail", [], .media),
    Key(.calculator, "calculator", [], .media),
    Key(.computer, "computer", [], .media),
  ]

  private static let office: [Key] = [
    Key(.help, "help", [], .office),
    Key(.again, "again", [], .office),
    Key(.properties, "properties", ["props"], .office),
    Key(.undo, "undo", [], .office),
    Key(.front, "front", [], .office),
    Key(.copy, "copy", [], .office),
    Key(.open, "open", [], .office),
    Key(.paste, "paste", [], .office),
    Key(.find, "find", [], .office),
    Key(.cut, "cut", [], .office),
  ]

  private static let international: [Key] = [
    Key(.nonUSBackslash, "102nd", ["less", "iso"], .international),
    Key(.ro, "ro", [], .international),
    Key(.yen, "yen", [], .international),
    Key(.katakanaHiragana, "katakanahiragana", ["kana"], .international),
    Key(.hiragana, "hiragana", [], .international),
    Key(.katakana, "katakana", [], .international),
    Key(.zenkakuHankaku, "zenkakuhankaku", [], .international),
    Key(.henkan, "henkan", ["convert"], .international),
    Key(.muhenkan, "muhenkan", ["nonconvert"], .international),
    Key(.hangul, "hangul", ["hangeul", "lang1"], .international),
    Key(.hanja, "hanja", ["lang2"], .international),
  ]
}
