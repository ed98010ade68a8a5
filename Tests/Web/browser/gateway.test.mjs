// The page through the gateway: what it shows, and what it says when something is wrong.

import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Browser, until } from "./chromium.mjs";
import { canvasOf, cardOf } from "./console.mjs";
import {
  ask, nativeScreenshot, onDesktop, serveGateway, serveSpice, startDesktop, startQemu, temporaryFolder,
} from "./peers.mjs";
import { decodePNG, difference, encodePNG } from "./png.mjs";

const [width, height] = [640, 400];
const slide = encodePNG(width, height, (x, y) => y < 200 ? ((x & 0xff) << 16) | ((y & 0xff) << 8) | 0x40
  : Math.imul(x * 73_856_093 ^ y * 19_349_663, 2_654_435_761) >>> 8 & 0xffffff);
const key = "a key of the gateway's API";

describe("through the gateway", () => {
  let browser, folder;
  before(async () => {
    folder = temporaryFolder();
    for (const [name, text] of [["right", "correct horse\n"], ["wrong", "battery staple\n"], ["key", `${key}\n`]]) {
      writeFileSync(join(folder, name), text);
    }
    writeFileSync(join(folder, "slide.png"), slide);
    browser = await Browser.launch();
  });
  after(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const visit = async (gateway, path) => {
    const page = await browser.open(gateway.address + path);
    await page.size(1024, 768);
    await page.evaluate(() => {
      globalThis.viewer = document.getElementById("console");
      globalThis.heard = [];
      for (const name of ["connected", "disconnected", "failed"]) {
        viewer.addEventListener(name, ({ detail }) => heard.push({ name, ...detail }));
      }
    });
    return page;
  };

  const isOpen = (page) =>
    page.until("a picture is there", () => viewer.state === "connected" && viewer.screenWidth > 0);
  const says = async (page, words) => {
    await page.until(`it says ${words}`, (state) => viewer.state === state, "failed");
    assert.match(await cardOf(page), words);
  };

  /** Waits until the canvas shows exactly that, and says how it differs where it does not. */
  const shows = async (page, expected) => {
    let why = "";
    try {
      await until("the canvas is equal", async () => {
        why = difference(await canvasOf(page), decodePNG(await expected()));
        return why === null;
      });
    } catch (error) {
      assert.fail(`${why ?? error.message} ${page.errors.join("\n")}`);
    }
  };

  /** Runs `action` with a server and a gateway in front of it, and ends both. */
  const withGateway = async (serverArgs, gatewayArgs, action) => {
    const server = await serveSpice(serverArgs);
    let gateway;
    try {
      gateway = await serveGateway({ first: server.uri, second: "spice://127.0.0.1:9" }, gatewayArgs);
      await action(gateway, server);
    } finally {
      await gateway?.close();
      await server.close();
    }
  };

  const token = async (gateway, order) => {
    const response = await fetch(`${gateway.address}/api/v1/tokens`,
      { method: "POST", headers: { Authorization: `Bearer ${key}` }, body: JSON.stringify(order) });
    assert.equal(response.status, 201);
    return response.json();
  };

  test("the page lists the consoles by name, and a click opens one, pixel for pixel", async () => {
    await withGateway(["--png", folder], [], async (gateway, server) => {
      const page = await visit(gateway, "/");
      const names = await page.until("they are listed", () => {
        const buttons = [...document.querySelectorAll("#consolelist button")];
        return buttons.length > 0 && buttons.map(({ textContent }) => textContent);
      });
      assert.deepEqual(names, ["first", "second"]);
      await page.evaluate(() => document.querySelector("#consolelist button").click());
      await isOpen(page);
      await shows(page, () => slide);
      await shows(page, () => nativeScreenshot(server.uri));
      assert.equal(await page.evaluate(() => location.search), "?console=first");
      assert.deepEqual(page.errors, []);
      await page.close();
    });
  });

  test("a token of the API's opens a session once, and the page says so the second time", async () => {
    await withGateway(["--png", folder], ["--api-key-file", join(folder, "key")], async (gateway, server) => {
      const { page: path } = await token(gateway, { uri: server.uri });
      const page = await visit(gateway, `/${path.slice(1)}`);
      await isOpen(page);
      await shows(page, () => slide);
      const again = await visit(gateway, `/${path.slice(1)}`);
      await says(again, /has opened its one session already/);
      await page.close();
      await again.close();
    });
  });

  test("an expired token is called that", async () => {
    await withGateway([], ["--api-key-file", join(folder, "key")], async (gateway, server) => {
      const { page: path, expires } = await token(gateway, { uri: server.uri, lifetime: 1 });
      await until("it has expired", () => Date.now() > Date.parse(expires));
      const page = await visit(gateway, `/${path.slice(1)}`);
      await says(page, /has expired/);
      await page.close();
    });
  });

  test("a made-up token is not known", async () => {
    await withGateway([], [], async (gateway) => {
      const page = await visit(gateway, "/#bm9uZQ");
      await says(page, /does not know this link/);
      await page.close();
    });
  });

  test("the gateway's password opens the session, and nobody is asked", async () => {
    const server = await serveSpice(["--password-file", join(folder, "right"), "--png", folder]);
    writeFileSync(join(folder, "right.yaml"),
      `consoles:\n  first:\n    uri: ${server.uri}\n    password-file: right\n`);
    writeFileSync(join(folder, "wrong.yaml"),
      `consoles:\n  first:\n    uri: ${server.uri}\n    password-file: wrong\n`);
    const right = await serveGateway({}, [join(folder, "right.yaml")]);
    const wrong = await serveGateway({}, [join(folder, "wrong.yaml")]);
    try {
      const page = await visit(right, "/?console=first");
      await isOpen(page);
      await shows(page, () => slide);
      await page.close();
      const refused = await visit(wrong, "/?console=first");
      await says(refused, /refuses the password that the gateway has for it/);
      await refused.close();
    } finally {
      await right.close();
      await wrong.close();
      await server.close();
    }
  });

  test("where the gateway has no password the person is asked, and asked again after a wrong one", async () => {
    await withGateway(["--password-file", join(folder, "right")], [], async (gateway) => {
      const page = await visit(gateway, "/?console=first");
      const enter = (password) => page.evaluate((password) => {
        viewer.shadowRoot.querySelector("input").value = password;
        viewer.shadowRoot.querySelector("form").requestSubmit();
      }, password);
      await page.until("the form is there", () => viewer.state === "password");
      await enter("battery staple");
      await page.until("it is refused", () => viewer.state === "password"
        && viewer.shadowRoot.querySelector("form").classList.contains("refused"));
      assert.match(await cardOf(page), /password/i);
      await enter("correct horse");
      await isOpen(page);
      await page.close();
    });
  });

  test("a VNC server behind the gateway is called that", async () => {
    const vnc = createServer((socket) => {
      socket.on("error", () => {});
      socket.write("RFB 003.008\n");
    });
    await new Promise((resolve) => vnc.listen(0, "127.0.0.1", resolve));
    const gateway = await serveGateway({ vnc: `spice://127.0.0.1:${vnc.address().port}` });
    try {
      const page = await visit(gateway, "/?console=vnc");
      await says(page, /Behind the gateway is a VNC server/);
      await page.close();
    } finally {
      await gateway.close();
      vnc.close();
    }
  });

  test("a server that is not there is called that, and its address is not told", async () => {
    await withGateway([], [], async (gateway) => {
      const page = await visit(gateway, "/?console=second");
      await says(page, /does not reach the server/);
      assert.doesNotMatch(await cardOf(page), /127\.0\.0\.1/);
      await page.close();
    });
  });

  test("a console that the gateway does not have is called that", async () => {
    await withGateway([], [], async (gateway) => {
      const page = await visit(gateway, "/?console=third");
      await says(page, /has no console of that name/);
      await page.close();
    });
  });

  test("a server that is started anew is connected to again", async () => {
    let server = await serveSpice();
    const gateway = await serveGateway({ first: server.uri });
    try {
      const page = await visit(gateway, "/?console=first");
      await isOpen(page);
      await server.close();
      await page.until("it says that it is gone", () => viewer.state === "reconnecting");
      assert.match(await cardOf(page), /Trying again in \d+ s/);
      server = await serveSpice([], server.port);
      await page.until("it is connected again", () => viewer.state === "connected");
      await page.close();
    } finally {
      await gateway.close();
      await server.close();
    }
  });

  test("a gateway that is gone is called that, and connected to when it is back", async () => {
    const server = await serveSpice();
    let gateway = await serveGateway({ first: server.uri }, ["--drain", "0"]);
    try {
      const page = await visit(gateway, "/?console=first");
      await isOpen(page);
      await gateway.close();
      await page.until("it says why", () => viewer.state === "reconnecting");
      assert.match(await cardOf(page), /gateway is being shut down|connection was lost/);
      await page.until("it says that the gateway does not answer", () =>
        viewer.shadowRoot.querySelector(".cover").innerText.includes("The gateway does not answer"));
      gateway = await serveGateway({ first: server.uri }, [], gateway.port);
      await page.until("it is connected again", () => viewer.state === "connected");
      await page.close();
    } finally {
      await gateway.close();
      await server.close();
    }
  });

  test("QEMU's screen is GRUB's menu, as QEMU itself sees it", async () => {
    const guest = await startQemu("--menu");
    const gateway = await serveGateway({ guest: `spice://127.0.0.1:${guest.facts.PORT}` });
    try {
      const page = await visit(gateway, "/?console=guest");
      await isOpen(page);
      await shows(page, () => guest.picture());
      await page.close();
    } finally {
      await gateway.close();
      await guest.close();
    }
  });

  test("an X desktop is what the native client sees", async () => {
    const desktop = await startDesktop();
    const gateway = await serveGateway({ desktop: `spice://127.0.0.1:${desktop.facts.PORT}` });
    const terminal = onDesktop(desktop, "xterm", ["-geometry", "60x12+40+40", "-e", "cal 2026; exec cat"]);
    try {
      await until("the terminal is there", async () => (await ask(desktop, "xwininfo", ["-root", "-tree"])).includes("xterm"));
      const page = await visit(gateway, "/?console=desktop");
      await isOpen(page);
      await shows(page, () => nativeScreenshot(`spice://127.0.0.1:${desktop.facts.PORT}`));
      assert.deepEqual(page.errors, []);
      await page.close();
    } finally {
      terminal.close();
      await gateway.close();
      await desktop.close();
    }
  });
});
