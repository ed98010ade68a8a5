// Keys as people write them, and the keys that type a text on a US keyboard.

import { scancodes } from "./scancodes.js";

const code = (place) => scancodes.get(place);

const names = new Map(Object.entries({
  ctrl: "ControlLeft", control: "ControlLeft", lctrl: "ControlLeft", rctrl: "ControlRight",
  shift: "ShiftLeft", lshift: "ShiftLeft", rshift: "ShiftRight",
  alt: "AltLeft", lalt: "AltLeft", altgr: "AltRight", ralt: "AltRight",
  super: "MetaLeft", win: "MetaLeft", meta: "MetaLeft", cmd: "MetaLeft", lsuper: "MetaLeft", rsuper: "MetaRight",
  menu: "ContextMenu", enter: "Enter", return: "Enter", ret: "Enter", escape: "Escape", esc: "Escape", tab: "Tab",
  space: "Space", spc: "Space", backspace: "Backspace", delete: "Delete", del: "Delete", insert: "Insert", ins: "Insert",
  home: "Home", end: "End", pageup: "PageUp", pgup: "PageUp", prior: "PageUp", pagedown: "PageDown", pgdn: "PageDown",
  next: "PageDown", up: "ArrowUp", down: "ArrowDown", left: "ArrowLeft", right: "ArrowRight",
  capslock: "CapsLock", numlock: "NumLock", scrolllock: "ScrollLock", pause: "Pause", print: "PrintScreen",
  printscreen: "PrintScreen", sysrq: "PrintScreen", minus: "Minus", equal: "Equal", comma: "Comma", dot: "Period",
  period: "Period", slash: "Slash", backslash: "Backslash", semicolon: "Semicolon", apostrophe: "Quote", grave: "Backquote",
  less: "IntlBackslash",
}));
for (let number = 1; number <= 24; number++) names.set(`f${number}`, `F${number}`);

// What each key types, without and with Shift.
const printed = {
  Backquote: "`~", Digit1: "1!", Digit2: "2@", Digit3: "3#", Digit4: "4$", Digit5: "5%", Digit6: "6^", Digit7: "7&",
  Digit8: "8*", Digit9: "9(", Digit0: "0)", Minus: "-_", Equal: "=+", BracketLeft: "[{", BracketRight: "]}",
  Backslash: "\\|", Semicolon: ";:", Quote: "'\"", Comma: ",<", Period: ".>", Slash: "/?", Space: "  ",
};
for (const letter of "abcdefghijklmnopqrstuvwxyz") {
  printed[`Key${letter.toUpperCase()}`] = letter + letter.toUpperCase();
}

/** @type {Map<string, {place: string, shift: boolean}>} */
const characters = new Map([["\n", { place: "Enter", shift: false }], ["\t", { place: "Tab", shift: false }]]);
for (const [place, [plain, shifted]] of Object.entries(printed)) {
  characters.set(shifted, { place, shift: true });
  characters.set(plain, { place, shift: false });
}

/**
 * The scancodes of keys that are held down together, in the order in which they go down: `"ctrl-alt-delete"`, `"shift+f10"`,
 * `"ctrl--"`, `"Enter"`, or places as `KeyboardEvent.code` names them.
 *
 * @throws {RangeError} where a part is no key's name; its message is a sentence with that part.
 */
export function combination(text) {
  const parts = [];
  let rest = text.trim();
  while (rest !== "") {
    // A separator is a key of its own where no name stands before it.
    const end = rest.slice(1).search(/[-+]/);
    parts.push(end < 0 ? rest : rest.slice(0, end + 1));
    rest = end < 0 ? "" : rest.slice(end + 2);
  }
  const keys = parts.flatMap((part) => {
    if (scancodes.has(part)) return [code(part)];
    const place = names.get(part.toLowerCase().replaceAll("_", ""));
    if (place) return [code(place)];
    const character = part.length === 1 ? characters.get(part) ?? characters.get(part.toLowerCase()) : undefined;
    if (!character) throw new RangeError(`there is no key named "${part}" in "${text}"`);
    // A letter is its key in either case: ctrl-C does not hold Shift.
    const shift = character.shift && !/[a-z]/i.test(part);
    return shift ? [code("ShiftLeft"), code(character.place)] : [code(character.place)];
  });
  if (keys.length === 0) throw new RangeError("no key is named");
  return keys;
}

/**
 * What types a text where the guest has a US layout: `{code, shift}` for each character.
 *
 * @param {boolean} capsLock Whether the guest's Caps Lock is on, which turns the case of letters round.
 * @throws {RangeError} where a character is on no key; nothing is typed then.
 */
export function keystrokes(text, capsLock = false) {
  return Array.from(text.replaceAll("\r\n", "\n"), (character, index) => {
    const key = characters.get(character);
    if (!key) {
      throw new RangeError(`“${character}” (character ${index + 1}) is on no key of a US keyboard; `
        + "send such a text through the clipboard");
    }
    const turned = capsLock && /[a-z]/i.test(character);
    return { code: code(key.place), shift: key.shift !== turned };
  });
}

export const shiftCode = code("ShiftLeft");
