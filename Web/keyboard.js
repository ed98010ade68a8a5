// Keys of the page's keyboard on their way to the guest.

import { scancodes } from "./scancodes.js";

/** Milliseconds between the two events by which Windows tells of AltGr: a Ctrl that nobody pressed, and Alt. */
const altGrGap = 50;
const lockLights = { ScrollLock: 1, NumLock: 2, CapsLock: 4 };

export class Keyboard {
  /** Called when the person wants the keyboard back: Ctrl and Alt of the left, alone, up again. */
  onRelease = () => {};
  #send;
  #held = new Map();
  #lastControl = -Infinity;
  /** What may become the gesture that gives the keyboard back. */
  #isOnlyControlAlt = false;
  /** The lights that the guest was told of; null before it was. */
  #lights = null;
  #guestLights = 0;

  /** @param {(message: object) => void} send */
  constructor(send) {
    this.#send = send;
  }

  /** Whether the guest's Caps Lock is on. */
  get capsLock() { return (this.#guestLights & lockLights.CapsLock) !== 0; }

  set guestLights(lights) { this.#guestLights = lights; }

  /** @param {KeyboardEvent} event */
  down(event) {
    const code = scancodes.get(event.code);
    if (code === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.code === "ControlLeft") this.#lastControl = event.timeStamp;
    if (event.code === "AltRight" && event.timeStamp - this.#lastControl < altGrGap) this.#up("ControlLeft");
    this.#isOnlyControlAlt = isControlAlt(event.code) && [...this.#held.keys()].every(isControlAlt);
    this.#matchLights(event);
    this.#held.set(event.code, code);
    this.#send({ kind: "key", code, pressed: true });
  }

  /** @param {KeyboardEvent} event */
  up(event) {
    const code = scancodes.get(event.code);
    if (code === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    // Some keys, such as Print on Windows, are told of only when they come up.
    if (!this.#held.has(event.code)) this.#send({ kind: "key", code, pressed: true });
    const both = this.#held.has("ControlLeft") && this.#held.has("AltLeft");
    this.#send({ kind: "key", code, pressed: false });
    this.#held.delete(event.code);
    // macOS keeps back the other keys' release while Command is down.
    if (event.code.startsWith("Meta")) this.releaseAll();
    if (both && this.#isOnlyControlAlt) {
      this.releaseAll();
      this.onRelease();
    }
  }

  /** Lets go of all keys: the page cannot see any more what is done to them. */
  releaseAll() {
    for (const place of [...this.#held.keys()]) this.#up(place);
    this.#lights = null;
    this.#isOnlyControlAlt = false;
  }

  #up(place) {
    const code = this.#held.get(place);
    if (code === undefined) return;
    this.#held.delete(place);
    this.#send({ kind: "key", code, pressed: false });
  }

  /** The lock lights of the page's keyboard, once after each time it was elsewhere. */
  #matchLights(event) {
    if (this.#lights !== null || event.code in lockLights) return;
    this.#lights = Object.entries(lockLights)
      .reduce((lights, [name, bit]) => event.getModifierState(name) ? lights | bit : lights, 0);
    // Scroll Lock has no meaning to most guests, and not every keyboard has it.
    const known = lockLights.CapsLock | lockLights.NumLock;
    if ((this.#lights & known) === (this.#guestLights & known)) return;
    this.#send({ kind: "lights", lights: (this.#guestLights & lockLights.ScrollLock) | (this.#lights & known) });
  }
}

const isControlAlt = (place) => place === "ControlLeft" || place === "AltLeft";
