// A pointer that tells of motion, and fingers.

import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Browser, until } from "./chromium.mjs";
import { canvasOf, consolePage, openConsole } from "./console.mjs";
import { servePages, serveSpice, startQemu, temporaryFolder } from "./peers.mjs";
import { encodePNG } from "./png.mjs";

const colors = [0xaa3311, 0x11aa33, 0x3311aa, 0xaaaa11];

describe("the pointer", () => {
  let browser, pages, folder;
  before(async () => {
    folder = temporaryFolder();
    colors.forEach((color, index) => writeFileSync(join(folder, `${index}.png`), encodePNG(320, 200, () => color)));
    pages = await servePages({ "/console": consolePage('scale="1:1"') });
    browser = await Browser.launch();
  });
  after(async () => {
    await browser?.close();
    pages?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const isLocked = (page) => page.evaluate(() => viewer.shadowRoot.pointerLockElement !== null);
  const guestPointer = (page) => page.evaluate(() => {
    const { pointer, canvas } = Object.fromEntries(["pointer", "canvas"]
      .map((name) => [name, viewer.shadowRoot.querySelector(`.${name}`).getBoundingClientRect()]));
    return { x: Math.round(pointer.left - canvas.left), y: Math.round(pointer.top - canvas.top) };
  });

  test("is taken by a click where the guest wants motion, moves the guest's, and comes back by left Ctrl and Alt", async () => {
    const server = await serveSpice(["--size", "800x600"]);
    try {
      const page = await openConsole(browser, pages, server.address);
      await page.mouse("mouseMoved", 500, 300);
      await page.evaluate(() => viewer.requestMouseMode("server"));
      await page.until("the guest wants motion", () => heard.findLast(({ name }) => name === "mousemode").mode === "server");
      assert.equal(await isLocked(page), false);
      await page.click(512, 384);
      await until("the pointer is taken", () => isLocked(page));
      await page.until("the guest's is shown", () =>
        getComputedStyle(viewer.shadowRoot.querySelector(".pointer")).visibility === "visible");
      const before = await guestPointer(page);
      await page.mouse("mouseMoved", 512 + 40, 384 + 25);
      await page.mouse("mouseMoved", 512 + 60, 384 + 30);
      await until("the guest's has moved as far", async () => {
        const { x, y } = await guestPointer(page);
        return x - before.x === 60 && y - before.y === 30;
      });
      await page.keyDown("ControlLeft", "Control", 2);
      await page.keyDown("AltLeft", "Alt", 3);
      await page.keyUp("AltLeft", "Alt", 2);
      await page.keyUp("ControlLeft", "Control");
      await until("the pointer is the page's again", async () => !await isLocked(page));
      await page.evaluate(() => viewer.requestMouseMode("client"));
      await page.until("the guest wants places", () => heard.findLast(({ name }) => name === "mousemode").mode === "client");
      assert.deepEqual(page.errors, []);
      await page.close();
    } finally {
      await server.close();
    }
  });

  test("of a guest without tablet or agent is wanted by its motion alone", async () => {
    const guest = await startQemu("--menu");
    try {
      const page = await openConsole(browser, pages, guest.address);
      const mode = await page.until("it is told", () => heard.find(({ name }) => name === "mousemode"));
      assert.deepEqual([mode.mode, mode.mayChange], ["server", false]);
      await page.click(512, 384);
      await until("the pointer is taken", () => isLocked(page));
      await page.close();
    } finally {
      await guest.close();
    }
  });

  /** Fingers on a show of slides: left and wheel down go on, right and wheel up go back. */
  const withFingers = async (action) => {
    const server = await serveSpice(["--png", folder]);
    try {
      const page = await openConsole(browser, pages, server.address);
      await page.send("Emulation.setTouchEmulationEnabled", { enabled: true, maxTouchPoints: 2 });
      const fingers = (type, ...points) => page.send("Input.dispatchTouchEvent",
        { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
      const shows = (index) => until(`slide ${index} is shown`, async () => (await canvasOf(page)).pixels[0] === colors[index]);
      await shows(0);
      await action({ page, fingers, shows });
      assert.deepEqual(page.errors, []);
      await page.close();
    } finally {
      await server.close();
    }
  };

  test("one finger that moves drags: the button is down once, and up once", () => withFingers(async ({ fingers, shows }) => {
    await fingers("touchStart", [450, 350]);
    for (let x = 460; x <= 540; x += 20) await fingers("touchMove", [x, 360]);
    await shows(1);
    await fingers("touchEnd");
    await fingers("touchStart", [450, 350]);
    await fingers("touchEnd");
    await shows(2);
  }));

  test("one finger that stays is the right button", () => withFingers(async ({ fingers, shows }) => {
    await fingers("touchStart", [450, 350]);
    await shows(3);
    await fingers("touchEnd");
    await shows(3);
  }));

  test("two fingers turn the wheel, and the picture follows them", () => withFingers(async ({ fingers, shows }) => {
    await fingers("touchStart", [450, 350], [550, 350]);
    await fingers("touchMove", [450, 320], [550, 320]);
    await shows(1);
    await fingers("touchMove", [450, 350], [550, 350]);
    await shows(0);
    await fingers("touchEnd");
  }));
});
