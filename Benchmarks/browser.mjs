// Measures the page against spice-html5 in Chromium on the same bytes, in turn, and prints medians and ratios.
//
//     Benchmarks/browser [--rounds N] [--seconds N] [--recording FILE] [--markdown FILE]
//     Benchmarks/browser --record FILE [--seconds N]        makes such a recording, and no more
//
// An X desktop at work is recorded for a minute while spice-html5 looks at it (so that it is spoken to as it likes), and
// `saffron replay` says that again to both, as fast as they take it. Needs a release build (`make build`; or SAFFRON=PATH)
// and what Scripts/bootstrap test installs.

import { execFileSync } from "node:child_process";
import { rmSync, statSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Browser, until } from "../Tests/Web/browser/chromium.mjs";
import {
  ask, onDesktop, replaySpice, serveGateway, servePages, serveSpice, startDesktop, temporaryFolder, traceSpice,
} from "../Tests/Web/browser/peers.mjs";
import { decodePNG, difference, encodePNG } from "../Tests/Web/browser/png.mjs";

const { values: options } = parseArgs({ options: {
  rounds: { type: "string", default: "5" }, seconds: { type: "string", default: "60" },
  recording: { type: "string" }, record: { type: "string" }, markdown: { type: "string" },
} });
const html5 = "/usr/share/spice-html5";
/** Milliseconds without a stroke of paint after which a picture is taken for complete. */
const quiet = 1500;
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const median = (values) => values.toSorted((one, other) => one - other)[values.length >> 1];

// MARK: What both pages are watched by

/** Runs in the page and in its workers, before any other script: keeps when something was painted last. */
function watchPaint() {
  let last = 0;
  for (const kind of [globalThis.CanvasRenderingContext2D, globalThis.OffscreenCanvasRenderingContext2D]) {
    for (const name of ["putImageData", "drawImage", "fillRect"]) {
      const paint = kind?.prototype[name];
      if (!paint) continue;
      kind.prototype[name] = function (...values) {
        paint.apply(this, values);
        last = performance.timeOrigin + performance.now();
      };
    }
  }
  const line = new BroadcastChannel("painted");
  line.onmessage = ({ data }) => { if (data === "when") line.postMessage(last); };
  globalThis.lastPainted = () => new Promise((resolve) => {
    const ears = new BroadcastChannel("painted");
    let latest = last;
    ears.onmessage = ({ data }) => { if (typeof data === "number") latest = Math.max(latest, data); };
    ears.postMessage("when");
    setTimeout(() => { ears.close(); resolve(latest); }, 100);
  });
}

// MARK: The two clients

/** The page's files as `saffron gateway` serves them. */
async function served() {
  const gateway = await serveGateway({ nothing: "spice://127.0.0.1:9" });
  try {
    const names = ["/", "/app.js", "/worker.js"];
    return Object.fromEntries(await Promise.all(
      names.map(async (name) => [name, await (await fetch(gateway.address + name)).text()])));
  } finally {
    await gateway.close();
  }
}

const ours = {
  name: "ours",
  async pages() {
    this.files ??= await served();
    return servePages({ ...this.files, "/worker.js": `(${watchPaint})();\n${this.files["/worker.js"]}` });
  },
  path: (port) => `/?src=${encodeURIComponent(`ws://127.0.0.1:${port}/`)}`,
  picture: async () => {
    const blob = await document.querySelector("saffron-console").screenshot();
    return new Promise((resolve) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result.split(",")[1]);
      reader.readAsDataURL(blob);
    });
  },
};

const theirs = {
  name: "spice-html5",
  pages: () => servePages({}, html5),
  path: (port) => `/spice_auto.html?host=127.0.0.1&port=${port}&path=/`,
  picture: () => document.querySelector("#spice-screen canvas").toDataURL().split(",")[1],
};

/** Opens the client's page in a new browser and lets `action` have it when it is under way. */
async function visit(client, port, action) {
  const pages = await client.pages();
  const browser = await Browser.launch({ width: 1400, height: 1000 });
  try {
    // A browser that has just begun has much to do with itself.
    await pause(3000);
    const page = await browser.open("about:blank");
    await page.size(1400, 1000);
    await page.send("Performance.enable", { timeDomain: "threadTicks" });
    await page.send("Page.addScriptToEvaluateOnNewDocument", { source: `(${watchPaint})()` });
    await page.begin(pages.address + client.path(port));
    return await action(page, browser);
  } finally {
    await browser.close();
    pages.close();
  }
}

