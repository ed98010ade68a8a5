// What a person does on the page has its effect in the guest.

import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Browser, until } from "./chromium.mjs";
import { canvasOf, consolePage, openConsole } from "./console.mjs";
import { ask, onDesktop, servePages, serveSpice, startDesktop, startQemu, temporaryFolder } from "./peers.mjs";
import { decodePNG, difference, encodePNG } from "./png.mjs";

const colors = [0xaa3311, 0x11aa33, 0x3311aa];
const control = 2;
const alt = 1;

describe("input", () => {
  let browser, pages, folder;
  before(async () => {
    folder = temporaryFolder();
    colors.forEach((color, index) => writeFileSync(join(folder, `${index}.png`), encodePNG(320, 200, () => color)));
    pages = await servePages({
      "/console": consolePage('scale="1:1"'), "/readonly": consolePage("readonly"), "/clipboard": consolePage('clipboard="on"'),
      "/remote": consolePage('scale="remote"'),
    });
    browser = await Browser.launch();
  });
  after(async () => {
    await browser?.close();
    pages?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const showsSlide = (page, index) => until(`slide ${index} is shown`, async () =>
    (await canvasOf(page)).pixels[0] === colors[index]);

  test("a click, keys and the wheel turn slides, each to its side", async () => {
    const server = await serveSpice(["--png", folder]);
    try {
      const page = await openConsole(browser, pages, server.address);
      await showsSlide(page, 0);
      await page.click(512, 384);
      await showsSlide(page, 1);
      await page.click(512, 384, "right");
      await showsSlide(page, 0);
      await page.key("Space", " ");
      await showsSlide(page, 1);
      await page.key("ArrowLeft", "ArrowLeft");
      await showsSlide(page, 0);
      await page.mouse("mouseWheel", 512, 384, { deltaX: 0, deltaY: 120 });
      await showsSlide(page, 1);
      await page.mouse("mouseWheel", 512, 384, { deltaX: 0, deltaY: -120 });
      await showsSlide(page, 0);
      await page.evaluate(() => viewer.sendKeys("ctrl-alt-delete"));
      // Three presses, three slides on.
      await showsSlide(page, 0);
      await page.close();
    } finally {
      await server.close();
    }
  });

  test("a tap is a click", async () => {
    const server = await serveSpice(["--png", folder]);
    try {
      const page = await openConsole(browser, pages, server.address);
      await page.send("Emulation.setTouchEmulationEnabled", { enabled: true });
      await showsSlide(page, 0);
      await page.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [{ x: 500, y: 380 }] });
      await page.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
      await showsSlide(page, 1);
      await page.close();
    } finally {
      await server.close();
    }
  });

  test("nothing goes to the guest where the console is read-only", async () => {
    const server = await serveSpice(["--png", folder]);
    try {
      const page = await openConsole(browser, pages, server.address, { path: "/readonly" });
      await showsSlide(page, 0);
      await page.click(512, 384);
      await page.key("Space", " ");
      await page.evaluate(() => viewer.sendKeys("enter"));
      // What goes later arrives later: when this is through, the others would have been.
      await page.evaluate(() => { viewer.readOnly = false; viewer.sendKeys("enter"); });
      await showsSlide(page, 1);
      await page.close();
    } finally {
      await server.close();
    }
  });

  test("typed keys and a typed text stand on GRUB's command line", async () => {
    const guest = await startQemu("--menu");
    try {
      const page = await openConsole(browser, pages, guest.address);
      await page.key("KeyC", "c");
      await until("the command line is there", async () => (await guest.text()).includes("grub>"));
      for (const [code, key] of [["KeyE", "e"], ["KeyC", "c"], ["KeyH", "h"], ["KeyO", "o"]]) {
        await page.key(code, key);
        await until(`${key} is there`, async () => (await guest.text()).match(/grub> *(\w*)/)?.[1].endsWith(key));
      }
      await page.key("Space", " ");
      await page.keyDown("ShiftLeft", "Shift", 8);
      await page.key("KeyQ", "Q", { modifiers: 8 });
      await page.keyUp("ShiftLeft", "Shift");
      await page.evaluate(() => viewer.typeText("x Hello_World!-1*\n"));
      await until("what was typed is there", async () => /\nQx Hello_World!-1\*/.test(await guest.text()));
      assert.equal(difference(await canvasOf(page), decodePNG(await guest.picture())) === null
        || await until("the picture follows", async () =>
          difference(await canvasOf(page), decodePNG(await guest.picture())) === null), true);
      const refused = await page.evaluate(() => viewer.typeText("naïve").catch(({ message }) => message));
      assert.match(refused, /“ï” \(character 3\) is on no key of a US keyboard/);
      await page.close();
    } finally {
      await guest.close();
    }
  });

  test("pointer, keys and clipboard reach an X desktop, and its clipboard the page", async () => {
    const desktop = await startDesktop({ XSPICE_AGENT: "1" });
    try {
      await browser.send("Browser.grantPermissions", { origin: pages.address,
        permissions: ["clipboardReadWrite", "clipboardSanitizedWrite"] });
      const page = await openConsole(browser, pages, desktop.address, { path: "/clipboard" });
      await page.until("the agent is ready", () => viewer.hasAgent);
      // The screen is as large as the page: a place is the same in both.
      await page.mouse("mouseMoved", 321, 123);
      await until("the pointer is there", async () => /x:321 y:123/.test(await ask(desktop, "xdotool", ["getmouselocation"])));

      await page.evaluate(() => navigator.clipboard.writeText("from the page: ½ naïve\nline"));
      await page.evaluate(() => viewer.readClipboard());
      await until("the guest pastes it", async () =>
        await ask(desktop, "xclip", ["-selection", "clipboard", "-o"]) === "from the page: ½ naïve\nline");

      const copied = onDesktop(desktop, "xclip", ["-selection", "clipboard", "-i", "-quiet"], "from the guest: €\n");
      await page.until("the page hears of it",
        () => heard.some(({ name, text }) => name === "clipboard" && text === "from the guest: €\n"));
      await page.until("the page's clipboard has it",
        async () => await navigator.clipboard.readText() === "from the guest: €\n");
      copied.close();

      const events = onDesktop(desktop, "stdbuf", ["-oL", "xev", "-geometry", "1000x700+0+0"]);
      await until("the window is there", () => events.output().includes("MapNotify"));
      await page.click(400, 300);
      await page.key("KeyW", "w", { modifiers: control });
      await page.keyDown("AltRight", "AltGraph");
      // The X server of the desktop sleeps on what SPICE brings it until a client wants something.
      const told = async (pattern) => {
        await ask(desktop, "xdotool", ["getmouselocation"]);
        return pattern.test(events.output());
      };
      // Buttons go by the agent and keys do not: either may come first.
      await until("the button is told of", () => told(/ButtonPress[^]*button 1,/), events.output);
      await until("the key is told of", () => told(/KeyPress[^]*keysym 0x77, w/), events.output);
      // A key that is held when the page loses the focus comes up in the guest.
      await page.evaluate(() => document.activeElement.shadowRoot.activeElement.blur());
      await until("the held key comes up", () => told(/KeyRelease[^]*keycode 108 /), events.output);
      events.close();
      assert.deepEqual(page.errors, []);
      await page.close();
    } finally {
      await desktop.close();
    }
  });

  test("what is pasted with Ctrl+V arrives, though the browser does not let the page read its clipboard", async () => {
    const desktop = await startDesktop({ XSPICE_AGENT: "1" });
    const programs = [];
    try {
      const page = await openConsole(browser, pages, desktop.address, { path: "/clipboard" });
      await page.until("the agent is ready", () => viewer.hasAgent);
      const pasted = join(folder, "pasted");
      programs.push(onDesktop(desktop, "xterm", ["-geometry", "100x30+0+0", "-xrm",
        "*VT100.translations: #override Ctrl <Key>v: insert-selection(CLIPBOARD)", "-e", `stty -icanon; cat > ${pasted}`]));
      await until("the window is there", async () => (await ask(desktop, "xwininfo", ["-root", "-tree"])).includes("xterm"));
      for (const text of ["never read by the page", ", and another one"]) {
        await browser.send("Browser.setPermission",
          { origin: pages.address, permission: { name: "clipboard-write" }, setting: "granted" });
        await page.evaluate((text) => navigator.clipboard.writeText(text), text);
        await browser.send("Browser.setPermission",
          { origin: pages.address, permission: { name: "clipboard-read" }, setting: "denied" });
        assert.equal(await page.evaluate(() => viewer.readClipboard()), false);
        await page.click(300, 200);
        await page.keyDown("ControlLeft", "Control", control);
        await page.paste();
        await page.keyUp("ControlLeft", "Control");
        await until(`the guest has “${text}”`, () => readFileSync(pasted, "utf8").endsWith(text),
          () => readFileSync(pasted, "utf8"));
      }
      assert.equal(readFileSync(pasted, "utf8"), "never read by the page, and another one");
      assert.deepEqual(page.errors, []);
      await page.close();
    } finally {
      await browser.send("Browser.resetPermissions");
      for (const program of programs) program.close();
      await desktop.close();
    }
  });

  test("left Ctrl and Alt, pressed and let go, give the keyboard back to the page", async () => {
    const server = await serveSpice(["--png", folder]);
    try {
      const page = await openConsole(browser, pages, server.address);
      await page.click(512, 384);
      await page.until("the console has the focus", () => document.activeElement === viewer);
      await page.keyDown("ControlLeft", "Control", control);
      await page.keyDown("AltLeft", "Alt", control | alt);
      await page.keyUp("AltLeft", "Alt", control);
      await page.keyUp("ControlLeft", "Control");
      await page.until("the page has it", () => document.activeElement === document.body);
      await page.close();
    } finally {
      await server.close();
    }
  });

  test("with scale=remote the guest's screen takes the page's size", async () => {
    const server = await startDesktop({ XSPICE_AGENT: "1" });
    try {
      const page = await openConsole(browser, pages, server.address, { path: "/remote", width: 904, height: 640 });
      await page.until("it is that size", () => viewer.screenWidth === 904 && viewer.screenHeight === 640);
      await page.size(808, 600);
      await page.until("it follows", () => viewer.screenWidth === 808 && viewer.screenHeight === 600);
      await page.close();
    } finally {
      await server.close();
    }
  });
});
