// A browser driven by the Chrome DevTools protocol over two pipes: nothing has to be installed but the browser.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const commandDeadline = 30_000;

/** The browser to run: `CHROMIUM`, or Debian's. */
const program = process.env.CHROMIUM ?? "chromium";

export class Browser {
  #process;
  #folder;
  #next = 1;
  #pending = new Map();
  #listeners = new Map();

  static async launch({ height = 900, width = 1400, args = [] } = {}) {
    const browser = new Browser();
    browser.#start(width, height, args);
    await browser.send("Browser.getVersion");
    return browser;
  }

  #start(width, height, args) {
    this.#folder = mkdtempSync(join(tmpdir(), "saffron-browser-"));
    this.#process = spawn(program, [
      "--headless=new", "--remote-debugging-pipe", `--user-data-dir=${this.#folder}`, `--window-size=${width},${height}`,
      // Tests run as root in containers, where there is no sandbox, little shared memory and no screen.
      "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--force-color-profile=srgb", "--no-first-run",
      "--disable-extensions", "--disable-background-networking", "--disable-component-update", "--hide-scrollbars", ...args,
      "about:blank",
    ], { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
    this.#process.on("exit", () => {
      for (const { reject } of this.#pending.values()) reject(new Error(`${program} has ended`));
      this.#pending.clear();
    });
    this.#process.on("error", (error) => {
      for (const { reject } of this.#pending.values()) reject(new Error(`${program} does not start: ${error.message}`));
    });
    this.#process.stdio[3].on("error", () => {});
    let rest = Buffer.alloc(0);
    this.#process.stdio[4].on("data", (bytes) => {
      rest = Buffer.concat([rest, bytes]);
      for (let end = rest.indexOf(0); end >= 0; end = rest.indexOf(0)) {
        this.#hear(JSON.parse(rest.subarray(0, end).toString()));
        rest = rest.subarray(end + 1);
      }
    });
  }

  #hear(message) {
    if (message.id === undefined) {
      for (const listener of this.#listeners.get(message.sessionId) ?? []) listener(message.method, message.params);
      return;
    }
    const { resolve, reject, timer } = this.#pending.get(message.id) ?? {};
    this.#pending.delete(message.id);
    clearTimeout(timer);
    if (message.error) reject?.(new Error(message.error.message));
    else resolve?.(message.result);
  }

  send(method, params = {}, sessionId = undefined) {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(id);
        reject(new Error(`${method} has no answer after ${commandDeadline / 1000} s`));
      }, commandDeadline);
      this.#pending.set(id, { resolve, reject, timer });
      this.#process.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  }

  listen(sessionId, listener) {
    this.#listeners.set(sessionId, [...this.#listeners.get(sessionId) ?? [], listener]);
  }

  async open(address) {
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    const page = new Page(this, sessionId, targetId);
    await page.begin(address);
    return page;
  }

  async close() {
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), 5000);
    this.send("Browser.close").catch(() => {});
    await ended;
    clearTimeout(timer);
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

export class Page {
  /** What went wrong in the page: exceptions and lines of `console.error`. */
  errors = [];
  #browser;
  #session;
  #target;

  constructor(browser, session, target) {
    this.#browser = browser;
    this.#session = session;
    this.#target = target;
    browser.listen(session, (method, params) => {
      if (method === "Runtime.exceptionThrown") {
        this.errors.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
      }
      if (method === "Runtime.consoleAPICalled" && params.type === "error") {
        this.errors.push(params.args.map(({ value, description }) => value ?? description).join(" "));
      }
    });
  }

  send(method, params) { return this.#browser.send(method, params, this.#session); }

  async begin(address) {
    await this.send("Runtime.enable");
    await this.send("Page.enable");
    await this.send("Emulation.setFocusEmulationEnabled", { enabled: true });
    await this.send("Page.navigate", { url: address });
    await this.until("the page is loaded", () => document.readyState === "complete");
  }

  close() { return this.#browser.send("Target.closeTarget", { targetId: this.#target }); }

  /** What `action` returns in the page, where it runs with the values; a promise is waited for. */
  async evaluate(action, ...values) {
    const expression = typeof action === "function"
      ? `(${action})(...${JSON.stringify(values)})` : action;
    const { result, exceptionDetails } = await this.send("Runtime.evaluate",
      { expression, awaitPromise: true, returnByValue: true, userGesture: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  /** Waits until `action` gives something true in the page, and gives that. */
  async until(what, action, ...values) {
    return until(what, () => this.evaluate(action, ...values), () => this.errors.join("\n"));
  }

  // MARK: Keyboard and mouse

  async key(code, key = "", { modifiers = 0 } = {}) {
    await this.keyDown(code, key, modifiers);
    await this.keyUp(code, key, modifiers);
  }

  keyDown(code, key = "", modifiers = 0) {
    return this.send("Input.dispatchKeyEvent", { type: "rawKeyDown", code, key, modifiers, windowsVirtualKeyCode: 0 });
  }

  keyUp(code, key = "", modifiers = 0) {
    return this.send("Input.dispatchKeyEvent", { type: "keyUp", code, key, modifiers });
  }

  /** Ctrl+V, with Ctrl down already, and what a browser does at it. */
  async paste() {
    await this.send("Input.dispatchKeyEvent",
      { type: "rawKeyDown", code: "KeyV", key: "v", modifiers: 2, windowsVirtualKeyCode: 86, commands: ["Paste"] });
    await this.keyUp("KeyV", "v", 2);
  }

  mouse(type, x, y, more = {}) {
    return this.send("Input.dispatchMouseEvent", { type, x, y, ...more });
  }

  async click(x, y, button = "left") {
    const bit = { left: 1, right: 2, middle: 4 }[button];
    await this.mouse("mouseMoved", x, y);
    await this.mouse("mousePressed", x, y, { button, buttons: bit, clickCount: 1 });
    await this.mouse("mouseReleased", x, y, { button, buttons: 0, clickCount: 1 });
  }

  /** What a screen reader is told: the role and the name of each node that it meets. */
  async accessible() {
    await this.send("Accessibility.enable");
    const { nodes } = await this.send("Accessibility.getFullAXTree");
    return nodes.filter(({ ignored }) => !ignored).map((node) => ({ role: node.role.value, name: node.name?.value ?? "" }));
  }

  // MARK: Looks

  size(width, height, { scale = 1, isMobile = false } = {}) {
    return this.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: scale, mobile: isMobile });
  }

  colors(scheme) {
    return this.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
  }

  /** A PNG of the page as it is seen. */
  async photograph(clip = undefined) {
    const { data } = await this.send("Page.captureScreenshot", { format: "png", ...(clip && { clip: { scale: 1, ...clip } }) });
    return Buffer.from(data, "base64");
  }
}

/** Waits until `ask` gives something true, and gives that; fails after `patience` ms with what was waited for. */
export async function until(what, ask, why = () => "", patience = 20_000) {
  const end = Date.now() + patience;
  let last = "";
  while (Date.now() < end) {
    try {
      const answer = await ask();
      if (answer) return answer;
      last = "";
    } catch (error) {
      last = error.message;
    }
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  throw new Error(`it did not happen within ${patience / 1000} s that ${what}. ${last}\n${why()}`);
}
