// What the canvas shows is what the server has, pixel for pixel.

import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Browser, until } from "./chromium.mjs";
import { canvasOf, consolePage, openConsole } from "./console.mjs";
import {
  ask, nativeScreenshot, onDesktop, servePages, serveSpice, startDesktop, startQemu, temporaryFolder,
} from "./peers.mjs";
import { decodePNG, difference, encodePNG } from "./png.mjs";

/** Something of everything: flat colour, a gradient, noise, and text-like stripes. */
const slide = (seed) => (x, y) => {
  const noise = Math.imul(x * 73_856_093 ^ y * 19_349_663 ^ seed, 2_654_435_761) >>> 8;
  if (y < 100) return 0x204060 + seed;
  if (y < 250) return ((x & 0xff) << 16) | ((y & 0xff) << 8) | ((x + y + seed) & 0xff);
  if (y < 350) return noise & 0xffffff;
  return (x >> 2) % 3 === 0 && y % 12 < 8 ? 0x111111 : 0xf8f8f0;
};
const [width, height] = [803, 449];
const slides = [1, 2, 3].map((seed) => encodePNG(width, height, slide(seed)));

describe("the picture", () => {
  let browser, pages, folder;
  before(async () => {
    folder = temporaryFolder();
    slides.forEach((file, index) => writeFileSync(join(folder, `${index}.png`), file));
    pages = await servePages({
      "/console": consolePage('scale="1:1"'), "/fit": consolePage(), "/lz4": consolePage('compression="lz4"'),
    });
    browser = await Browser.launch();
  });
  after(async () => {
    await browser?.close();
    pages?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Waits until the canvas shows exactly that, and says how it differs where it does not. */
  const shows = async (page, expected) => {
    let why = "";
    try {
      await until("the canvas is equal", async () => {
        why = difference(await canvasOf(page), expected);
        return why === null;
      });
    } catch (error) {
      assert.fail(`${why ?? error.message} ${page.errors.join("\n")}`);
    }
  };

  for (const compression of ["off", "quic", "lz", "glz", "auto-glz", "auto-lz", "lz4"]) {
    test(`is the server's under compression ${compression}, and so is the next one after a click`, async () => {
      const server = await serveSpice(["--png", folder, "--compression", compression]);
      try {
        const page = await openConsole(browser, pages, server.address);
        await shows(page, decodePNG(slides[0]));
        await page.click(500, 400);
        await shows(page, decodePNG(slides[1]));
        assert.deepEqual(page.errors, []);
        await page.close();
      } finally {
        await server.close();
      }
    });
  }

  test("is the server's after JPEG was repaired", async () => {
    const server = await serveSpice(["--png", folder, "--lossy", "60"]);
    try {
      const page = await openConsole(browser, pages, server.address);
      await shows(page, decodePNG(slides[0]));
      await page.close();
    } finally {
      await server.close();
    }
  });

  test("stands on the page as it is on the canvas at 1:1, and whole in a smaller page", async () => {
    const server = await serveSpice(["--png", folder]);
    try {
      const page = await openConsole(browser, pages, server.address);
      await shows(page, decodePNG(slides[0]));
      await page.evaluate(() => viewer.shadowRoot.activeElement?.blur());
      const box = await page.evaluate(() => {
        const { left, top } = viewer.shadowRoot.querySelector("canvas").getBoundingClientRect();
        return { x: left, y: top };
      });
      const seen = () => page.photograph({ x: Math.round(box.x), y: Math.round(box.y), width, height }).then(decodePNG);
      assert.equal(Number.isInteger(box.x) && Number.isInteger(box.y), true, `it stands at ${box.x},${box.y}`);
      await until("the page shows it", async () => difference(await seen(), decodePNG(slides[0])) === null);
      await page.close();

      const small = await openConsole(browser, pages, server.address, { path: "/fit", width: 400, height: 300 });
      const size = await small.until("it fits", () => {
        const { width, height } = viewer.shadowRoot.querySelector("canvas").getBoundingClientRect();
        return width <= 400 && height <= 300 && { width, height };
      });
      assert.equal(size.width, 400);
      assert.equal(Math.round(size.height), Math.round(400 * height / width));
      await small.close();
    } finally {
      await server.close();
    }
  });

  // What an X server draws, and libspice-server packs; LZ4 it packs for who asks for it.
  for (const compression of ["off", "auto_glz", "auto_lz", "quic", "glz", "lz", "lz4"]) {
    test(`of an X desktop under compression ${compression} is what the native client sees, while it is drawn and after`, async () => {
      const isAsked = compression === "lz4";
      const desktop = await startDesktop({ XSPICE_SIZE: "800x600", XSPICE_IMAGE_COMPRESSION: isAsked ? "auto_glz" : compression });
      const programs = [];
      try {
        const page = await openConsole(browser, pages, desktop.address, { path: isAsked ? "/lz4" : "/console" });
        programs.push(onDesktop(desktop, "xterm", ["-geometry", "80x24+10+10", "-e", "ls -l /usr/bin | head -60; exec cat"]));
        programs.push(onDesktop(desktop, "display", ["-geometry", "+420+260", "-size", "300x220", "plasma:tomato-steelblue"]));
        await until("the windows are there", async () => {
          const tree = await ask(desktop, "xwininfo", ["-root", "-tree"]);
          return tree.includes("xterm") && tree.includes("ImageMagick");
        });
        const window = (await ask(desktop, "xdotool", ["search", "--class", "xterm"])).trim().split("\n").at(-1);
        for (const place of ["60", "30"]) await ask(desktop, "xdotool", ["windowmove", window, place, place]);
        let why = "";
        await until("both are equal", async () => {
          const native = decodePNG(await nativeScreenshot(`spice://127.0.0.1:${desktop.facts.PORT}`));
          why = difference(await canvasOf(page), native);
          return why === null && new Set(native.pixels).size > 500;
        }, () => why);
        assert.deepEqual(page.errors, []);
        await page.close();
      } finally {
        for (const program of programs) program.close();
        await desktop.close();
      }
    });
  }

  test("of QEMU's is GRUB's menu, as QEMU itself sees it", async () => {
    const guest = await startQemu("--menu");
    try {
      const page = await openConsole(browser, pages, guest.address);
      await shows(page, decodePNG(await guest.picture()));
      await page.close();
    } finally {
      await guest.close();
    }
  });
});
