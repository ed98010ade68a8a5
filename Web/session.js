// One session: its connections, the core's records, and what is told to the page. A session that has ended is not used
// again; the page opens another.

import { openFlags, statuses } from "./core.js";
import { decodeJPEG, inflate } from "./decoders.js";
import { wishes } from "./layout.js";
import { canEncrypt, encryptTicket } from "./ticket.js";
import { VideoStream } from "./video.js";

const channelTypes = { main: 1, display: 2, inputs: 3, cursor: 4, playback: 5 };
const channelNames = new Map(Object.entries(channelTypes).map(([name, type]) => [type, name]));

/** Milliseconds that a WebSocket may take to open, and a server to list its channels. */
const patience = 10_000;
/** A gateway's own codes in a WebSocket's farewell; those from `passing` on speak of what may be well again soon. */
const gatewayCodes = { first: 4400, passing: 4500, last: 4599 };
/** `VD_AGENT_CLIPBOARD_UTF8_TEXT`, the selection of Ctrl+C, and `VD_AGENT_CAP_GUEST_LINEEND_CRLF`. */
const utf8Text = 1;
const clipboardSelection = 0;
const guestLineEndCRLF = 9;
/** Displays that are looked at; more of the guest's are not. */
const displayLimit = 8;
/** The server's error code for a wrong password. */
const permissionDenied = 7;

export class Session {
  #core;
  #handle = 0;
  #options;
  #screen;
  #sound;
  #tell;
  /** @type {Map<string, {type: number, id: number, socket: WebSocket, isOpen: boolean, bytesIn: number}>} */
  #channels = new Map();
  #timer = 0;
  /** When the core wants to be called for the next frame of video, and the timer for it. */
  #alarm = { at: -1, timer: 0 };
  #started = performance.now();
  #isListed = false;
  #isOver = false;
  #isDraining = false;
  #hasConnected = false;
  #clipboard = { isOn: false, offered: "", crlf: false, isReady: false };
  #wish = null;
  #mouse = { mouseMode: 0, supported: 0 };
  #hasAgent = false;
  /** The pointers' shapes by their channel, and the display that the pointer is on. */
  #shapes = new Map();
  #pointerOn = 0;
  /** The streams of video that the browser decodes, by their display and number. @type {Map<string, VideoStream>} */
  #videos = new Map();
  #statistics = { isOn: false, bytesIn: 0, bytesOut: 0, roundTrip: 0, echo: null, decoded: 0 };

  /**
   * @param {{url: string, password: string, compression: number, opus: boolean, video: number,
   *   clipboard: boolean}} options
   * @param {(message: object, transfer?: Transferable[]) => void} tell
   */
  constructor(core, options, screen, sound, tell) {
    this.#core = core;
    this.#options = options;
    this.#screen = screen;
    this.#sound = sound;
    this.#tell = tell;
    this.#clipboard.isOn = options.clipboard;
  }

