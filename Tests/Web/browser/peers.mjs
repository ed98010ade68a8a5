// What a browser test meets: the page's own web server, and SPICE servers.

import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../../", import.meta.url));
export const web = join(root, "Web");
const server = process.env.SAFFRON ?? join(root, ".build/release/saffron");
const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css",
  ".wasm": "application/wasm", ".svg": "image/svg+xml", ".png": "image/png", ".json": "application/json" };

/** Serves `Web/`, or another folder, on 127.0.0.1; further `pages` by their path. */
export async function servePages(pages = {}, folder = web) {
  const listener = createServer((request, response) => {
    const path = new URL(request.url, "http://page").pathname;
    const name = normalize(path === "/" ? "/index.html" : path);
    try {
      const body = pages[path] ?? readFileSync(join(folder, name));
      response.writeHead(200, { "Content-Type": types[extname(name)] ?? "text/html; charset=utf-8" });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => listener.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${listener.address().port}`,
    close: () => { listener.close(); listener.closeAllConnections(); },
  };
}

/** `saffron serve` with these arguments on a free port of 127.0.0.1, or on that one. */
export async function serveSpice(args = [], port = 0) {
  const serving = await start(["serve", "--listen", `127.0.0.1:${port}`, ...args]);
  return { ...serving, address: `ws://127.0.0.1:${serving.port}/`, uri: `spice://127.0.0.1:${serving.port}` };
}

/** `saffron replay` of a capture, as fast as the client takes it. */
export async function replaySpice(file, speed = "max") {
  const playing = await start(["replay", file, "--listen", "127.0.0.1:0", "--speed", speed]);
  return { ...playing, address: `ws://127.0.0.1:${playing.port}/` };
}

/** `saffron trace` before that server, writing to a file. */
export async function traceSpice(uri, file) {
  const tracing = await start(["trace", "--listen", "127.0.0.1:0", "--to", uri, "-o", file]);
  return { ...tracing, address: `ws://127.0.0.1:${tracing.port}/` };
}

/** `saffron gateway` on a free port of 127.0.0.1, or on that one; `consoles` are addresses by name. */
export async function serveGateway(consoles, args = [], port = 0) {
  const named = Object.entries(consoles).flatMap(([name, address]) => ["--console", `${name}=${address}`]);
  const gateway = await start(["gateway", "--listen", `127.0.0.1:${port}`, ...named, ...args]);
  return { ...gateway, address: `http://127.0.0.1:${gateway.port}` };
}

/** A picture of the screen by the native client. */
export async function nativeScreenshot(uri) {
  const folder = temporaryFolder();
  try {
    const path = join(folder, "native.png");
    await run(server, ["screenshot", uri, "-o", path], { timeout: 20_000 });
    return readFileSync(path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs the command until `close`; it says its address first. */
async function start(args) {
  const process = spawn("timeout", ["-k", "5", "300", server, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let errors = "";
  process.stderr.on("data", (bytes) => { errors += bytes; });
  let said = "";
  const line = await new Promise((resolve, reject) => {
    process.stdout.on("data", (bytes) => {
      said += bytes;
      if (said.includes("\n")) resolve(said.split("\n")[0]);
    });
    process.once("error", reject);
    process.once("exit", (code) => reject(new Error(`${server} ended with ${code} before it listened: ${errors}`)));
  });
  const taken = Number(line.trim().split(":").at(-1).replace("/", ""));
  return {
    port: taken,
    /** What it has printed so far. */
    said: () => said + errors,
    close: () => new Promise((resolve) => {
      if (process.exitCode !== null) { resolve(); return; }
      process.once("exit", resolve);
      process.kill("SIGTERM");
    }),
  };
}

/** One of `Scripts/peers`, until the tests end. */
async function peer(script, start, environment = {}) {
  const { stdout } = await run(join(root, "Scripts/peers", script), start,
    { env: { ...process.env, ...environment, SAFFRON_OWNER: String(process.pid) }, timeout: 180_000 });
  const facts = Object.fromEntries(stdout.trim().split("\n").map((line) => line.split(/=(.*)/s).slice(0, 2)));
  return {
    facts,
    address: `ws://127.0.0.1:${facts.PORT}/`,
    close: () => run(join(root, "Scripts/peers", script), ["stop", facts.NAME]),
  };
}

export const startQemu = async (...options) => {
  const guest = await peer("qemu-grub", ["start", `browser-${process.pid}`, ...options]);
  return {
    ...guest,
    /** What the guest's text screen says. */
    text: async () => (await run(join(root, "Scripts/peers/qmp"), [guest.facts.QMP, "text-screen"])).stdout,
    /** Its picture, as QEMU itself sees it; of a further graphics device by that one's id. */
    picture: async (device = undefined) => {
      const folder = temporaryFolder();
      try {
        const path = join(folder, "screen.png");
        await run(join(root, "Scripts/peers/qmp"),
          [guest.facts.QMP, "screendump", `filename=${path}`, "format=png", ...device ? [`device=${device}`] : []]);
        return readFileSync(path);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  };
};

export const startDesktop = (environment = {}) => peer("xspice", ["start", "auto", "auto"], environment);

/** Runs a program on an X desktop until `close`. */
export function onDesktop(desktop, program, args, input = undefined) {
  const process_ = spawn("timeout", ["120", program, ...args],
    { env: { ...process.env, DISPLAY: desktop.facts.DISPLAY }, stdio: [input === undefined ? "ignore" : "pipe", "pipe", "ignore"] });
  process_.stdin?.end(input);
  let output = "";
  process_.stdout.on("data", (bytes) => { output += bytes; });
  return { output: () => output, close: () => process_.kill("SIGTERM") };
}

export const ask = async (desktop, program, args) =>
  (await run(program, args, { env: { ...process.env, DISPLAY: desktop.facts.DISPLAY }, timeout: 20_000 })).stdout;

export function temporaryFolder() {
  return mkdtempSync(join(tmpdir(), "saffron-pages-"));
}
