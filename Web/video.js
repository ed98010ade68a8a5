// Video that the browser decodes for the core, by WebCodecs. MJPEG is none: each of its frames stands for itself.

/**
 * By the protocol's number of a codec (`SPICE_VIDEO_CODEC_TYPE_*`): its name, how WebCodecs calls it (in a profile and a
 * level that hold what servers encode), whether a frame needs none before it, and the colours of one where it does not say.
 */
const codecs = new Map([
  [2, { name: "VP8", codec: "vp8", isKey: (bytes) => (bytes[0] & 1) === 0, colors: colorsOfVP8 }],
  [3, { name: "H.264", codec: "avc1.640034", isKey: (bytes) => hasUnit(bytes, (first) => (first & 31) === 5) }],
  [4, { name: "VP9", codec: "vp09.00.51.08", isKey: isKeyOfVP9, colors: colorsOfVP9 }],
  [5, { name: "H.265", codec: "hev1.1.6.L153.B0", isKey: (bytes) => hasUnit(bytes, isRandomAccess) }],
]);

/** Milliseconds after which a decoder that has given nothing for a frame is taken to want more of them first. */
const patience = 500;

/** What this browser decodes: a bit for each of the protocol's numbers, as the core takes it. */
export async function decodableVideo() {
  if (globalThis.VideoDecoder === undefined) return 0;
  const bits = await Promise.all([...codecs].map(async ([number, { codec }]) => {
    try {
      return (await VideoDecoder.isConfigSupported(configuration(codec))).supported ? 1 << number : 0;
    } catch {
      return 0;
    }
  }));
  return bits.reduce((all, bit) => all | bit, 0);
}

const configuration = (codec) => ({ codec, optimizeForLatency: true });

/** One stream on its way through a decoder. Its frames are to be given one after the other. */
export class VideoStream {
  #codec;
  /** @type {VideoDecoder | null} */
  #decoder = null;
  /** After which the decoder was told that the colours are. */
  #matrix;
  #count = 0;
  /** Who waits for the decoder, and the newest picture that nobody has had. */
  #waiting = null;
  /** @type {VideoFrame | null} */
  #newest = null;
  #context = null;

  /** @param {number} number the protocol's, of a codec that `decodableVideo` names */
  constructor(number) {
    this.#codec = codecs.get(number);
    if (!this.#codec) throw new RangeError(`the protocol has no codec ${number}`);
  }

  get name() { return this.#codec.name; }

  /** The newest picture as bytes R, G, B, A; null where the decoder wants more frames first. */
  async decode(bytes) {
    const isKey = this.#codec.isKey(bytes);
    if (isKey) this.#prepare(this.#codec.colors?.(bytes));
    if (this.#decoder?.state !== "configured") {
      throw new Error(`this ${this.name} frame refers to others that did not come or did not decode`);
    }
    await new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#waiting?.resolve(), patience);
      const done = (end) => (value) => {
        clearTimeout(timer);
        this.#waiting = null;
        end(value);
      };
      this.#waiting = { resolve: done(resolve), reject: done(reject) };
      try {
        // Times mean nothing here: the core knows when a frame is to be shown.
        this.#decoder.decode(
          new EncodedVideoChunk({ type: isKey ? "key" : "delta", timestamp: this.#count++, data: bytes }));
      } catch (error) {
        this.#waiting.reject(error);
      }
    });
    return this.#take();
  }

  close() {
    if (this.#decoder?.state === "configured") this.#decoder.close();
    this.#decoder = null;
    this.#waiting?.reject(new Error("the stream has ended"));
    this.#newest?.close();
    this.#newest = null;
  }

  /** A decoder for what begins with this frame: the one before, or another where there is none or the colours are others. */
  #prepare(colorSpace) {
    const isOpen = this.#decoder?.state === "configured";
    if (isOpen && colorSpace?.matrix === this.#matrix) return;
    if (isOpen) this.#decoder.close();
    this.#matrix = colorSpace?.matrix;
    this.#decoder = new VideoDecoder({
      output: (frame) => {
        this.#newest?.close();
        this.#newest = frame;
        this.#waiting?.resolve();
      },
      // It is closed then, and the next frame that needs no other begins anew.
      error: (error) => this.#waiting?.reject(error),
    });
    this.#decoder.configure({ ...configuration(this.#codec.codec), ...colorSpace && { colorSpace } });
  }

  #take() {
    const frame = this.#newest;
    this.#newest = null;
    if (!frame) return null;
    try {
      const { displayWidth: width, displayHeight: height } = frame;
      if (this.#context?.canvas.width !== width || this.#context.canvas.height !== height) {
        this.#context = new OffscreenCanvas(width, height).getContext("2d", { alpha: false, willReadFrequently: true });
      }
      this.#context.drawImage(frame, 0, 0);
      return { width, height, pixels: this.#context.getImageData(0, 0, width, height).data };
    } finally {
      frame.close();
    }
  }
}

/**
 * Colours after BT.709 or BT.601. Where a picture does not say, those of more than 576 rows are after the first: so GStreamer
 * takes it, with which libspice-server encodes. Chromium takes VP8 and VP9 for BT.709 if it is not told otherwise, whatever they say.
 */
function colors(matrix, fullRange = false) {
  return { primaries: "bt709", transfer: "iec61966-2-1", matrix, fullRange };
}

function usualMatrix(height) {
  return height > 576 ? "bt709" : "smpte170m";
}

/** VP8 has no way to say; the height stands in a key frame's header (RFC 6386, section 9.1). */
function colorsOfVP8(bytes) {
  return colors(usualMatrix((bytes[8] | bytes[9] << 8) & 0x3fff));
}

/**
 * A key frame of VP9 of 8 bits: behind its first byte and three others three bits for the colours, one for their range, in
 * profile 1 three of the sampling, and the width and the height.
 */
function colorsOfVP9(bytes) {
  const profile = profileOfVP9(bytes);
  if (profile > 1) return undefined;
  const height = ((bytes[6] << 16 | bytes[7] << 8 | bytes[8]) >> (profile === 0 ? 4 : 1) & 0xffff) + 1;
  const matrix = [usualMatrix(height), "smpte170m", "bt709"][bytes[4] >> 5];
  return matrix && colors(matrix, (bytes[4] & 0x10) !== 0);
}

/** VP9's uncompressed header: two bits, two of the profile (and one more in the last), shown again or not, its type. */
function isKeyOfVP9(bytes) {
  const behind = profileOfVP9(bytes) === 3 ? bytes[0] << 1 : bytes[0];
  return (behind & 0x0c) === 0;
}

/** The lower bit comes first. */
function profileOfVP9([first]) {
  return first >> 5 & 1 | first >> 3 & 2;
}

/** H.265's units that begin a sequence (IRAP: 16 to 23). */
function isRandomAccess(first) {
  const kind = (first >> 1) & 63;
  return kind >= 16 && kind <= 23;
}

/** Whether one of the units behind H.264's and H.265's start codes (0, 0, 1) has such a first byte. */
function hasUnit(bytes, isIt) {
  for (let at = bytes.indexOf(1, 2); at >= 0 && at + 1 < bytes.length; at = bytes.indexOf(1, at + 1)) {
    if (bytes[at - 1] === 0 && bytes[at - 2] === 0 && isIt(bytes[at + 1])) return true;
  }
  return false;
}
