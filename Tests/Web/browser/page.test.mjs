// The page around the console: full screen, the menu of keys, the guest's pointer and film, and pages without cryptography.

import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Browser, until } from "./chromium.mjs";
import { canvasOf, cardOf } from "./console.mjs";
import { servePages, serveSpice, temporaryFolder, web } from "./peers.mjs";
import { encodePNG } from "./png.mjs";

const colors = [0xaa3311, 0x11aa33, 0x3311aa, 0xaaaa11, 0x11aaaa];

describe("the page", () => {
  let browser, pages, folder;
  before(async () => {
    folder = temporaryFolder();
    colors.forEach((color, index) => writeFileSync(join(folder, `${index}.png`), encodePNG(320, 200, () => color)));
    pages = await servePages();
    browser = await Browser.launch({ args: ["--host-resolver-rules=MAP console.example 127.0.0.1"] });
  });
  after(async () => {
    await browser?.close();
    pages?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const visit = async (server, origin = pages.address) => {
    const page = await browser.open(`${origin}/?src=${encodeURIComponent(server.address)}`);
    await page.size(1200, 800);
    await page.evaluate(() => { globalThis.viewer = document.getElementById("console"); });
    return page;
  };
  const isOpen = (page) => page.until("a picture is there, and the bar above it", () =>
    viewer.screenWidth > 0 && document.getElementById("words")?.textContent === "Connected");

  const withPage = async (args, action) => {
    const server = await serveSpice(args);
    try {
      const page = await visit(server);
      await isOpen(page);
      await action(page);
      assert.deepEqual(page.errors, []);
      await page.close();
    } finally {
      await server.close();
    }
  };

  test("tells a screen reader what each control is, and when the connection comes and goes", async () => {
    const server = await serveSpice(["--png", folder]);
    const page = await visit(server);
    await isOpen(page);
    const met = await page.accessible();
    const controls = met.filter(({ role }) => /^(button|radio|textbox|checkbox|combobox|link|application|slider)$/.test(role));
    assert.deepEqual(controls.filter(({ name }) => name === ""), []);
    const names = controls.map(({ role, name }) => `${role} ${name.split(".")[0]}`);
    for (const expected of ["application Remote screen", "radio Fit", "button Keys", "button Sound", "button Share the clipboard",
      "button Statistics", "button Full screen", "button Disconnect"]) assert.ok(names.includes(expected), `${expected} in ${names}`);
    for (const landmark of ["banner", "main", "toolbar"]) assert.ok(met.some(({ role }) => role === landmark), landmark);
    const isSaid = (words) => page.evaluate((words) =>
      viewer.shadowRoot.querySelector("[role=status][aria-live=polite]").textContent.includes(words), words);
    await until("that it is connected is said", () => isSaid("Connected"));
    await server.close();
    await until("that it is not is said, and why", async () => await isSaid("Connection lost") && await isSaid("Nothing that takes"));
    assert.ok((await page.accessible()).some(({ role, name }) => role === "heading" && name === "Connection lost"));
    await page.close();
  });

  test("shows the picture before its bar, which then knows all that was told before", async () => {
    const bar = readFileSync(join(web, "bar.js"), "utf8");
    const late = await servePages({ "/bar.js": `await new Promise((resolve) => { globalThis.goOn = resolve; });\n${bar}` });
    const server = await serveSpice(["--monitors", "2"]);
    try {
      const page = await visit(server, late.address);
      await page.until("a picture is there", () => viewer.state === "connected" && viewer.screenWidth > 0);
      await page.until("the bar is on its way", () => globalThis.goOn !== undefined);
      assert.equal(await page.evaluate(() => document.getElementById("words")), null);
      const top = await page.evaluate(() => viewer.getBoundingClientRect().top);
      await page.evaluate(() => goOn());
      await isOpen(page);
      assert.equal(await page.evaluate(() => viewer.getBoundingClientRect().top), top);
      assert.equal(await page.evaluate(() => document.title), "Saffron's demo desktop – Saffron");
      assert.equal(await page.evaluate(() => document.getElementById("keysbutton").disabled), false);
      assert.equal(await page.evaluate(() => document.getElementById("screens").childElementCount), 3);
      assert.deepEqual(page.errors, []);
      await page.close();
    } finally {
      await server.close();
      late.close();
    }
  });

  test("says so where its tools do not come, and shows the picture nevertheless", async () => {
    const poor = await servePages({ "/bar.js": "throw new Error('not today');\n" });
    const server = await serveSpice();
    try {
      const page = await visit(server, poor.address);
      await page.until("it says so", () => document.getElementById("bar").textContent.includes("not today"));
      await page.until("a picture is there", () => viewer.state === "connected" && viewer.screenWidth > 0);
      await page.close();
    } finally {
      await server.close();
      poor.close();
    }
  });

  test("goes to full screen and back, and asks for the browser's keys there", () => withPage(["--png", folder], async (page) => {
    await page.evaluate(() => {
      globalThis.asked = 0;
      navigator.keyboard.lock = async () => { asked += 1; };
      document.getElementById("full").click();
    });
    await page.until("it is full screen", () => document.fullscreenElement === document.documentElement && asked === 1);
    await page.until("the console has the focus", () => document.activeElement === viewer);
    await page.evaluate(() => document.getElementById("full").click());
    await page.until("it is back", () => document.fullscreenElement === null);
  }));

  test("presses Ctrl, Alt and F2 from its menu, and closes it", () => withPage(["--png", folder], async (page) => {
    const shows = (index) => until(`slide ${index} is shown`, async () => (await canvasOf(page)).pixels[0] === colors[index]);
    await shows(0);
    await page.evaluate(() => document.getElementById("keysbutton").click());
    await page.evaluate(() => document.querySelector("[data-keys=ctrl-alt-f2]").click());
    // Each of the three turns a slide.
    await shows(3);
    await page.until("the menu is closed", () => !document.getElementById("menu").matches(":popover-open"));
  }));

  test("has the guest's pointer for its own over the picture", () => withPage([], async (page) => {
    await page.until("it is a picture", () =>
      /^url\("data:image\/png[^"]+"\) \d+ \d+, default$/.test(getComputedStyle(viewer.shadowRoot.querySelector("canvas")).cursor));
  }));

  test("lets the browser decode the guest's film", () => withPage(["--video"], async (page) => {
    await page.evaluate(() => {
      viewer.addEventListener("statistics", ({ detail }) => { globalThis.decoded = detail.decoded; });
      viewer.watchStatistics(true);
    });
    await page.until("frames of it have come", () => globalThis.decoded > 20);
  }));

  test("says what to do where it has no cryptography", async () => {
    const server = await serveSpice();
    try {
      const page = await visit(server, pages.address.replace("127.0.0.1", "console.example"));
      await page.until("it says so", () => viewer.state === "failed");
      assert.match(await cardOf(page), /not loaded over https[^]*Load the page over https:\/\/, or from http:\/\/localhost/);
      await page.close();
    } finally {
      await server.close();
    }
  });

  test("comes back to the question for an address when the session is left", () => withPage([], async (page) => {
    await page.evaluate(() => document.getElementById("leave").click());
    await page.until("it asks", () => !document.getElementById("welcome").hidden && location.search === "");
  }));
});