  open() {
    if (!canEncrypt()) {
      this.#end("insecure", "This page was not loaded over https, so the browser lends it no cryptography, and SPICE "
        + "wants the password encrypted. Load the page over https://, or from http://localhost or http://127.0.0.1.");
      return;
    }
    const { password, opus, video, compression } = this.#options;
    const flags = (password ? openFlags.password : 0) | (opus ? openFlags.opus : 0) | openFlags.agent;
    this.#handle = this.#core.exports.saffron_open(flags);
    if (this.#handle === 0) {
      this.#end("core", "The core takes no further session.");
      return;
    }
    this.#core.exports.saffron_prefer_compression(this.#handle, compression);
    this.#core.exports.saffron_accept_video(this.#handle, video);
    this.#screen.show(this.#core, this.#handle);
    this.#timer = setInterval(() => this.#tick(), 1000);
    this.#connect(channelTypes.main, 0);
  }

  /** Ends without a word. */
  close() {
    if (this.#isOver) return;
    this.#isOver = true;
    clearInterval(this.#timer);
    clearTimeout(this.#alarm.timer);
    this.#screen.show(null, 0);
    this.#sound.stop();
    for (const video of this.#videos.values()) video.close();
    this.#videos.clear();
    for (const { socket } of this.#channels.values()) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
    if (this.#handle !== 0) this.#core.exports.saffron_close(this.#handle);
  }

  #end(cause, text) {
    if (this.#isOver) return;
    this.close();
    this.#tell({ kind: "ended", cause, text, hadConnected: this.#hasConnected });
  }

  // MARK: Connections

  #connect(type, id) {
    const key = `${type}-${id}`;
    let socket;
    try {
      socket = new WebSocket(this.#options.url, "binary");
    } catch (error) {
      this.#end("address", `“${this.#options.url}” cannot be called: ${error.message}`);
      return;
    }
    socket.binaryType = "arraybuffer";
    const channel = { type, id, socket, isOpen: false, began: performance.now(), bytesIn: 0 };
    this.#channels.set(key, channel);
    socket.onopen = () => {
      channel.isOpen = true;
      this.#call("saffron_link", type, id, performance.now());
    };
    socket.onmessage = ({ data }) => this.#receive(channel, new Uint8Array(data));
    socket.onclose = (event) => this.#lost(channel, event);
  }

  #lost(channel, { code, reason }) {
    // A gateway says in words why it does not carry a channel, or carries it no longer.
    if (code >= gatewayCodes.first && code <= gatewayCodes.last && reason) {
      const mayPass = code >= gatewayCodes.passing;
      this.#end(!mayPass ? "refused" : this.#hasConnected ? "lost" : "unreachable", reason);
      return;
    }
    if (channel.isOpen) {
      this.#call("saffron_disconnected", channel.type, channel.id, performance.now());
      return;
    }
    const name = channel.type === channelTypes.main ? "" : ` for the ${channelNames.get(channel.type)} channel`;
    this.#end("unreachable", `Nothing that takes WebSockets answers at ${this.#place}${name}. `
      + "Is the server running, and is this its address?");
  }

  /** Whom it calls, in words: what opens a session at a gateway is for nobody's eyes. */
  get #place() {
    const { host, pathname } = new URL(this.#options.url);
    return pathname.includes("/sessions/") ? `the gateway ${host}` : this.#options.url;
  }

  #receive(channel, bytes) {
    if (this.#isOver) return;
    channel.bytesIn += bytes.length;
    this.#statistics.bytesIn += bytes.length;
    this.#core.lend(bytes, (start, count) => this.#core.exports.saffron_receive(
      this.#handle, channel.type, channel.id, start, count, performance.now()));
    this.#drain();
  }

  #tick() {
    const now = performance.now();
    for (const channel of this.#channels.values()) {
      if (!channel.isOpen && now - channel.began > patience) {
        this.#end("unreachable", `${this.#place} did not answer within ${patience / 1000} s.`);
        return;
      }
    }
    if (!this.#isListed && now - this.#started > 2 * patience) {
      this.#end("protocol", "The server let the session in and then did not say which channels it has.");
      return;
    }
    this.#call("saffron_tick", now);
    if (this.#statistics.isOn) this.#report();
  }

  /** Calls an export on this session and does what comes of it. */
  #call(name, ...values) {
    if (this.#isOver || this.#handle === 0) return -1;
    const status = this.#core.exports[name](this.#handle, ...values);
    this.#drain();
    return status;
  }

  /** The same with bytes: `before` are the values in front of their pointer, `after` makes those behind it. */
  #lend(name, bytes, before, after) {
    if (this.#isOver || this.#handle === 0) return -1;
    const status = this.#core.lend(bytes, (start, count) =>
      this.#core.exports[name](this.#handle, ...before, start, ...after(count)));
    this.#drain();
    return status;
  }

  // MARK: Records

  #drain() {
    // What is done about a record may lead to more of them; they have their turn behind it.
    if (this.#isDraining) return;
    this.#isDraining = true;
    try {
      for (const record of this.#core.drain(this.#handle)) {
        this.#records[record.kind]?.(record);
        if (this.#isOver) return;
      }
    } finally {
      this.#isDraining = false;
    }
    this.#setAlarm();
  }

  #setAlarm() {
    const at = this.#core.exports.saffron_alarm(this.#handle);
    if (at === this.#alarm.at) return;
    clearTimeout(this.#alarm.timer);
    this.#alarm.at = at;
    if (at < 0) return;
    this.#alarm.timer = setTimeout(() => {
      this.#alarm.at = -1;
      this.#call("saffron_tick", performance.now());
    }, Math.max(0, at - performance.now()));
  }

  #records = {
    send: ({ type, id, bytes }) => {
      this.#statistics.bytesOut += bytes.length;
      const socket = this.#channels.get(`${type}-${id}`)?.socket;
      if (socket?.readyState === WebSocket.OPEN) socket.send(bytes);
    },
    encryptTicket: ({ type, id, publicKey }) => { void this.#answerKey(type, id, publicKey); },
    decodeJPEG: (job) => { void this.#decode(job, async () => this.#answerPixels(job, await decodeJPEG(job.bytes))); },
    inflate: (job) => { void this.#decode(job, async () => {
      const bytes = await inflate(job.bytes, job.size);
      this.#lend("saffron_decoded_bytes", bytes, [job.id, job.job], (count) => [count, performance.now()]);
    }); },
    decodeVideo: (job) => { void this.#decode(job, async () => {
      const key = `${job.id}-${job.stream}`;
      if (!this.#videos.has(key)) this.#videos.set(key, new VideoStream(job.codec));
      const picture = await this.#videos.get(key).decode(job.bytes);
      if (picture) this.#answerPixels(job, picture);
      else this.#call("saffron_decoded_nothing", job.id, job.job, performance.now());
    }); },
    endVideo: ({ id, stream }) => this.#endVideo(`${id}-${stream}`),
    ended: (record) => this.#channelEnded(record),
    linked: ({ type, roundTrip }) => {
      if (type === channelTypes.main) this.#statistics.roundTrip = roundTrip / 1000;
      if (type === channelTypes.inputs) this.#connected();
    },
    notify: ({ severity, text }) => this.#tell({ kind: "notice", severity, text }),
    opened: ({ currentMouseMode, supportedMouseModes, agentConnected }) => {
      this.#hasAgent = agentConnected;
      this.#mouse = { mouseMode: currentMouseMode, supported: supportedMouseModes };
    },
    channels: ({ channels }) => {
      this.#isListed = true;
      const { display, inputs, cursor, playback } = channelTypes;
      const limits = new Map([[display, displayLimit], [inputs, 1], [cursor, displayLimit], [playback, 1]]);
      for (const { type, id } of channels) {
        if (id < (limits.get(type) ?? 0) && !this.#channels.has(`${type}-${id}`)) this.#connect(type, id);
      }
      if (!this.#channels.has(`${channelTypes.inputs}-0`)) this.#connected();
    },
    mouseMode: ({ current, supported }) => {
      this.#mouse = { mouseMode: current, supported };
      if (this.#hasConnected) this.#tell({ kind: "mouseMode", ...this.#mouse });
    },
    name: ({ name }) => this.#tell({ kind: "name", name }),
    modifiers: ({ lights }) => this.#tell({ kind: "lights", lights }),
    acknowledged: ({ motions }) => this.#acknowledged(Number(motions)),
    cursorMoved: ({ id, x, y, visible }) => {
      const at = this.#screen.canvasAt(id, x, y);
      // Each display has a pointer of its own, and hides it while it is on another.
      if (!visible && id !== this.#pointerOn) return;
      if (visible) this.#pointOn(id);
      this.#tell({ kind: "cursorMoved", x: at?.x ?? 0, y: at?.y ?? 0, visible: visible && at !== null });
    },
    cursorShape: ({ id, width, height, x, y, pixels, inverting }) => {
      this.#shapes.set(id, { width, height, x, y, pixels, inverting });
      if (id === this.#pointerOn) this.#tellShape();
    },
    monitors: ({ id, heads }) => this.#screen.setHeads(id, heads),
    changed: ({ id }) => this.#screen.changed(id),
    agentConnected: () => { this.#hasAgent = true; },
    soundStarted: (format) => this.#sound.start(format),
    soundData: ({ time, bytes }) => {
      this.#sound.play(time, bytes);
      const delay = this.#sound.delay;
      if (delay !== null) this.#call("saffron_sound_heard", time, delay, performance.now());
    },
    soundStopped: () => this.#sound.stop(),
    soundVolume: ({ volumes }) => this.#tell({ kind: "soundVolume", volumes }),
    soundMute: ({ isMuted }) => this.#tell({ kind: "soundMute", isMuted }),
    soundLatency: ({ milliseconds }) => this.#sound.keepLatency(milliseconds),
    agentReady: ({ capabilities }) => {
      this.#clipboard.isReady = true;
      this.#clipboard.crlf = ((capabilities[0] ?? 0) >>> guestLineEndCRLF & 1) !== 0;
      this.#tell({ kind: "agent", isReady: true });
      if (this.#wish) this.wish(this.#wish.width, this.#wish.height);
      this.#grab();
    },
    agentDisconnected: () => this.#agentGone(),
    agentFailed: ({ text }) => {
      this.#agentGone();
      this.#tell({ kind: "notice", severity: 1, text });
    },
    clipboardGrabbed: ({ selection, types }) => {
      if (this.#clipboard.isOn && selection === clipboardSelection && types.includes(utf8Text)) {
        this.#call("saffron_clipboard_request", clipboardSelection, utf8Text);
      }
    },
    clipboardRequested: ({ selection, dataType }) => this.#sendClipboard(selection, dataType),
    clipboardData: ({ selection, dataType, bytes }) => {
      if (selection !== clipboardSelection || dataType !== utf8Text) return;
      const text = new TextDecoder().decode(bytes).replaceAll("\0", "").replaceAll("\r\n", "\n");
      // What the guest has it need not be told of.
      this.#clipboard.offered = text;
      this.#tell({ kind: "clipboard", text });
    },
  };

  /** Keys and pointer are taken from here on, and none is lost. */
  #connected() {
    this.#hasConnected = true;
    this.#tell({ kind: "opened", ...this.#mouse });
  }

  async #answerKey(type, id, publicKey) {
    try {
      const ticket = await encryptTicket(publicKey, this.#options.password);
      this.#lend("saffron_ticket", ticket, [type, id], (count) => [count, performance.now()]);
    } catch (error) {
      this.#end("ticket", `The ticket could not be encrypted: ${error.message}`);
    }
  }

  #answerPixels({ id, job }, { width, height, pixels }) {
    const status = this.#lend("saffron_decoded_pixels", pixels, [id, job], () => [width, height, performance.now()]);
    if (status === statuses.badArgument) throw new Error(`${width}×${height} pixels came out, which are too many`);
  }

  #endVideo(key) {
    this.#videos.get(key)?.close();
    this.#videos.delete(key);
  }

  async #decode(job, action) {
    this.#statistics.decoded += 1;
    try {
      await action();
    } catch (error) {
      this.#lend("saffron_decode_failed", new TextEncoder().encode(error.message), [job.id, job.job],
        (count) => [count, performance.now()]);
    }
  }

  #channelEnded({ type, id, reason, detail, text }) {
    const key = `${type}-${id}`;
    const channel = this.#channels.get(key);
    if (channel) {
      channel.socket.onmessage = channel.socket.onclose = null;
      channel.socket.close();
      this.#channels.delete(key);
    }
    if (type === channelTypes.display) {
      for (const video of [...this.#videos.keys()].filter((key) => key.startsWith(`${id}-`))) this.#endVideo(video);
    }
    if (type === channelTypes.playback) {
      this.#sound.stop();
      this.#tell({ kind: "notice", severity: 1, text: `The sound has ended. ${text}` });
      return;
    }
    const cause = reason === 1 && detail === permissionDenied ? "password"
      : reason === 1 ? "refused" : reason === 5 ? "lost" : "protocol";
    // That the main channel speaks is of no interest to a person; that another does is.
    const sentence = type === channelTypes.main ? text.replace(/^main\/0: /, "") : text;
    this.#end(cause, `${sentence[0].toUpperCase()}${sentence.slice(1)}.`);
  }

  // MARK: Input

  key(code, pressed) { this.#call("saffron_key", code, pressed ? 1 : 0); }
  lights(lights) { this.#call("saffron_lights", lights); }
  motion(dx, dy) { this.#call("saffron_pointer_motion", dx, dy); }
  /** Places the pointer at a pixel of the canvas. */
  position(x, y) {
    const at = this.#screen.pictureAt(x, y);
    if (!at) return;
    this.#pointOn(at.display);
    // The agent counts from a monitor's own corner and by its number, as spice-gtk does; an emulated tablet knows of the
    // picture alone.
    const { screens } = this.#screen;
    const isOnOne = at.display === 0 && this.#hasAgent && screens.filter(({ display }) => display === 0).length > 1;
    const monitor = isOnOne ? screens.find(({ display, left, top, width, height }) => display === 0 && at.x >= left
      && at.x < left + width && at.y >= top && at.y < top + height) : undefined;
    if (monitor) this.#call("saffron_pointer_position", at.x - monitor.left, at.y - monitor.top, monitor.monitor);
    else this.#call("saffron_pointer_position", at.x, at.y, at.display);
  }

  #pointOn(display) {
    if (display === this.#pointerOn) return;
    this.#pointerOn = display;
    if (this.#shapes.has(display)) this.#tellShape();
  }

  #tellShape() { this.#tell({ kind: "cursorShape", ...this.#shapes.get(this.#pointerOn) }); }

  button(button, pressed) { this.#call("saffron_button", button, pressed ? 1 : 0); }
  requestMouseMode(mode) { this.#call("saffron_request_mouse_mode", mode); }

  // MARK: The guest's agent

  #agentGone() {
    this.#hasAgent = false;
    this.#clipboard.isReady = false;
    this.#tell({ kind: "agent", isReady: false });
  }

  /** Wishes for that size of what is shown; an agent that comes later is told then. */
  wish(width, height) {
    this.#wish = { width, height };
    if (!this.#clipboard.isReady) return;
    const monitors = wishes(this.#screen.screens, this.#screen.choice, width, height);
    const words = new Uint32Array(monitors.flatMap((monitor) => [monitor.width, monitor.height, monitor.x, 0]));
    this.#lend("saffron_wish_monitors", new Uint8Array(words.buffer), [], () => [monitors.length]);
  }

  allowClipboard(isOn) { this.#clipboard.isOn = isOn; }

  /** There is a text to paste; the guest asks for it when it wants it. */
  offerClipboard(text) {
    if (text === this.#clipboard.offered) return;
    this.#clipboard.offered = text;
    this.#grab();
  }

  #grab() {
    const { isOn, isReady, offered } = this.#clipboard;
    if (isOn && isReady && offered !== "") this.#call("saffron_clipboard_grab", clipboardSelection, utf8Text);
  }

  #sendClipboard(selection, dataType) {
    const { isOn, offered, crlf } = this.#clipboard;
    const has = isOn && selection === clipboardSelection && dataType === utf8Text;
    const text = has ? new TextEncoder().encode(crlf ? offered.replaceAll("\n", "\r\n") : offered) : new Uint8Array();
    const send = (bytes, kind) => this.#lend("saffron_clipboard_send", bytes, [selection, kind], (count) => [count]);
    if (send(text, has ? utf8Text : 0) === 0 || !has) return;
    send(new Uint8Array(), 0);
    const words = `The clipboard's ${text.length} bytes are more than the guest takes.`;
    this.#tell({ kind: "notice", severity: 1, text: words });
  }

  // MARK: Statistics

  watchStatistics(isOn) {
    this.#statistics.isOn = isOn;
    if (isOn) this.#report();
  }

  #report() {
    const { bytesIn, bytesOut, roundTrip, decoded } = this.#statistics;
    const channels = [...this.#channels.values()]
      .map(({ type, bytesIn }) => ({ name: channelNames.get(type), bytesIn }));
    this.#tell({
      kind: "statistics", bytesIn, bytesOut, roundTrip, decoded, channels, frames: this.#screen.frames,
      videos: [...this.#videos.values()].map(({ name }) => name),
      memory: this.#core.memorySize,
    });
    this.#echo();
  }

  /** Asks the server for a sign of life; what it takes is the round trip. */
  #echo() {
    if (this.#statistics.echo) return;
    const sent = performance.now();
    const motions = this.#call("saffron_echo");
    if (motions > 0) this.#statistics.echo = { motions, sent };
  }

  #acknowledged(motions) {
    const { echo } = this.#statistics;
    if (!echo || motions < echo.motions) return;
    this.#statistics.roundTrip = performance.now() - echo.sent;
    this.#statistics.echo = null;
  }
}
