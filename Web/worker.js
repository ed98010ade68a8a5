// The console's engine room: the core, the connections and the picture, away from the page's thread. What the page says
// and what it hears are the messages at the end of this file and those that `tell` is given.

import { Core } from "./core.js";
import { Screen } from "./screen.js";
import { Session } from "./session.js";
import { SoundSource } from "./sound-source.js";
import { decodableVideo } from "./video.js";
// What those import stands here too, so that the browser asks for all at once.
import "./decoders.js";
import "./layout.js";
import "./ticket.js";

let core = null;
let session = null;
let screen = null;
/** Counts the orders to connect or not to, of which the last holds. */
let opening = 0;
/** What the browser decodes, which is asked for while the page gets ready. */
const abilities = Promise.all([SoundSource.decodesOpus(), decodableVideo()]);
const sound = new SoundSource((message) => tell(message));

const tell = (message, transfer = []) => postMessage(message, transfer);

function disconnect() {
  opening += 1;
  session?.close();
  session = null;
}

async function connect(options) {
  disconnect();
  const mine = opening;
  core ??= new Core(options.core);
  const [opus, video] = await abilities;
  if (mine !== opening) return;
  session = new Session(core, { ...options, opus, video }, screen, sound, tell);
  session.open();
}

const handlers = {
  canvas: ({ canvas }) => { screen = new Screen(canvas, tell); },
  connect,
  disconnect,
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
