// The WebAssembly core as JavaScript sees it: its exports, its records, and nothing else.
// Documentation/web-core.md describes both.

/** Every status that an export may answer with. */
export const statuses = {
  done: 0, hold: 1, noSession: -1, noChannel: -2, badArgument: -3, ended: -4, tooEarly: -5,
};

const recordKinds = new Map([
  [1, "send"], [2, "encryptTicket"], [3, "decodeJPEG"], [4, "inflate"], [5, "decodeVideo"], [6, "endVideo"],
  [16, "ended"], [17, "linked"], [18, "notify"], [19, "disconnecting"], [20, "unknownMessage"], [21, "migrate"],
  [32, "opened"], [33, "channels"], [34, "mouseMode"], [35, "multimediaTime"], [36, "agentConnected"],
  [37, "agentDisconnected"], [38, "name"], [39, "uuid"], [40, "migration"],
  [48, "modifiers"], [49, "acknowledged"], [64, "cursorMoved"], [65, "cursorShape"],
  [80, "primaryCreated"], [81, "primaryDestroyed"], [82, "marked"], [83, "monitors"], [84, "changed"],
  [96, "soundStarted"], [97, "soundData"], [98, "soundStopped"], [99, "soundVolume"], [100, "soundMute"],
  [101, "soundLatency"], [112, "agentReady"], [113, "clipboardGrabbed"], [114, "clipboardRequested"],
  [115, "clipboardData"], [116, "clipboardReleased"], [117, "agentReply"], [118, "agentFailed"],
]);

/** Flags of `saffron_open`. */
export const openFlags = { password: 1, opus: 2, agent: 4 };

/** Reads the values of one record; throws where the record is too short for them. */
class RecordReader {
  constructor(view, offset, end) {
    this.view = view;
    this.offset = offset;
    this.end = end;
  }

  take(size) {
    const at = this.offset;
    if (at + size > this.end) throw new RangeError(`a record ends ${at + size - this.end} bytes early`);
    this.offset += size;
    return at;
  }

  u8() { return this.view.getUint8(this.take(1)); }
  u32() { return this.view.getUint32(this.take(4), true); }
  i32() { return this.view.getInt32(this.take(4), true); }
  u64() { return this.view.getBigUint64(this.take(8), true); }

  /** A copy: the memory it stands in is soon used again. */
  bytes(count) { return new Uint8Array(this.view.buffer, this.take(count), count).slice(); }
  counted() { return this.bytes(this.u32()); }
  text() { return new TextDecoder().decode(this.counted()); }
  list(count, read) { return Array.from({ length: count }, () => read(this)); }
}

const readers = {
  send: (r) => ({ bytes: r.counted() }),
  encryptTicket: (r) => ({ publicKey: r.counted() }),
  decodeJPEG: (r) => ({ job: r.u32(), width: r.u32(), height: r.u32(), bytes: r.counted() }),
  inflate: (r) => ({ job: r.u32(), size: r.u32(), bytes: r.counted() }),
  decodeVideo: (r) => ({ job: r.u32(), codec: r.u32(), stream: r.u32(), bytes: r.counted() }),
  endVideo: (r) => ({ stream: r.u32() }),
  ended: (r) => ({ reason: r.u32(), detail: r.u32(), text: r.text() }),
  linked: (r) => ({ major: r.u32(), minor: r.u32(), headerSize: r.u32(), roundTrip: r.u32() }),
  notify: (r) => ({ severity: r.u32(), visibility: r.u32(), what: r.u32(), text: r.text() }),
  disconnecting: (r) => ({ reason: r.u32() }),
  unknownMessage: (r) => ({ message: r.u32(), size: r.u32() }),
  migrate: (r) => ({ flags: r.u32() }),
  opened: (r) => ({
    sessionID: r.u32(), displayChannelsHint: r.u32(), supportedMouseModes: r.u32(), currentMouseMode: r.u32(),
    agentConnected: r.u32() !== 0, agentTokens: r.u32(), multimediaTime: r.u32(), ramHint: r.u32(),
  }),
  channels: (r) => ({ channels: r.list(r.u32(), () => ({ type: r.u8(), id: r.u8() })) }),
  mouseMode: (r) => ({ supported: r.u32(), current: r.u32() }),
  multimediaTime: (r) => ({ milliseconds: r.u32() }),
  agentConnected: () => ({}),
  agentDisconnected: (r) => ({ reason: r.u32() }),
  name: (r) => ({ name: r.text() }),
  uuid: (r) => ({ uuid: r.bytes(16) }),
  migration: (r) => {
    const [port, securePort, host, subject] = [r.u32(), r.u32(), r.u32(), r.u32()];
    return { port, securePort, host: r.bytes(host), subject: r.bytes(subject) };
  },
  modifiers: (r) => ({ lights: r.u32() }),
  acknowledged: (r) => ({ motions: r.u64() }),
  cursorMoved: (r) => ({ x: r.i32(), y: r.i32(), visible: r.u32() !== 0 }),
  cursorShape: (r) => {
    const [width, height, x, y, flags] = [r.u32(), r.u32(), r.i32(), r.i32(), r.u32()];
    const pixels = r.bytes(width * height * 4);
    return { width, height, x, y, pixels, inverting: flags & 1 ? r.bytes(width * height) : null };
  },
  primaryCreated: (r) => ({ surface: r.u32(), width: r.u32(), height: r.u32() }),
  primaryDestroyed: (r) => ({ surface: r.u32() }),
  marked: () => ({}),
  monitors: (r) => {
    const [maximum, count] = [r.u32(), r.u32()];
    return {
      maximum,
      heads: r.list(count, () => ({
        id: r.u32(), surface: r.u32(), width: r.u32(), height: r.u32(), x: r.u32(), y: r.u32(), flags: r.u32(),
      })),
    };
  },
  changed: () => ({}),
  soundStarted: (r) => ({ channels: r.u32(), rate: r.u32(), mode: r.u32(), time: r.u32() }),
  soundData: (r) => ({ time: r.u32(), bytes: r.counted() }),
  soundStopped: () => ({}),
  soundVolume: (r) => ({ volumes: r.list(r.u32(), () => r.u32()) }),
  soundMute: (r) => ({ isMuted: r.u32() !== 0 }),
  soundLatency: (r) => ({ milliseconds: r.u32() }),
  agentReady: (r) => ({ capabilities: r.list(r.u32(), () => r.u32()) }),
  clipboardGrabbed: (r) => ({ selection: r.u32(), types: r.list(r.u32(), () => r.u32()) }),
  clipboardRequested: (r) => ({ selection: r.u32(), dataType: r.u32() }),
  clipboardData: (r) => ({ selection: r.u32(), dataType: r.u32(), bytes: r.counted() }),
  clipboardReleased: (r) => ({ selection: r.u32() }),
  agentReply: (r) => ({ message: r.u32(), succeeded: r.u32() !== 0 }),
  agentFailed: (r) => ({ text: r.text() }),
};

