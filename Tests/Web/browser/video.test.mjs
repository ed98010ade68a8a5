// A film in the guest, in every codec that libspice-server encodes and this browser decodes.

import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Browser, until } from "./chromium.mjs";
import { canvasOf, consolePage, openConsole } from "./console.mjs";
import { ask, nativeScreenshot, onDesktop, servePages, startDesktop, temporaryFolder } from "./peers.mjs";
import { decodePNG, difference, encodePNG, part, signalToNoise } from "./png.mjs";

/** Soft colours that move from frame to frame. */
const frames = Array.from({ length: 10 }, (_, number) => encodePNG(160, 120, (x, y) => {
  const wave = (turn, shift) => Math.round(128 + 90 * Math.sin((x * turn + y * (1.5 - turn) + number * 12 + shift) / 25));
  return (wave(1, 0) << 16) | (wave(0.5, 40) << 8) | wave(1.2, 90);
}));

/** Green above and red below that move: a small film's colours are others where it is taken for a large one, and the reverse. */
const vivid = [{ width: 320, height: 240 }, { width: 960, height: 640 }].map(({ width, height }) => ({
  height,
  frames: Array.from({ length: 4 }, (_, number) => encodePNG(width, height, (_, y) => {
    const at = (y + 40 * number) % height / height;
    const mix = (from, to) => Math.round(from + (to - from) * at);
    return (mix(20, 210) << 16) | (mix(190, 40) << 8) | mix(60, 30);
  })),
}));

describe("a film", () => {
  let browser, pages, folder;
  before(async () => {
    folder = temporaryFolder();
    frames.forEach((file, index) => writeFileSync(join(folder, `${index}.png`), file));
    for (const { height, frames } of vivid) {
      frames.forEach((file, index) => writeFileSync(join(folder, `${height}-${index}.png`), file));
    }
    pages = await servePages({ "/console": consolePage('scale="1:1"') });
    browser = await Browser.launch();
  });
  after(async () => {
    await browser?.close();
    pages?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Lets a desktop play these files, and `action` look when they have become a stream of that name; MJPEG has none. */
  const withFilm = async (encoder, name, files, delay, action) => {
    const desktop = await startDesktop(
      { XSPICE_STREAMING_VIDEO: "all", XSPICE_VIDEO_CODECS: encoder, XSPICE_SURFACES: "0" });
    let film;
    try {
      const page = await openConsole(browser, pages, desktop.address);
      await page.evaluate(() => viewer.watchStatistics(true));
      film = onDesktop(desktop, "animate", ["-delay", String(delay), "-geometry", "+20+20", ...files]);
      const videos = () => page.evaluate(() => heard.findLast((event) => event.name === "statistics")?.videos);
      if (name) await until("it is a stream", async () => (await videos())?.includes(name));
      await action({ desktop, page, film, videos });
      assert.deepEqual(page.errors, []);
      await page.close();
    } finally {
      film?.close();
      await desktop.close();
    }
  };

  /** Waits until the canvas shows one of the frames about as it was filmed. */
  const showsOneOf = async (page, frames, decibels) => {
    const pictures = frames.map(decodePNG);
    let best = 0;
    await until("a frame of it is on the canvas", async () => {
      // Inside the border of its window.
      const seen = part(await canvasOf(page), 22, 22, pictures[0].width, pictures[0].height);
      best = Math.max(best, ...pictures.map((picture) => signalToNoise(seen, picture)));
      return best > decibels;
    }, () => `The nearest was ${best.toFixed(1)} dB from one.`);
  };

  const codecs = [["gstreamer:vp8", "VP8"], ["gstreamer:vp9", "VP9"], ["gstreamer:h264", "H.264"]];
  for (const [encoder, name] of [["spice:mjpeg", undefined], ...codecs]) {
    test(`of ${encoder} is seen, and when it stops the screen is exact again`, () => {
      const files = frames.map((_, index) => join(folder, `${index}.png`));
      return withFilm(encoder, name, files, 5, async ({ desktop, page, film, videos }) => {
        await showsOneOf(page, frames, 28);
        film.close();
        // The server ends a stream when something is drawn a second or more after its last frame, and not where
        // another client has come meanwhile.
        if (name) await until("its decoder is gone", async () => {
          await ask(desktop, "xrefresh", []);
          await new Promise((resolve) => setTimeout(resolve, 1500));
          return (await videos())?.length === 0;
        });
        let why = "";
        await until("both clients see the same", async () => {
          why = difference(await canvasOf(page), decodePNG(await nativeScreenshot(`spice://127.0.0.1:${desktop.facts.PORT}`)));
          return why === null;
        }, () => why);
      });
    });
  }

  for (const [encoder, name] of codecs) {
    for (const { height, frames } of vivid) {
      test(`of ${encoder} and ${height} rows has its own colours`, () => {
        const files = frames.map((_, index) => join(folder, `${height}-${index}.png`));
        // With the other colours it is below 30.
        return withFilm(encoder, name, files, 12, ({ page }) => showsOneOf(page, frames, 33));
      });
    }
  }
});
