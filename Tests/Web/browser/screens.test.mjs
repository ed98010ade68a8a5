// Guests with more than one screen: several display channels, and several monitors on one.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Browser, until } from "./chromium.mjs";
import { canvasOf, consolePage, openConsole } from "./console.mjs";
import { servePages, serveSpice, startQemu } from "./peers.mjs";
import { decodePNG, difference } from "./png.mjs";

/** Pictures side by side, black where one is lower than another. */
function beside(...pictures) {
  const width = pictures.reduce((sum, picture) => sum + picture.width, 0);
  const height = Math.max(...pictures.map((picture) => picture.height));
  const pixels = new Uint32Array(width * height);
  let x = 0;
  for (const picture of pictures) {
    for (let y = 0; y < picture.height; y++) {
      pixels.set(picture.pixels.subarray(y * picture.width, (y + 1) * picture.width), y * width + x);
    }
    x += picture.width;
  }
  return { width, height, pixels };
}

describe("several screens", () => {
  let browser, pages;
  before(async () => {
    pages = await servePages({ "/console": consolePage('scale="1:1"') });
    browser = await Browser.launch();
  });
  after(async () => {
    await browser?.close();
    pages?.close();
  });

  const shows = async (page, expected) => {
    let why = "";
    try {
      await until("the canvas is equal", async () => {
        why = difference(await canvasOf(page), await expected());
        return why === null;
      });
    } catch (error) {
      assert.fail(`${why ?? error.message} ${page.errors.join("\n")}`);
    }
  };

  test("of two graphics devices in QEMU are side by side, or one alone, as QEMU itself sees them", async () => {
    const guest = await startQemu("--menu", "--", "-device", "secondary-vga,id=second");
    try {
      const page = await openConsole(browser, pages, guest.address, { width: 1500 });
      await page.until("there are two", () => viewer.screens.length === 2);
      const [first, second] = [() => guest.picture(), () => guest.picture("second")];
      await shows(page, async () => beside(decodePNG(await first()), decodePNG(await second())));
      await page.evaluate(() => { viewer.screen = 2; });
      await shows(page, async () => decodePNG(await second()));
      await page.evaluate(() => { viewer.screen = 1; });
      await shows(page, async () => decodePNG(await first()));
      assert.deepEqual(page.errors, []);
      await page.close();
    } finally {
      await guest.close();
    }
  });

  test("of one picture are its parts, and the pointer goes where it is on the second", async () => {
    const server = await serveSpice(["--monitors", "2", "--size", "1200x600"]);
    try {
      const page = await openConsole(browser, pages, server.address, { width: 1300, height: 700 });
      assert.deepEqual(await page.until("there are two", () => viewer.screens.length === 2 && viewer.screens),
        [{ width: 600, height: 600 }, { width: 600, height: 600 }]);
      assert.equal(await page.evaluate(() => viewer.screenWidth), 1200);
      await page.evaluate(() => { viewer.screen = 2; });
      await page.until("one is shown", () => viewer.screenWidth === 600);
      await page.until("the agent is ready", () => viewer.hasAgent);
      // The server tells where its pointer is once it moves it by motion.
      const { left, top } = await page.evaluate(() => {
        const { left, top } = viewer.shadowRoot.querySelector("canvas").getBoundingClientRect();
        return { left, top };
      });
      await page.mouse("mouseMoved", left + 100, top + 50);
      await page.evaluate(() => viewer.requestMouseMode("server"));
      await page.until("the guest has the pointer", () => heard.findLast(({ name }) => name === "mousemode").mode === "server");
      await page.until("it is there", () => {
        const [pointer, canvas] = ["pointer", "canvas"]
          .map((name) => viewer.shadowRoot.querySelector(`.${name}`).getBoundingClientRect());
        return Math.round(pointer.left - canvas.left) === 100 && Math.round(pointer.top - canvas.top) === 50;
      });
      await page.close();
    } finally {
      await server.close();
    }
  });

  test("have buttons on the page, of which one shows all", async () => {
    const server = await serveSpice(["--monitors", "2", "--size", "1200x600"]);
    try {
      const page = await browser.open(`${pages.address}/?src=${encodeURIComponent(server.address)}`);
      const names = await page.until("they are there", () => {
        const group = document.getElementById("screens");
        return !group.hidden && [...group.children].map(({ textContent, ariaChecked }) => `${textContent} ${ariaChecked}`);
      });
      assert.deepEqual(names, ["All true", "1 false", "2 false"]);
      await page.evaluate(() => document.getElementById("screens").children[2].click());
      await page.until("one is shown", () => document.getElementById("console").screenWidth === 600);
      assert.deepEqual(page.errors, []);
      await page.close();
    } finally {
      await server.close();
    }
  });
});
