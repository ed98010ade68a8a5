// The guest's sound on its way from the core to the page's AudioWorklet: raw samples as they are, Opus by WebCodecs.

const modes = { raw: 1, opus: 3 };
/** Packets that may wait in the decoder; later ones are dropped, as sound that comes late is worth nothing. */
const decoderLimit = 50;

export class SoundSource {
  #tell;
  #format = null;
  /** @type {MessagePort | null} */
  #port = null;
  #decoder = null;
  /** Milliseconds from a sound's coming to its being heard, as the worklet measures it; null while none is. */
  delay = null;

  constructor(tell) {
    this.#tell = tell;
  }

  static async decodesOpus() {
    if (globalThis.AudioDecoder === undefined) return false;
    try {
      return (await AudioDecoder.isConfigSupported(opusConfiguration(2))).supported === true;
    } catch {
      return false;
    }
  }

  /** The worklet's end; null while nobody listens. */
  connect(port) {
    this.#port?.close();
    this.#port = port;
    this.delay = null;
    if (port) port.onmessage = ({ data }) => { this.delay = Math.round(data.waiting * 1000); };
    if (this.#format) this.#begin();
  }

  start({ channels, rate, mode }) {
    this.#closeDecoder();
    this.#format = { channels, rate, mode };
    if (mode === modes.opus) this.#decoder = this.#makeDecoder(channels);
    this.#tell({ kind: "soundStarted", channels, rate, codec: mode === modes.opus ? "opus" : "raw" });
    this.#begin();
  }

  play(time, bytes) {
    if (!this.#port || !this.#format) return;
    if (this.#format.mode === modes.raw) {
      // A copy of the core's memory, two bytes a sample in the byte order of every browser there is.
      const samples = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1);
      this.#port.postMessage({ samples }, [samples.buffer]);
    } else if (this.#decoder?.state === "configured" && this.#decoder.decodeQueueSize < decoderLimit) {
      this.#decoder.decode(new EncodedAudioChunk({ type: "key", timestamp: time * 1000, data: bytes }));
    }
  }

  stop() {
    this.#closeDecoder();
    this.#format = null;
    this.delay = null;
    this.#port?.postMessage({ end: true });
  }

  /** The server wants so many milliseconds kept at least. */
  keepLatency(milliseconds) {
    this.#port?.postMessage({ latency: milliseconds });
  }

  #begin() {
    this.#port?.postMessage({ begin: { channels: this.#format.channels } });
  }

  #makeDecoder(channels) {
    const decoder = new AudioDecoder({
      output: (data) => {
        const planes = Array.from({ length: data.numberOfChannels }, (_, planeIndex) => {
          const plane = new Float32Array(data.numberOfFrames);
          data.copyTo(plane, { planeIndex, format: "f32-planar" });
          return plane;
        });
        data.close();
        this.#port?.postMessage({ planes }, planes.map((plane) => plane.buffer));
      },
      error: (error) => this.#tell({ kind: "notice", severity: 1, text: `The sound does not decode: ${error.message}` }),
    });
    decoder.configure(opusConfiguration(channels));
    return decoder;
  }

  #closeDecoder() {
    if (this.#decoder && this.#decoder.state !== "closed") this.#decoder.close();
    this.#decoder = null;
  }
}

const opusConfiguration = (channels) => ({ codec: "opus", sampleRate: 48_000, numberOfChannels: channels });