/** The compiled module at that address; rejected with a sentence where there is none. */
export async function loadCore(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} answers ${response.status} ${response.statusText}`);
  // Compiled while it comes, where the server calls its type by name.
  if (response.headers.get("Content-Type") === "application/wasm") return WebAssembly.compileStreaming(response);
  return WebAssembly.compile(await response.arrayBuffer());
}

/** One instance of the compiled module. */
export class Core {
  /** @param {WebAssembly.Module} module */
  constructor(module) {
    // What the C library underneath may call: randomness for hash tables, and somewhere to write a last word to.
    const wasi = {
      random_get: (start, count) => {
        crypto.getRandomValues(new Uint8Array(this.exports.memory.buffer, start, count));
        return 0;
      },
      fd_write: () => 8,
      fd_close: () => 8,
      fd_seek: () => 8,
    };
    this.exports = new WebAssembly.Instance(module, { wasi_snapshot_preview1: wasi }).exports;
  }

  get memorySize() { return this.exports.memory.buffer.byteLength; }

  /** Calls `action` with a copy of the bytes in the module's memory. */
  lend(bytes, action) {
    const start = this.exports.saffron_allocate(bytes.length) >>> 0;
    if (start === 0) throw new Error(`the core has no memory for ${bytes.length} bytes`);
    try {
      new Uint8Array(this.exports.memory.buffer, start, bytes.length).set(bytes);
      return action(start, bytes.length);
    } finally {
      this.exports.saffron_free(start);
    }
  }

  /** All records that are due. */
  *drain(session) {
    for (;;) {
      const start = this.exports.saffron_drain(session) >>> 0;
      if (start === 0) return;
      const view = new DataView(this.exports.memory.buffer);
      const end = start + 4 + view.getUint32(start, true);
      // All are read before the first is given out: what the host does about it uses the memory again.
      const records = [];
      for (let at = start + 4; at < end; at += view.getUint32(at, true)) records.push(this.#record(view, at));
      yield* records;
    }
  }

  #record(view, at) {
    const size = view.getUint32(at, true);
    const kind = recordKinds.get(view.getUint16(at + 4, true));
    if (size < 8 || size % 4 !== 0 || !kind) throw new RangeError(`a record of ${size} bytes has no known kind`);
    const reader = new RecordReader(view, at + 8, at + size);
    const record = { kind, type: view.getUint8(at + 6), id: view.getUint8(at + 7), ...readers[kind](reader) };
    if (at + size - reader.offset > 3) throw new RangeError(`a ${kind} record has bytes that nothing reads`);
    return record;
  }

  /** What a display shows: its size, damage, and a view of its pixels; null where it shows nothing. */
  frame(session, display = 0) {
    const start = this.exports.saffron_frame(session, display) >>> 0;
    if (start === 0) return null;
    const words = new Uint32Array(this.exports.memory.buffer, start, 6);
    const [pixels, width, height, flags, surface, count] = words;
    const rects = new Int32Array(this.exports.memory.buffer, start + 24, 4 * count);
    const damage = Array.from({ length: count }, (_, i) => {
      const [left, top, right, bottom] = rects.subarray(4 * i, 4 * i + 4);
      return { left, top, right, bottom };
    });
    return {
      width, height, surface, damage, isComplete: (flags & 1) !== 0,
      pixels: new Uint32Array(this.exports.memory.buffer, pixels, width * height),
    };
  }

  /** A part of what a display shows, as an ImageData of a canvas would hold it; null where there is no such part. */
  paint(session, display, left, top, width, height) {
    let pixels = null;
    this.paintInPlace(session, display, left, top, width, height, (view) => { pixels = view.slice(); });
    return pixels;
  }

  /** Calls `action` with the same pixels where they stand in the module's memory; they are gone when it returns. */
  paintInPlace(session, display, left, top, width, height, action) {
    const start = this.exports.saffron_allocate(width * height * 4) >>> 0;
    if (start === 0) throw new Error(`the core has no memory for ${width}×${height} pixels`);
    try {
      const status = this.exports.saffron_paint(session, display, left, top, width, height, start);
      if (status === statuses.done) {
        action(new Uint8ClampedArray(this.exports.memory.buffer, start, width * height * 4));
      }
    } finally {
      this.exports.saffron_free(start);
    }
  }
}
