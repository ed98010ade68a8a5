/** The page's half of the sound: an AudioContext with a worklet that plays what the worker sends it. */
export class Sound {
  /** @type {AudioContext | null} */
  context = null;
  /** What is heard, after the guest's volume: a page may connect it elsewhere too. */
  output = null;
  #send;
  #isOn = false;
  #format = null;
  #gain = 1;
  #isGuestMuted = false;

  /** @param {(port: MessagePort | null) => void} send gives the worker its end of the line. */
  constructor(send) {
    this.#send = send;
  }

  get isOn() { return this.#isOn; }

  /** Sound on or off. Browsers let it begin in answer to a gesture alone. */
  async set(isOn) {
    this.#isOn = isOn;
    if (isOn) {
      // Made in the gesture, so that it may sound when the guest plays something later.
      await this.#open(this.#format?.rate ?? 48_000);
    } else {
      await this.close();
    }
  }

  /** The guest's stream begins. */
  async begin({ rate, channels }) {
    this.#format = { rate, channels };
    if (this.#isOn && this.context?.sampleRate !== rate) await this.#open(rate);
  }

  setVolume(volumes) {
    const mean = volumes.reduce((sum, value) => sum + value, 0) / Math.max(1, volumes.length) / 65_535;
    // The number is loudness as an ear has it, as in the guest's mixer.
    this.#gain = mean ** 3;
    this.#applyGain();
  }

  setGuestMute(isMuted) {
    this.#isGuestMuted = isMuted;
    this.#applyGain();
  }

  async close() {
    const context = this.context;
    this.context = this.output = null;
    this.#send(null);
    await context?.close();
  }

  #applyGain() {
    if (this.output) this.output.gain.value = this.#isGuestMuted ? 0 : this.#gain;
  }

  async #open(rate) {
    await this.close();
    // At the stream's own rate: the browser converts to the device's.
    const context = new AudioContext({ sampleRate: rate, latencyHint: "interactive" });
    this.context = context;
    if (!context.audioWorklet) {
      throw new Error("This browser plays sound only on pages that were loaded over https or from localhost.");
    }
    await context.audioWorklet.addModule(new URL("sound-worklet.js", import.meta.url));
    if (this.context !== context) return;
    const player = new AudioWorkletNode(context, "saffron-player", { numberOfInputs: 0, outputChannelCount: [2] });
    this.output = new GainNode(context);
    this.#applyGain();
    player.connect(this.output).connect(context.destination);
    const line = new MessageChannel();
    player.port.postMessage({ source: line.port1 }, [line.port1]);
    this.#send(line.port2);
    await context.resume();
  }
}
