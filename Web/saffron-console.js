// <saffron-console src="wss://host/"></saffron-console>: the screen of a SPICE server, its keyboard, pointer, sound and
// clipboard. Documentation/browser.md describes attributes, methods and events.

import { mayReadQuietly, readClipboard, writeClipboard } from "./clipboard.js";
import { loadCore } from "./core.js";
import { cursorStyle, drawing } from "./cursor.js";
import { Keyboard } from "./keyboard.js";
import { combination, keystrokes, shiftCode } from "./notation.js";
import { Pointer } from "./pointer.js";
import { Sound } from "./sound.js";
import { markup } from "./saffron-console-look.js";

const compressions = { off: 1, "auto-glz": 2, "auto-lz": 3, quic: 4, glz: 5, lz: 6, lz4: 7 };
const serverMouse = 1;
const clientMouse = 2;
/** Seconds before each further attempt, and how long a session has to last for the first to count again. */
const backOff = [1, 2, 4, 8, 15, 30];
const attemptLimit = 30;
const steadyAfter = 20_000;
/** Milliseconds for which the page's size has to stay before the guest is asked for it. */
const wishDelay = 300;
/** Milliseconds after each key of a text. */
const typingPause = 10;
/** Milliseconds that the guest's agent has to take a text over before the key that pastes it. */
const pasteDelay = 80;
/** Milliseconds within which a connection that opens shows no card. */
const soon = 400;
/** Milliseconds that a gateway may take to answer. */
const gatewayPatience = 10_000;
const wishLimit = { least: 320, most: 8192 };

const states = Object.freeze({
  idle: "idle", connecting: "connecting", connected: "connected", waiting: "reconnecting", password: "password",
  failed: "failed",
});

export class SaffronConsole extends HTMLElement {
  static observedAttributes = ["src", "via", "scale", "screen", "readonly", "clipboard"];