/** Waits until `isOver` and nothing has been painted for a while; milliseconds from the page's opening to the last. */
async function lastPaint(page, isOver) {
  let last = 0;
  await until("the picture is complete", async () => {
    last = await page.evaluate(() => lastPainted());
    return isOver() && last > 0 && await page.evaluate((last, quiet) =>
      performance.timeOrigin + performance.now() - last > quiet, last, quiet);
  }, undefined, 120_000);
  return last - await page.evaluate(() => performance.timeOrigin);
}

/** Milliseconds of processor time of the page's process: all its threads. */
async function wholePage(browser) {
  const { processInfo } = await browser.send("SystemInfo.getProcessInfo");
  return 1000 * processInfo.filter(({ type }) => type === "renderer").reduce((sum, { cpuTime }) => sum + cpuTime, 0);
}

/** The same of its own thread alone. */
async function mainThread(page) {
  const { metrics } = await page.send("Performance.getMetrics");
  return 1000 * metrics.find(({ name }) => name === "TaskDuration").value;
}

// MARK: A minute of work

/** What somebody does at an X desktop, a step each half second. */
async function work(desktop, seconds) {
  const programs = [onDesktop(desktop, "openbox", []),
    onDesktop(desktop, "xterm", ["-geometry", "90x30+20+20", "-e",
      "while :; do for f in /usr/share/common-licenses/GPL-3 /etc/services; do while read -r l; do echo \"$l\"; sleep 0.05; "
        + "done < $f; done; done"]),
    onDesktop(desktop, "xclock", ["-update", "1", "-geometry", "160x160+840+20"])];
  const tool = (...words) => ask(desktop, "xdotool", words);
  await until("the windows are there", async () => (await ask(desktop, "xwininfo", ["-root", "-tree"])).includes("xclock"));
  const end = Date.now() + 1000 * seconds;
  for (let step = 0; Date.now() < end; step++) {
    const kind = step % 20;
    if (kind === 0) {
      programs.push(onDesktop(desktop, "display",
        ["-geometry", `+${300 + step % 7 * 30}+${250 + step % 5 * 20}`, "-size", "480x360", `plasma:fractal`]));
    } else if (kind === 9) {
      programs.pop().close();
    } else if (kind < 16) {
      const window = (await tool("search", "--class", "xterm")).trim().split("\n").at(-1);
      await tool("windowmove", window, String(20 + step * 37 % 300), String(20 + step * 23 % 200));
    }
    await pause(500);
  }
  for (const program of programs.toReversed()) program.close();
}

/** Records what is said to spice-html5 from its first picture on until `action` is done. */
async function record(uri, file, action) {
  const trace = await traceSpice(uri, file);
  try {
    await visit(theirs, trace.port, async (page) => {
      await page.until("there is a picture", () => document.querySelector("#spice-screen canvas")?.width > 100);
      await action();
      await pause(2000);
    });
  } finally {
    await trace.close();
  }
}

async function recordDesktop(file) {
  const desktop = await startDesktop({ XSPICE_IMAGE_COMPRESSION: "auto_lz" });
  try {
    await record(`spice://127.0.0.1:${desktop.facts.PORT}`, file, () => work(desktop, Number(options.seconds)));
  } finally {
    await desktop.close();
  }
}

/** A desktop's picture: flat areas, lines of text, a photograph. */
async function recordStill(folder, file) {
  const words = (x, y) => (Math.imul((x >> 2) + 31 * (y >> 4), 2_654_435_761) >>> 28) < 7 && y % 16 < 10 && x % 4 !== 3;
  const photograph = (x, y) =>
    ((128 + 90 * Math.sin(x / 50) | 0) << 16) | ((128 + 90 * Math.sin(y / 40) | 0) << 8) | (x * y >> 8 & 255);
  writeFileSync(join(folder, "0.png"), encodePNG(1280, 800, (x, y) => y < 40 ? 0x303040
    : x > 800 && y > 300 && y < 700 ? photograph(x, y) : x < 760 && words(x, y) ? 0x202020 : 0xf4f2ee));
  const server = await serveSpice(["--png", folder, "--compression", "auto-lz"]);
  try {
    await record(server.uri, file, () => {});
  } finally {
    await server.close();
  }
}

// MARK: The measurements

