// The page's pointer on its way to the guest: mouse, pen and touch.

/** Buttons by their bit of `PointerEvent.buttons`, as the guest has them. */
const buttons = [[1, 1], [4, 2], [2, 3], [8, 6], [16, 7]];
const wheel = { up: 4, down: 5 };
/** Pixels of scrolling that make a notch of a wheel, and lines. */
const notch = { pixels: 100, lines: 3 };
const touch = { slop: 8, hold: 500, scroll: 24 };
const [left, right] = [1, 3];

export class Pointer {
  #surface;
  #send;
  #size = { width: 0, height: 0 };
  #isRelative = false;
  #isReadonly = false;
  #pressed = 0;
  #scrolled = 0;
  #touches = new Map();
  #gesture = null;

  /**
   * @param {HTMLElement} surface shows the guest's screen, all of it.
   * @param {(message: object) => void} send
   */
  constructor(surface, send) {
    this.#surface = surface;
    this.#send = (message) => { if (!this.#isReadonly) send(message); };
    const listen = (names, action) => names.forEach((name) => surface.addEventListener(name, action));
    listen(["pointerdown", "pointermove", "pointerup", "pointercancel"], (event) => this.#pointer(event));
    surface.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    surface.addEventListener("contextmenu", (event) => event.preventDefault());
    // The middle button's scrolling, and the side buttons' way through the history.
    listen(["mousedown", "auxclick"], (event) => { if (event.button !== 0) event.preventDefault(); });
  }

  set size(size) { this.#size = size; }

  /** True where the guest has the pointer and wants to hear of motion. */
  set isRelative(isRelative) {
    this.#isRelative = isRelative;
    if (!isRelative && this.isLocked) document.exitPointerLock();
  }

  get isRelative() { return this.#isRelative; }

  set isReadonly(isReadonly) { this.#isReadonly = isReadonly; }

  get isLocked() { return this.#root.pointerLockElement === this.#surface; }

  /** Takes the pointer away from the page, in answer to a gesture. */
  async lock() {
    try {
      await this.#surface.requestPointerLock({ unadjustedMovement: true });
    } catch {
      // Not everywhere can the system's acceleration be left out.
      try { await this.#surface.requestPointerLock(); } catch { /* The person let go of it a moment ago. */ }
    }
  }

  /** Lets go of all buttons. */
  releaseAll() {
    this.#press(0);
    this.#touches.clear();
    this.#endGesture();
  }

  get #root() { return this.#surface.getRootNode(); }

  // MARK: Mouse and pen

  #pointer(event) {
    if (event.pointerType === "touch") {
      event.preventDefault();
      this.#touch(event);
      return;
    }
    if (event.type === "pointerdown") {
      this.#surface.setPointerCapture?.(event.pointerId);
      // The click that takes the pointer is not the guest's.
      if (this.#isRelative && !this.isLocked && !this.#isReadonly) {
        void this.lock();
        return;
      }
    }
    if (this.#isRelative && !this.isLocked) return;
    this.#move(event);
    this.#press(event.type === "pointercancel" ? 0 : event.buttons);
  }

  #move(event) {
    if (this.#isRelative) {
      const [dx, dy] = [Math.round(event.movementX), Math.round(event.movementY)];
      if (dx !== 0 || dy !== 0) this.#send({ kind: "motion", dx, dy });
    } else {
      this.#send({ kind: "position", ...this.#place(event) });
    }
  }

  /** The guest's pixel that the event is at, or the nearest. */
  #place({ clientX, clientY }) {
    const box = this.#surface.getBoundingClientRect();
    const scale = (at, start, length, pixels) =>
      Math.max(0, Math.min(pixels - 1, Math.floor((at - start) * pixels / Math.max(1, length))));
    return {
      x: scale(clientX, box.left, box.width, this.#size.width), y: scale(clientY, box.top, box.height, this.#size.height),
    };
  }

  /** Several buttons may change at once: what counts is what is held now. */
  #press(held) {
    for (const [bit, button] of buttons) {
      if ((held & bit) !== (this.#pressed & bit)) this.#send({ kind: "button", button, pressed: (held & bit) !== 0 });
    }
    this.#pressed = held;
  }

  #click(button) {
    this.#send({ kind: "button", button, pressed: true });
    this.#send({ kind: "button", button, pressed: false });
  }

  // MARK: The wheel

  #wheel(event) {
    event.preventDefault();
    if (this.#isRelative && !this.isLocked) return;
    const steps = this.#notches(event);
    for (let step = 0; step < Math.min(10, Math.abs(steps)); step++) this.#click(steps < 0 ? wheel.up : wheel.down);
  }

  #notches(event) {
    // A wheel with notches says 120 for each; a touchpad says what it likes, which adds up.
    const said = (event.wheelDeltaY ?? 0) / -120;
    if (said !== 0 && Number.isInteger(said)) {
      this.#scrolled = 0;
      return said;
    }
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? notch.lines
      : event.deltaMode === WheelEvent.DOM_DELTA_PAGE ? 1 : notch.pixels;
    this.#scrolled += event.deltaY / unit;
    const steps = Math.trunc(this.#scrolled);
    this.#scrolled -= steps;
    return steps;
  }

  // MARK: Touch
  //
  // One finger: a tap clicks, a move drags, holding still clicks with the right button. Two fingers turn the wheel.

  #touch(event) {
    const at = { x: event.clientX, y: event.clientY };
    if (event.type === "pointerdown") {
      this.#surface.setPointerCapture?.(event.pointerId);
      this.#touches.set(event.pointerId, at);
      this.#beginGesture(event, at);
    } else if (event.type === "pointermove") {
      if (!this.#touches.has(event.pointerId)) return;
      const before = this.#touches.get(event.pointerId);
      this.#touches.set(event.pointerId, at);
      this.#moveGesture(event, before, at);
    } else {
      this.#touches.delete(event.pointerId);
      if (this.#gesture?.kind === "tap" && event.type === "pointerup") this.#click(left);
      if (this.#touches.size === 0 || this.#gesture?.kind !== "scroll") this.#endGesture();
    }
  }

  #beginGesture(event, at) {
    if (this.#touches.size > 1) {
      this.#endGesture();
      this.#gesture = { kind: "scroll", rest: 0 };
      return;
    }
    if (!this.#isRelative) this.#send({ kind: "position", ...this.#place(event) });
    const timer = setTimeout(() => {
      if (this.#gesture?.kind !== "tap") return;
      this.#click(right);
      this.#gesture = { kind: "held" };
      navigator.vibrate?.(10);
    }, touch.hold);
    this.#gesture = { kind: "tap", start: at, timer };
  }

  #moveGesture(event, before, at) {
    const gesture = this.#gesture;
    if (gesture?.kind === "scroll") {
      // Two fingers move; each tells of half of it. Content follows the fingers.
      gesture.rest += (at.y - before.y) / 2;
      const steps = Math.trunc(gesture.rest / touch.scroll);
      gesture.rest -= steps * touch.scroll;
      for (let step = 0; step < Math.min(10, Math.abs(steps)); step++) this.#click(steps > 0 ? wheel.up : wheel.down);
      return;
    }
    if (gesture?.kind === "tap") {
      if (Math.hypot(at.x - gesture.start.x, at.y - gesture.start.y) < touch.slop) return;
      clearTimeout(gesture.timer);
      // Where the guest has the pointer, a finger moves it as on a touchpad.
      this.#gesture = { kind: this.#isRelative ? "move" : "drag" };
      if (!this.#isRelative) this.#send({ kind: "button", button: left, pressed: true });
    }
    if (this.#isRelative) {
      this.#send({ kind: "motion", dx: Math.round(at.x - before.x), dy: Math.round(at.y - before.y) });
    } else {
      this.#send({ kind: "position", ...this.#place(event) });
    }
  }

  #endGesture() {
    clearTimeout(this.#gesture?.timer);
    if (this.#gesture?.kind === "drag") this.#send({ kind: "button", button: left, pressed: false });
    this.#gesture = null;
  }
}
