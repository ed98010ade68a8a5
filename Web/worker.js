// The console's engine room: the core, the connections and the picture, away from the page's thread. What the page says
// and what it hears are the messages at the end of this file and those that `tell` is given.

import { Core } from "./core.js";
import { Screen } from "./screen.js";
import { Session } from "./session.js";
import { SoundSource } from "./sound-source.js";

let core = null;
let session = null;
let screen = null;
const sound = new SoundSource((message) => tell(message));

const tell = (message, transfer = []) => postMessage(message, transfer);

async function load(address) {
  if (core) return;
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} answers ${response.status} ${response.statusText}`);
  // Compiled from bytes, so that a server that calls the module's type otherwise does no harm.
  core = new Core(await WebAssembly.compile(await response.arrayBuffer()));
}

async function connect(options) {
  session?.close();
  session = null;
  try {
    await load(options.core);
  } catch (error) {
    tell({ kind: "ended", cause: "core", text: `The console's core could not be loaded: ${error.message}.` });
    return;
  }
  const opus = await SoundSource.decodesOpus();
  session = new Session(core, { ...options, opus }, screen, sound, tell);
  session.open();
}

const handlers = {
  canvas: ({ canvas }) => { screen = new Screen(canvas, tell); },
  connect,
  disconnect: () => { session?.close(); session = null; },
  key: ({ code, pressed }) => session?.key(code, pressed),
  lights: ({ lights }) => session?.lights(lights),
  motion: ({ dx, dy }) => session?.motion(dx, dy),
  position: ({ x, y }) => session?.position(x, y),
  button: ({ button, pressed }) => session?.button(button, pressed),
  mouseMode: ({ mode }) => session?.requestMouseMode(mode),
  choose: ({ screen: number }) => screen.choose(number),
  wish: ({ width, height }) => session?.wish(width, height),
  clipboard: ({ text }) => session?.offerClipboard(text),
  clipboardOn: ({ isOn }) => session?.allowClipboard(isOn),
  sound: ({ port }) => sound.connect(port),
  statistics: ({ isOn }) => session?.watchStatistics(isOn),
  async screenshot({ id, type }) {
    try {
      tell({ kind: "screenshot", id, blob: await screen.screenshot(type) });
    } catch (error) {
      tell({ kind: "screenshot", id, error: error.message });
    }
  },
};

addEventListener("message", ({ data }) => { void handlers[data.kind]?.(data); });
