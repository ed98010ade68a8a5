// Plays what comes, on the audio thread. It begins when a little has come, so that an uneven line is not heard, and
// leaves out the oldest where too much waits, so that sound does not lag behind the picture.

const seconds = { start: 0.06, most: 0.4 };

class Player extends AudioWorkletProcessor {
  #channels = 2;
  /** @type {Float32Array[]} A ring of samples for each channel. */
  #ring = [];
  #read = 0;
  #count = 0;
  #isPlaying = false;
  /** @type {MessagePort | null} */
  #source = null;
  #start = Math.round(seconds.start * sampleRate);

  constructor() {
    super();
    this.port.onmessage = ({ data }) => {
      if (!data.source) return;
      this.#source = data.source;
      data.source.onmessage = (event) => this.#take(event.data);
    };
  }

  get #capacity() { return this.#ring[0]?.length ?? 0; }

  #take(message) {
    if (message.begin) this.#begin(message.begin.channels);
    if (message.samples) this.#add(message.samples.length / this.#channels, (frame, channel) =>
      message.samples[frame * this.#channels + channel] / 32_768);
    if (message.planes) this.#add(message.planes[0].length, (frame, channel) => message.planes[channel]?.[frame] ?? 0);
    if (message.latency !== undefined) {
      const wanted = Math.min(message.latency / 1000, seconds.most / 2);
      this.#start = Math.round(Math.max(seconds.start, wanted) * sampleRate);
    }
    // The last of it is played, however little it is.
    if (message.end) this.#isPlaying = this.#count > 0;
  }

  #begin(channels) {
    this.#channels = channels;
    const capacity = Math.round(2 * seconds.most * sampleRate);
    this.#ring = Array.from({ length: channels }, () => new Float32Array(capacity));
    this.#read = this.#count = 0;
    this.#isPlaying = false;
  }

  #add(frames, sample) {
    if (this.#capacity === 0) return;
    const most = Math.round(seconds.most * sampleRate);
    const first = Math.max(0, frames - this.#capacity);
    for (let frame = first; frame < frames; frame++) {
      const at = (this.#read + this.#count) % this.#capacity;
      for (let channel = 0; channel < this.#channels; channel++) this.#ring[channel][at] = sample(frame, channel);
      if (this.#count < this.#capacity) this.#count += 1;
      else this.#read = (this.#read + 1) % this.#capacity;
    }
    if (this.#count > most) this.#skip(this.#count - this.#start);
    if (this.#count >= this.#start) this.#isPlaying = true;
    // Where frames of video are to go with it, they have to know.
    if (this.#isPlaying) this.#source?.postMessage({ waiting: this.#count / sampleRate });
  }

  #skip(frames) {
    this.#read = (this.#read + frames) % this.#capacity;
    this.#count -= frames;
  }

  process(_inputs, [output]) {
    if (!this.#isPlaying) return true;
    const frames = Math.min(output[0].length, this.#count);
    for (let channel = 0; channel < output.length; channel++) {
      // One channel of sound is heard on both sides; more than the output has are left out.
      const source = this.#ring[Math.min(channel, this.#channels - 1)];
      for (let frame = 0; frame < frames; frame++) {
        output[channel][frame] = source[(this.#read + frame) % this.#capacity];
      }
    }
    this.#skip(frames);
    if (this.#count === 0) this.#isPlaying = false;
    return true;
  }
}

registerProcessor("saffron-player", Player);
