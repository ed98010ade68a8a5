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
  /** Events that wait behind a key, and the timer that ends it; null while none is held back. */
  #waiting = null;
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

  /** Keeps a key that comes down, and all behind it, for so many milliseconds or until `letGo`. The browser sees it. */
  hold(event, milliseconds) {
    event.stopPropagation();
    this.#waiting ??= { events: [], timer: setTimeout(() => this.letGo(), milliseconds) };
    this.#waiting.events.push(event);
  }

  letGo() {
    const events = this.#forget();
    for (const event of events) {
      if (event.type === "keydown") this.down(event);
      else this.up(event);
    }
  }

  /** @param {KeyboardEvent} event */
  down(event) {
    if (this.#waits(event)) return;
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
    if (this.#waits(event)) return;
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
    this.#forget();
    for (const place of [...this.#held.keys()]) this.#up(place);
    this.#lights = null;
    this.#isOnlyControlAlt = false;
  }

  /** No key overtakes one that is held back. */
  #waits(event) {
    if (!this.#waiting) return false;
    event.preventDefault();
    event.stopPropagation();
    this.#waiting.events.push(event);
    return true;
  }

  #forget() {
    const { events, timer } = this.#waiting ?? { events: [] };
    clearTimeout(timer);
    this.#waiting = null;
    return events;
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
