// Passwords, servers that come and go, sound, and what the page says about it.

import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Browser, until } from "./chromium.mjs";
import { cardOf, consolePage, openConsole } from "./console.mjs";
import { servePages, serveSpice, startQemu, temporaryFolder } from "./peers.mjs";

describe("a session", () => {
  let browser, pages, folder;
  before(async () => {
    folder = temporaryFolder();
    writeFileSync(join(folder, "password"), "correct horse\n");
    pages = await servePages({ "/console": consolePage() });
    browser = await Browser.launch();
  });
  after(async () => {
    await browser?.close();
    pages?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const visit = async (address) => {
    const page = await browser.open(pages.address + "/console");
    await page.size(1024, 768);
    await page.evaluate((address) => {
      globalThis.heard = [];
      for (const name of ["passwordrequired", "failed", "disconnected", "reconnecting", "connected"]) {
        viewer.addEventListener(name, ({ detail }) => heard.push({ name, ...detail }));
      }
      viewer.src = address;
    }, address);
    return page;
  };

  const enter = async (page, password) => {
    await page.evaluate(() => viewer.shadowRoot.querySelector("input").focus());
    await page.send("Input.insertText", { text: password });
    await page.send("Input.dispatchKeyEvent",
      { type: "keyDown", key: "Enter", code: "Enter", windowsVirtualKeyCode: 13, text: "\r" });
    await page.send("Input.dispatchKeyEvent", { type: "keyUp", key: "Enter", code: "Enter", windowsVirtualKeyCode: 13 });
  };

  test("asks for the password, says in words that one is wrong, and takes the right one", async () => {
    const server = await serveSpice(["--password-file", join(folder, "password")]);
    try {
      const page = await visit(server.address);
      await page.until("the form is there", () => viewer.state === "password");
      assert.match(await cardOf(page), /asks for a password/);
      await enter(page, "battery staple");
      await page.until("it is refused", () => heard.some(({ wasRefused }) => wasRefused));
      assert.match(await cardOf(page), /password/i);
      assert.match(await cardOf(page), /refuse|wrong|not accept|did not/i);
      await enter(page, "correct horse");
      await page.until("the session is open", () => viewer.state === "connected" && viewer.screenWidth > 0);
      assert.equal(await cardOf(page), "");
      assert.deepEqual(page.errors, []);
      await page.close();
    } finally {
      await server.close();
    }
  });

  test("says that nothing answers, and where", async () => {
    const page = await visit("ws://127.0.0.1:9/");
    await page.until("it says so", () => viewer.state === "failed");
    assert.match(await cardOf(page), /Nothing that takes WebSockets answers at ws:\/\/127\.0\.0\.1:9\//);
    await page.close();
  });

  for (const [address, sentence] of [["http://", /is no address/], ["ftp://host/", /is no WebSocket's address/]]) {
    test(`says that ${address} cannot be called`, async () => {
      const page = await visit(address);
      await page.until("it says so", () => viewer.state === "failed");
      assert.match(await cardOf(page), sentence);
      await page.close();
    });
  }

  test("says that the server has gone, and is there again when the server is", async () => {
    let server = await serveSpice();
    try {
      const page = await openConsole(browser, pages, server.address);
      await server.close();
      await page.until("it says so", () => viewer.state === "reconnecting");
      assert.match(await cardOf(page), /connection was lost[^]*Trying again in \d+ s/);
      const lost = await page.evaluate(() => heard.find(({ name }) => name === "disconnected"));
      assert.equal(lost.cause, "lost");
      assert.equal(lost.retry, true);
      server = await serveSpice([], server.port);
      await page.until("it is connected again", () => viewer.state === "connected");
      assert.equal(await page.evaluate(() => heard.filter(({ name }) => name === "connected").length), 2);
      await page.close();
    } finally {
      await server.close();
    }
  });

  test("a session that was ended on the page is not begun again", async () => {
    const server = await serveSpice();
    try {
      const page = await openConsole(browser, pages, server.address);
      await page.evaluate(() => viewer.disconnect());
      assert.match(await cardOf(page), /was ended here/);
      assert.equal(await page.evaluate(() => heard.at(-1).cause), "here");
      await page.close();
    } finally {
      await server.close();
    }
  });

  test("counts frames, bytes and the round trip", async () => {
    const server = await serveSpice();
    try {
      const page = await openConsole(browser, pages, server.address);
      await page.evaluate(() => viewer.watchStatistics(true));
      const numbers = await page.until("the numbers are there", () =>
        heard.findLast(({ name, frames, roundTrip }) => name === "statistics" && frames > 3 && roundTrip > 0));
      assert.ok(numbers.bytesIn > 1000 && numbers.bytesOut > 100 && numbers.roundTrip < 5000, JSON.stringify(numbers));
      assert.ok(numbers.channels.some(({ name, bytesIn }) => name === "display" && bytesIn > 1000));
      await page.close();
    } finally {
      await server.close();
    }
  });

  const listen = (page) => page.evaluate(() => {
    const { context } = viewer.audioNode;
    globalThis.analyser = new AnalyserNode(context, { fftSize: 32_768, smoothingTimeConstant: 0 });
    viewer.audioNode.connect(analyser);
  });

  /** The loudest frequency, once it is louder than `least` dB: a sine at half of full scale is −12, and 7.5 less in the
   * analyser's window. */
  const heardTone = (page, least) => page.until("a tone is heard", (least) => {
    const levels = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(levels);
    const peak = levels.reduce((best, level, bin) => level > levels[best] ? bin : best, 0);
    return levels[peak] > least && { frequency: peak * analyser.context.sampleRate / analyser.fftSize };
  }, least);

  test("plays the guest's tone of 440 Hz, and nothing before the person wants it", async () => {
    const server = await serveSpice();
    try {
      const page = await openConsole(browser, pages, server.address);
      assert.equal(await page.evaluate(() => viewer.soundOn || viewer.audioNode !== null), false);
      await page.click(512, 600);
      await page.evaluate(() => viewer.setSound(true));
      await listen(page);
      await page.key("F5", "F5");
      const tone = await heardTone(page, -24);
      assert.ok(Math.abs(tone.frequency - 440) < 3, `it is ${tone.frequency} Hz`);
      await page.evaluate(() => viewer.setSound(false));
      assert.equal(await page.evaluate(() => viewer.audioNode), null);
      assert.deepEqual(page.errors, []);
      await page.close();
    } finally {
      await server.close();
    }
  });

  test("decodes the Opus that QEMU makes of its guest's loudspeaker", async () => {
    const guest = await startQemu("--menu", "--", "-audiodev", "spice,id=speaker", "-machine", "pcspk-audiodev=speaker");
    try {
      const page = await openConsole(browser, pages, guest.address);
      await page.click(512, 384);
      await page.evaluate(() => viewer.setSound(true));
      await listen(page);
      await page.key("KeyC", "c");
      await until("the command line is there", async () => (await guest.text()).includes("grub>"));
      // Beats a minute, and 30 of them at 660 Hz.
      await page.evaluate(() => viewer.typeText("play 60 660 30\n"));
      const tone = await heardTone(page, -50);
      assert.ok(Math.abs(tone.frequency - 660) < 4, `it is ${tone.frequency} Hz`);
      assert.equal(await page.evaluate(() => heard.findLast(({ name }) => name === "sound").codec), "opus");
      assert.deepEqual(page.errors, []);
      await page.close();
    } finally {
      await guest.close();
    }
  });

  test("the page around the console connects, shows the name and its state, and opens its menu by keyboard", async () => {
    const server = await serveSpice();
    try {
      const page = await browser.open(`${pages.address}/?src=${encodeURIComponent(server.address)}`);
      await page.until("it is connected", () => document.getElementById("words")?.textContent === "Connected");
      await page.until("the name is there", () => document.title === "Saffron's demo desktop – Saffron");
      await page.evaluate(() => document.getElementById("keysbutton").focus());
      await page.send("Input.dispatchKeyEvent",
        { type: "keyDown", key: "Enter", code: "Enter", windowsVirtualKeyCode: 13, text: "\r" });
      await page.until("the menu is open", () => document.getElementById("menu").matches(":popover-open"));
      const unnamed = await page.evaluate(() => [...document.querySelectorAll("button, input, textarea")]
        .filter((control) => !control.ariaLabel && !control.textContent.trim() && control.labels?.length === 0)
        .map((control) => control.outerHTML));
      assert.deepEqual(unnamed, []);
      assert.deepEqual(page.errors, []);
      await page.close();
    } finally {
      await server.close();
    }
  });
});