  #parts;
  #worker = null;
  /** @type {Promise<WebAssembly.Module> | null} */
  #core = null;
  #keyboard;
  #pointer;
  #sound;
  #state = states.idle;
  #password = "";
  #size = { width: 0, height: 0 };
  #screens = [];
  #mouse = { current: 0, supported: 0 };
  #attempts = 0;
  #connectedAt = 0;
  #retry = 0;
  #countdown = 0;
  #soon = 0;
  #wishTimer = 0;
  #shape = null;
  #hasAgent = false;
  #guestText = null;
  /** The text that the guest was offered last. */
  #offered = null;
  #screenshots = new Map();
  #observer = new ResizeObserver(() => this.#fit());
  #listening = null;
  /** Counts attempts, so that an answer to one that was given up is not heard. */
  #opening = 0;
  /** Resolved when what is being typed is. */
  #typing = Promise.resolve();

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open", delegatesFocus: true });
    root.innerHTML = markup;
    const part = (name) => root.querySelector(`.${name}`);
    this.#parts = {
      view: part("view"), stage: part("stage"), canvas: part("canvas"), pointer: part("pointer"), cover: part("cover"),
      title: part("title"), text: part("text"), form: part("form"), password: part("password"), retry: part("retry"),
      typing: part("typing"), live: part("live"),
    };
    this.#keyboard = new Keyboard((message) => this.#input(message));
    this.#keyboard.onRelease = () => this.releaseKeyboard();
    this.#pointer = new Pointer(this.#parts.canvas, (message) => this.#input(message));
    this.#sound = new Sound((port) => this.#post({ kind: "sound", port }, port ? [port] : []));
    this.#listen();
  }

  connectedCallback() {
    const signal = (this.#listening = new AbortController()).signal;
    this.#observer.observe(this.#parts.view);
    // A key that comes up elsewhere is not seen here.
    addEventListener("blur", () => this.releaseKeys(), { signal });
    addEventListener("focus", () => void this.#offerClipboard(), { signal });
    document.addEventListener("visibilitychange", () => { if (document.hidden) this.releaseKeys(); }, { signal });
    if ((this.src || this.via) && !this.hasAttribute("manual")) this.connect();
  }

  disconnectedCallback() {
    this.#listening?.abort();
    this.#observer.disconnect();
    this.disconnect();
    this.#worker?.terminate();
    this.#worker = null;
    void this.#sound.close();
  }

  attributeChangedCallback(name, before, after) {
    if (before === after) return;
    if (name === "scale") this.#fit();
    if (name === "screen") this.#chooseScreen();
    if (name === "readonly") this.#pointer.isReadonly = this.readOnly;
    if (name === "clipboard") {
      this.#post({ kind: "clipboardOn", isOn: this.clipboard });
      void this.#offerClipboard();
    }
    if ((name === "src" || name === "via") && this.isConnected && after && !this.hasAttribute("manual")) this.connect();
  }

  // MARK: Properties

  get src() { return this.getAttribute("src") ?? ""; }
  set src(address) { this.setAttribute("src", address); }

  /** Where a gateway is asked (by POST) for the `src` of each session. */
  get via() { return this.getAttribute("via") ?? ""; }
  set via(address) { this.setAttribute("via", address); }

  /** From the attribute, this property or the form; never written to the attribute. */
  get password() { return this.#password || (this.getAttribute("password") ?? ""); }
  set password(password) { this.#password = password; }

  /** `fit`, `1:1` or `remote`. */
  get scale() {
    const scale = this.getAttribute("scale");
    return scale === "1:1" || scale === "remote" ? scale : "fit";
  }
  set scale(scale) { this.setAttribute("scale", scale); }

  /** The number of the screen that is shown, from 1 on, or 0: all of them. */
  get screen() {
    const number = Number(this.getAttribute("screen"));
    return Number.isInteger(number) && number > 0 ? number : 0;
  }
  set screen(number) { this.setAttribute("screen", number > 0 ? String(number) : "all"); }

  get readOnly() { return this.hasAttribute("readonly"); }
  set readOnly(isReadOnly) { this.toggleAttribute("readonly", isReadOnly); }

  /** Whether texts are exchanged with the guest's clipboard. */
  get clipboard() { return this.getAttribute("clipboard") === "on"; }
  set clipboard(isOn) { this.setAttribute("clipboard", isOn ? "on" : "off"); }

  /** `idle`, `connecting`, `connected`, `reconnecting`, `password` or `failed`. */
  get state() { return this.#state; }

  /** The guest's screens, each with `width` and `height`. */
  get screens() { return this.#screens.map(({ width, height }) => ({ width, height })); }

  /** What is shown of them, in pixels; 0 before there is something. */
  get screenWidth() { return this.#size.width; }
  get screenHeight() { return this.#size.height; }

  /** Whether the guest has an agent that listens: clipboard and `scale="remote"` need it. */
  get hasAgent() { return this.#hasAgent; }

  /** Whether sound is on. It is off until `setSound(true)`. */
  get soundOn() { return this.#sound.isOn; }

  /** What is heard, for a page that wants to show or record it; null while sound is off. */
  get audioNode() { return this.#sound.output; }

  // MARK: Methods

  /** Connects to `src`, or to what `via` answers; anew where it is connected. */
  connect() {
    this.#attempts = 0;
    void this.#open();
  }

  /** Ends the session. */
  disconnect() {
    this.#stopWaiting();
    this.#opening += 1;
    if (this.#state === states.idle) return;
    const wasOpen = this.#state === states.connected;
    this.#post({ kind: "disconnect" });
    this.#become(states.idle, "Disconnected", "The session was ended here.");
    if (wasOpen) this.#tell("disconnected", { cause: "here", reason: "The session was ended here.", retry: false });
  }

  /**
   * Presses keys together and lets them go: `"ctrl-alt-delete"`, `"F5"`, or scancodes.
   *
   * @param {string | number[]} keys
   * @throws {RangeError} where a name is no key's.
   */
  sendKeys(keys) {
    const codes = typeof keys === "string" ? combination(keys) : keys;
    for (const code of codes) this.#input({ kind: "key", code, pressed: true });
    for (const code of codes.toReversed()) this.#input({ kind: "key", code, pressed: false });
  }

  /**
   * Types a text on a US keyboard, a key after the other: an emulated keyboard keeps few that the guest has not read.
   *
   * @returns {Promise<void>} when it is typed. Rejected with a `RangeError`, and nothing is typed, where a character is on
   *   none of its keys.
   */
  typeText(text) {
    let strokes;
    try {
      strokes = keystrokes(text, this.#keyboard.capsLock);
    } catch (error) {
      return Promise.reject(error);
    }
    const type = async () => {
      for (const { code, shift } of strokes) {
        const codes = shift ? [shiftCode, code] : [code];
        this.sendKeys(codes);
        await new Promise((resolve) => setTimeout(resolve, typingPause));
      }
    };
    // Texts do not mix.
    return (this.#typing = this.#typing.then(type));
  }

  /**
   * Asks the guest to take the pointer's motion (`"server"`; a click on the picture then takes the page's pointer, as games
   * want it) or its place (`"client"`). The event `mousemode` tells of the answer; a guest may not have both.
   */
  requestMouseMode(mode) {
    this.#input({ kind: "mouseMode", mode: mode === "server" ? serverMouse : clientMouse });
  }

  /** Lets go of all keys and buttons. */
  releaseKeys() {
    this.#keyboard.releaseAll();
    this.#pointer.releaseAll();
  }

  /** Gives the keyboard and the pointer back to the page. */
  releaseKeyboard() {
    this.releaseKeys();
    if (this.#pointer.isLocked) document.exitPointerLock();
    this.#parts.canvas.blur();
    this.#tell("released", {});
  }

  /** Shows the console alone, and asks the browser for the keys that it keeps for itself elsewhere. */
  async requestFullscreen(options) {
    await super.requestFullscreen(options);
    await this.lockKeyboard();
  }

  /** Asks the browser for Escape, Alt+Tab and the like; in full screen alone, and not in every browser. */
  async lockKeyboard() {
    try { await navigator.keyboard?.lock?.(); } catch { /* The keys stay the browser's. */ }
  }

  /** Brings up the keyboard of a device without keys. */
  showKeyboard() {
    this.#parts.typing.focus();
  }

  /** Sound on or off; in answer to a gesture of the person's, as browsers want it. */
  async setSound(isOn) {
    await this.#sound.set(isOn);
    this.#tell("soundchange", { isOn });
  }

  /** @returns {Promise<Blob>} a picture of the guest's screen, in its own pixels. */
  screenshot(type = "image/png") {
    if (!this.#worker) return Promise.reject(new Error("There is no picture yet."));
    return new Promise((resolve, reject) => {
      const id = crypto.randomUUID?.() ?? String(Math.random());
      this.#screenshots.set(id, { resolve, reject });
      this.#post({ kind: "screenshot", id, type });
    });
  }

  /** Offers the guest a text to paste. */
  offerText(text) {
    this.#offered = text;
    this.#post({ kind: "clipboard", text });
  }

  /** Begins or ends the events `statistics`, one a second. */
  watchStatistics(isOn) {
    this.#post({ kind: "statistics", isOn });
  }

  // MARK: Sessions

  async #open() {
    this.#stopWaiting();
    const opening = (this.#opening += 1);
    let src = this.src;
    this.#start();
    const loading = this.#loadCore();
    if (this.via) {
      this.#become(states.connecting, "Connecting", "Asking the gateway for a session");
      const answer = await this.#askGateway();
      if (opening !== this.#opening) return;
      if (!answer.src) {
        this.#ended(answer.cause, answer.text, false);
        return;
      }
      ({ src } = answer);
    }
    const address = this.#address(src);
    if (!address) return;
    // What opens a session at a gateway is for nobody's eyes.
    const words = this.#attempts > 0 ? `Attempt ${this.#attempts + 1}` : address.includes("/sessions/") ? "" : address;
    this.#become(states.connecting, "Connecting", words);
    let core;
    try {
      core = await loading;
    } catch (error) {
      if (opening === this.#opening) this.#fail("core", `The console's core could not be loaded: ${error.message}.`);
      return;
    }
    if (opening !== this.#opening) return;
    this.#post({
      kind: "connect", url: address, password: this.password, clipboard: this.clipboard,
      compression: compressions[this.getAttribute("compression")] ?? 0, core,
    });
  }

  /** Compiles the core while the worker starts and the gateway answers; once, unless that fails. */
  #loadCore() {
    const own = this.getAttribute("core");
    const address = own === null ? new URL("saffron-core.wasm", import.meta.url) : new URL(own, document.baseURI);
    const load = () => loadCore(address.href);
    const ahead = own === null ? globalThis.saffronCore : undefined;
    this.#core ??= ahead?.catch(load) ?? load();
    this.#core.catch(() => { this.#core = null; });
    return this.#core;
  }

  /** @returns {Promise<{src: string} | {cause: string, text: string}>} the next session's address, or why there is none. */
  async #askGateway() {
    let response;
    let url;
    try {
      url = new URL(this.via, location.href);
    } catch {
      return { cause: "address", text: `“${this.via}” is no address of a gateway's console.` };
    }
    try {
      response = await fetch(url, { method: "POST", signal: AbortSignal.timeout(gatewayPatience) });
    } catch {
      return { cause: "unreachable", text: "The gateway does not answer. Is it running, and is the network up?" };
    }
    const answer = await response.json().catch(() => ({}));
    if (response.ok && answer.src) return { src: new URL(answer.src, url).href };
    const words = answer.error ? `The gateway says: ${answer.error}.` : `The gateway answers with status ${response.status}.`;
    return { cause: response.status >= 429 ? "unreachable" : "refused", text: words };
  }

  /** The WebSocket's address; null where it cannot be one, which is said. */
  #address(src) {
    let url;
    try {
      url = new URL(src, location.href);
    } catch {
      this.#fail("address", `“${src}” is no address. One looks like ws://host:5930/`);
      return null;
    }
    url.protocol = { "http:": "ws:", "https:": "wss:", "spice:": "ws:" }[url.protocol] ?? url.protocol;
    if (url.protocol !== "ws:" && url.protocol !== "wss:") {
      this.#fail("address", `“${src}” is no WebSocket's address. One looks like ws://host:5930/`);
      return null;
    }
    const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
    if (location.protocol === "https:" && url.protocol === "ws:" && !isLocal) {
      this.#fail("address",
        "A page that came over https may not call ws:// addresses. Use wss://, or a gateway that takes it.");
      return null;
    }
    url.hash = "";
    return url.href;
  }

  #start() {
    if (this.#worker) return;
    const { canvas } = this.#parts;
    this.#worker = new Worker(new URL("worker.js", import.meta.url), { type: "module", name: "saffron" });
    this.#worker.onmessage = ({ data }) => this.#hear[data.kind]?.(data);
    this.#worker.onerror = (event) => {
      this.#fail("core", `The console's worker has stopped: ${event.message ?? "its script could not be loaded"}`);
    };
    const offscreen = canvas.transferControlToOffscreen();
    this.#post({ kind: "canvas", canvas: offscreen }, [offscreen]);
    this.#chooseScreen();
  }

  #post(message, transfer = []) {
    this.#worker?.postMessage(message, transfer);
  }

  #input(message) {
    if (!this.readOnly && this.#state === states.connected) this.#post(message);
  }

  #hear = {
    opened: ({ mouseMode, supported }) => {
      this.#connectedAt = performance.now();
      this.#setMouse(mouseMode, supported);
      this.#become(states.connected, "Connected", "");
      this.#tell("connected", {});
      if (this.scale === "remote") this.#wishSize();
      if (document.activeElement === document.body) this.#parts.canvas.focus({ preventScroll: true });
    },
    ended: ({ cause, text, hadConnected }) => this.#ended(cause, text, hadConnected),
    resize: ({ width, height, screens }) => {
      this.#hearOfScreens(screens);
      this.#size = { width, height };
      this.#pointer.size = this.#size;
      this.#fit();
      this.#tell("resize", { width, height });
    },
    name: ({ name }) => this.#tell("title", { title: name }),
    notice: ({ severity, text }) => this.#tell("notice", { severity, text }),
    mouseMode: ({ mouseMode, supported }) => this.#setMouse(mouseMode, supported),
    lights: ({ lights }) => {
      this.#keyboard.guestLights = lights;
      this.#tell("lights", { scroll: (lights & 1) !== 0, number: (lights & 2) !== 0, capitals: (lights & 4) !== 0 });
    },
    cursorShape: (shape) => {
      this.#shape = shape;
      this.#parts.pointer.replaceChildren(drawing(shape));
      this.#showCursor();
    },
    cursorMoved: ({ x, y, visible }) => {
      this.#parts.pointer.style.translate = `calc(var(--scale) * ${x}px) calc(var(--scale) * ${y}px)`;
      this.#parts.pointer.classList.toggle("visible", visible);
      this.#showCursor();
    },
    agent: ({ isReady }) => {
      this.#hasAgent = isReady;
      this.#offered = null;
      this.#tell("agent", { isReady });
      if (isReady) void this.#offerClipboard();
    },
    clipboard: ({ text }) => {
      this.#guestText = text;
      this.#offered = null;
      this.#tell("clipboard", { text });
      void this.#takeGuestText();
    },
    soundStarted: ({ channels, rate, codec }) => {
      this.#tell("sound", { channels, rate, codec });
      void this.#sound.begin({ channels, rate });
    },
    soundVolume: ({ volumes }) => this.#sound.setVolume(volumes),
    soundMute: ({ isMuted }) => this.#sound.setGuestMute(isMuted),
    statistics: ({ kind: _, ...numbers }) => this.#tell("statistics", numbers),
    screenshot: ({ id, blob, error }) => {
      const asked = this.#screenshots.get(id);
      this.#screenshots.delete(id);
      if (blob) asked?.resolve(blob);
      else asked?.reject(new Error(error));
    },
  };

  #ended(cause, text, hadConnected) {
    this.#hasAgent = false;
    this.releaseKeys();
    if (hadConnected && performance.now() - this.#connectedAt > steadyAfter) this.#attempts = 0;
    const mayRetry = this.getAttribute("reconnect") !== "off" && (cause === "lost" || cause === "unreachable")
      && (hadConnected || this.#attempts > 0) && this.#attempts < attemptLimit;
    if (cause === "password") this.#askPassword(text);
    else if (mayRetry) this.#wait(text);
    else this.#fail(cause, text);
    if (hadConnected) this.#tell("disconnected", { cause, reason: text, retry: mayRetry });
  }

  #wait(reason) {
    let seconds = backOff[Math.min(this.#attempts, backOff.length - 1)];
    this.#attempts += 1;
    this.#become(states.waiting, "Connection lost", "");
    this.#announce(`Connection lost. ${reason}`);
    this.#tell("reconnecting", { seconds, attempt: this.#attempts, reason });
    const count = () => {
      this.#parts.text.textContent = `${reason}\nTrying again in ${seconds} s.`;
      seconds -= 1;
    };
    count();
    this.#countdown = setInterval(count, 1000);
    this.#retry = setTimeout(() => void this.#open(), seconds * 1000 + 1000);
  }

  #stopWaiting() {
    clearTimeout(this.#retry);
    clearInterval(this.#countdown);
  }

  #fail(cause, reason) {
    this.#become(states.failed, "Not connected", reason);
    this.#announce(`Not connected. ${reason}`);
    this.#tell("failed", { cause, reason });
  }

  #askPassword(reason) {
    const isFirst = this.password === "";
    this.#become(states.password, "Password", isFirst ? "The server asks for a password." : reason);
    this.#announce(isFirst ? "The server asks for a password." : `The password was refused. ${reason}`);
    this.#parts.form.classList.toggle("refused", !isFirst);
    this.#parts.password.value = "";
    this.#parts.password.focus();
    this.#tell("passwordrequired", { reason, wasRefused: !isFirst });
  }

  #become(state, title, text) {
    const { cover } = this.#parts;
    if (state !== this.#state) {
      clearTimeout(this.#soon);
      // A card that says something else stays, and goes on to say this.
      const mayBeSoon = state === states.connecting && this.#state === states.idle;
      cover.classList.toggle("soon", mayBeSoon);
      if (mayBeSoon) this.#soon = setTimeout(() => cover.classList.remove("soon"), soon);
    }
    this.#state = state;
    cover.dataset.state = state;
    this.#parts.title.textContent = title;
    this.#parts.text.textContent = text;
    this.#parts.retry.textContent = { failed: "Try again", reconnecting: "Connect now" }[state] ?? "Connect";
    this.setAttribute("state", state);
    if (state === states.connected) this.#announce("Connected");
    this.#tell("statechange", { state });
  }

  #announce(text) {
    this.#parts.live.textContent = text;
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  // MARK: Picture

  #fit() {
    const { view, stage, canvas } = this.#parts;
    const { width, height } = this.#size;
    if (this.scale === "remote") this.#wishSize();
    if (width === 0) return;
    const room = { width: view.clientWidth, height: view.clientHeight };
    const whole = Math.min(room.width / width, room.height / height);
    const scale = this.scale === "1:1" ? 1 : this.scale === "remote" ? Math.min(1, whole) : whole;
    view.classList.toggle("scrolls", this.scale === "1:1");
    stage.style.setProperty("--scale", String(scale));
    const shown = { width: Math.round(width * scale), height: Math.round(height * scale) };
    canvas.style.width = `${shown.width}px`;
    canvas.style.height = `${shown.height}px`;
    // In the middle, at whole pixels, so that nothing is blurred.
    stage.style.marginLeft = `${Math.max(0, Math.floor((room.width - shown.width) / 2))}px`;
    stage.style.marginTop = `${Math.max(0, Math.floor((room.height - shown.height) / 2))}px`;
    // Smooth where it shrinks or grows a little, square pixels where each is several of the page's.
    canvas.classList.toggle("square", scale === 1 || scale >= 2);
  }

  #chooseScreen() {
    this.#post({ kind: "choose", screen: this.screen });
    if (this.scale === "remote") this.#wishSize();
  }

  #hearOfScreens(screens) {
    const isNews = JSON.stringify(screens) !== JSON.stringify(this.#screens);
    this.#screens = screens;
    if (isNews) this.#tell("screens", { screens: this.screens });
  }

  #wishSize() {
    clearTimeout(this.#wishTimer);
    this.#wishTimer = setTimeout(() => {
      const { clientWidth, clientHeight } = this.#parts.view;
      const side = (length) => Math.max(wishLimit.least, Math.min(wishLimit.most, Math.floor(length)));
      // Drivers of old round the width to eight pixels themselves.
      const wish = { width: side(clientWidth) & ~7, height: side(clientHeight) };
      if (this.#state === states.connected && !this.readOnly) this.#post({ kind: "wish", ...wish });
    }, wishDelay);
  }

  #setMouse(current, supported) {
    this.#mouse = { current, supported };
    this.#pointer.isRelative = current === serverMouse;
    this.#showCursor();
    const mayChange = (supported & serverMouse) !== 0 && (supported & clientMouse) !== 0;
    this.#tell("mousemode", { mode: current === serverMouse ? "server" : "client", mayChange });
  }

  #showCursor() {
    const { canvas, pointer } = this.#parts;
    const isRelative = this.#mouse.current === serverMouse;
    // Where the guest moves the pointer, the page shows it at the guest's place.
    pointer.hidden = !isRelative;
    const { x = 0, y = 0 } = this.#shape ?? {};
    pointer.firstChild?.style.setProperty("translate", `${-x}px ${-y}px`);
    canvas.style.cursor = isRelative ? (this.#pointer.isLocked ? "none" : "default") : cursorStyle(this.#shape);
  }

  // MARK: Clipboard

  /** Tells the guest of the page's text where that asks nothing of the person. */
  async #offerClipboard() {
    if (!this.clipboard || this.readOnly || !this.#hasAgent || !document.hasFocus()) return;
    if (!await mayReadQuietly()) return;
    await this.readClipboard();
  }

  /**
   * Takes the page's clipboard for the guest; the browser may ask the person.
   *
   * @returns {Promise<boolean>} false where the browser does not lend it.
   */
  async readClipboard() {
    const text = await readClipboard();
    if (text === null) return false;
    if (text !== "") this.offerText(text);
    return true;
  }

  async #takeGuestText() {
    if (this.#guestText === null) return;
    // Browsers let a page write while it has the focus; where it has not, it is done when it is back.
    if (await writeClipboard(this.#guestText)) this.#guestText = null;
  }

  // MARK: What the person does

  #listen() {
    const { canvas, form, password, retry, typing } = this.#parts;
    canvas.addEventListener("keydown", (event) => this.#keyDown(event));
    canvas.addEventListener("keyup", (event) => { if (!this.readOnly) this.#keyboard.up(event); });
    canvas.addEventListener("paste", (event) => this.#paste(event));
    canvas.addEventListener("blur", () => this.releaseKeys());
    canvas.addEventListener("focus", () => {
      void this.#takeGuestText();
      void this.#offerClipboard();
    });
    canvas.addEventListener("pointerdown", () => canvas.focus({ preventScroll: true }));
    document.addEventListener("pointerlockchange", () => this.#showCursor());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#password = password.value;
      password.value = "";
      this.connect();
      canvas.focus({ preventScroll: true });
    });
    retry.addEventListener("click", () => this.connect());
    typing.addEventListener("beforeinput", (event) => this.#softInput(event));
    typing.addEventListener("keydown", (event) => { if (event.key === "Enter") event.stopPropagation(); });
  }

  #keyDown(event) {
    if (this.readOnly || this.#state !== states.connected) return;
    if (this.clipboard && this.#hasAgent && isPaste(event)) {
      // The browser's own paste follows at once and lends the text without asking. The guest gets that before the key.
      this.#keyboard.hold(event, pasteDelay);
    } else {
      this.#keyboard.down(event);
    }
  }

  #paste(event) {
    if (this.readOnly || !this.clipboard || !this.#hasAgent) return;
    event.preventDefault();
    const text = event.clipboardData?.getData("text/plain") ?? "";
    const isKnown = text === "" || text === this.#offered;
    if (text !== "") this.offerText(text);
    if (isKnown) this.#keyboard.letGo();
  }

  /** What a keyboard on the screen writes: there are no keys behind it. */
  #softInput(event) {
    event.preventDefault();
    const keys = { deleteContentBackward: "backspace", deleteContentForward: "delete", insertLineBreak: "enter",
      insertParagraph: "enter" };
    if (keys[event.inputType]) this.sendKeys(keys[event.inputType]);
    else if (event.data) {
      this.typeText(event.data).catch((error) => this.#tell("notice", { severity: 1, text: error.message }));
    }
  }
}

const isPaste = ({ code, ctrlKey, metaKey, shiftKey }) =>
  (code === "KeyV" && (ctrlKey || metaKey)) || (code === "Insert" && shiftKey);

customElements.define("saffron-console", SaffronConsole);
