// Where a key is, by `KeyboardEvent.code` (the place, not what is printed on it), as the guest hears of it: PC/AT set 1
// scancodes in the form of KEY_DOWN, the prefix 0xE0 in the low byte. The constants of `Scancode.swift` say the same.

const extended = (code) => 0xe0 | (code << 8);

const rows = {
  0x01: "Escape Digit1 Digit2 Digit3 Digit4 Digit5 Digit6 Digit7 Digit8 Digit9 Digit0 Minus Equal Backspace",
  0x0f: "Tab KeyQ KeyW KeyE KeyR KeyT KeyY KeyU KeyI KeyO KeyP BracketLeft BracketRight Enter",
  0x1d: "ControlLeft KeyA KeyS KeyD KeyF KeyG KeyH KeyJ KeyK KeyL Semicolon Quote Backquote",
  0x2a: "ShiftLeft Backslash KeyZ KeyX KeyC KeyV KeyB KeyN KeyM Comma Period Slash ShiftRight",
  0x37: "NumpadMultiply AltLeft Space CapsLock F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 NumLock ScrollLock",
  0x47: "Numpad7 Numpad8 Numpad9 NumpadSubtract Numpad4 Numpad5 Numpad6 NumpadAdd",
  0x4f: "Numpad1 Numpad2 Numpad3 Numpad0 NumpadDecimal",
  0x56: "IntlBackslash F11 F12 NumpadEqual",
};

const others = {
  // As QEMU has them; a hardware keyboard's codes for these differ.
  F13: 0x5d, F14: 0x5e, F15: 0x5f, F16: 0x55, F17: extended(0x03), F18: extended(0x77), F19: extended(0x04), F20: 0x5a,
  F21: 0x74, F22: extended(0x79), F23: 0x6d, F24: 0x6f,
  KanaMode: 0x70, Lang2: 0x71, Lang1: 0x72, IntlRo: 0x73, Lang5: 0x76, Lang4: 0x77, Lang3: 0x78, Convert: 0x79,
  NonConvert: 0x7b, IntlYen: 0x7d, NumpadComma: 0x7e,
  Help: extended(0x75), Again: extended(0x05), Props: extended(0x06), Undo: extended(0x07), Copy: extended(0x78),
  Open: 0x64, Paste: 0x65, Find: extended(0x41), Cut: extended(0x3c),
  // Pause goes by the code of Ctrl+Pause: the long sequence of the hardware leaves it pressed for good in QEMU.
  Pause: extended(0x46),
  PrintScreen: extended(0x37), NumpadEnter: extended(0x1c), ControlRight: extended(0x1d), NumpadDivide: extended(0x35),
  AltRight: extended(0x38), Home: extended(0x47), ArrowUp: extended(0x48), PageUp: extended(0x49),
  ArrowLeft: extended(0x4b), ArrowRight: extended(0x4d), End: extended(0x4f), ArrowDown: extended(0x50),
  PageDown: extended(0x51), Insert: extended(0x52), Delete: extended(0x53), MetaLeft: extended(0x5b),
  MetaRight: extended(0x5c), OSLeft: extended(0x5b), OSRight: extended(0x5c), ContextMenu: extended(0x5d),
  Power: extended(0x5e), Sleep: extended(0x5f), WakeUp: extended(0x63),
  MediaTrackPrevious: extended(0x10), MediaTrackNext: extended(0x19), AudioVolumeMute: extended(0x20),
  LaunchApp2: extended(0x21), MediaPlayPause: extended(0x22), MediaStop: extended(0x24),
  AudioVolumeDown: extended(0x2e), AudioVolumeUp: extended(0x30), BrowserHome: extended(0x32),
  BrowserSearch: extended(0x65), BrowserFavorites: extended(0x66), BrowserRefresh: extended(0x67),
  BrowserStop: extended(0x68), BrowserForward: extended(0x69), BrowserBack: extended(0x6a),
  LaunchApp1: extended(0x6b), LaunchMail: extended(0x6c), MediaSelect: extended(0x6d),
};

/** @type {Map<string, number>} */
export const scancodes = new Map(Object.entries(others));
for (const [first, names] of Object.entries(rows)) {
  names.split(" ").forEach((name, index) => scancodes.set(name, Number(first) + index));
}