async function replayed(client, file) {
  const server = await replaySpice(file);
  try {
    return await visit(client, server.port, async (page, browser) => {
      const last = await lastPaint(page, () => server.said().includes("display/0: everything was played"));
      const [main, all] = [await mainThread(page), await wholePage(browser)];
      return { last, main, all, picture: decodePNG(Buffer.from(await page.evaluate(client.picture), "base64")) };
    });
  } finally {
    await server.close();
  }
}

/** Both clients in turn; the first round warms the machine. */
async function rounds(measure) {
  const found = { ours: [], "spice-html5": [] };
  for (let round = 0; round <= Number(options.rounds); round++) {
    for (const client of [ours, theirs]) {
      const figures = await measure(client);
      console.error(client.name, round, Object.entries(figures).filter(([name]) => name !== "picture").flat().join(" "));
      if (round > 0) found[client.name].push(figures);
    }
  }
  return found;
}

function row(what, found, name, goal) {
  const [mine, other] = ["ours", "spice-html5"].map((client) => median(found[client].map((figures) => figures[name])));
  const wanted = goal === null ? "" : `at most ${goal}×`;
  return [what, `${mine.toFixed(0)} ms`, `spice-html5 ${other.toFixed(0)} ms`, `${(mine / other).toFixed(2)}×`, wanted];
}

/** What is to be said where the two clients show different pictures. */
function compared(found) {
  const why = difference(found.ours.at(-1).picture, found["spice-html5"].at(-1).picture);
  return why === null ? "equal in every pixel" : `not equal: ${why} from spice-html5`;
}

if (options.record) {
  await recordDesktop(options.record);
  process.exit();
}
const folder = temporaryFolder();
try {
  const file = options.recording ?? join(folder, "desktop.pcapng");
  if (!options.recording) await recordDesktop(file);
  const still = join(folder, "still.pcapng");
  await recordStill(folder, still);
  const desktop = await rounds((client) => replayed(client, file));
  const first = await rounds((client) => replayed(client, still));

  const rows = [
    row("a recorded minute at full speed: main thread", desktop, "main", 0.33),
    row("a recorded minute at full speed: page opened → last pixel", desktop, "last", 0.33),
    row("a recorded minute at full speed: all threads of the page", desktop, "all", null),
    row("page opened → first full frame", first, "last", 0.7),
  ];
  const table = ["| what | ours | against | ratio | to reach |", "|---|---|---|---|---|",
    ...rows.map((cells) => `| ${cells.join(" | ")} |`)].join("\n");
  const size = (statSync(file).size / 1e6).toFixed(1);
  const version = execFileSync(process.env.CHROMIUM ?? "chromium", ["--version"], { encoding: "utf8" }).trim().split(" ").slice(0, 2);
  console.log(table);
  console.log(`The last pictures are ${compared(desktop)}; the first full frames are ${compared(first)}.`);
  if (options.markdown) {
    writeFileSync(options.markdown, `# Figures of the page

\`make bench\` measures these, in turn with the peer, and writes this page. Only the ratios say something about another
machine. ${version.join(" ")}, headless and without a graphics card; ${cpus().length} processors; medians of ${options.rounds} rounds, each in
a new browser with nothing cached.

- **The peer** is Debian's spice-html5: a SPICE client in JavaScript, all of it on the page's main thread. Ours is the whole
  page, with its bar.
- **A recorded minute**: an X desktop on libspice-server (auto_lz; 1024x768) with a terminal that scrolls, windows that are moved, a
  clock, and photographs that come and go; ${size} MB, recorded while spice-html5 looked at it. \`saffron replay --speed max\` says the
  same bytes to both. The last pictures are ${compared(desktop)}.
- **Main thread** is processor time of the page's own thread; what it does not do is what lets a page stutter. Ours decodes and paints
  in a worker. **All threads** are those of the page's process, start and scripts included.
- **The last pixel**: a server sends some forty messages at most before it hears that they were handled, and the recording has
  thousands.
- **First full frame**: a still picture of 1280x800 in auto_lz, recorded and said again in the same way, so that no server has to encode
  it. Scripts, styles and the core (which is compiled in that time) come from the same machine. The pictures are ${compared(first)}.
  The browser had three seconds to itself before. Ours comes as \`saffron gateway\` serves it: its script and its worker each in one
  piece. Runs of this are between 0.63× and 0.75×: two small cores are busy from the click to the picture, so that what starts
  earlier ends no earlier, and what can wait comes after it.

${table}
`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
