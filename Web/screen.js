/** The canvas in the worker: takes what has changed of a display's picture, once a frame. */
export class Screen {
  /** Frames that were painted. */
  frames = 0;
  #canvas;
  #context;
  #tell;
  #source = null;
  #isDue = false;
  #size = { width: 0, height: 0 };

  constructor(canvas, tell) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d", { alpha: false });
    this.#tell = tell;
  }

  /** What is shown from now on; null keeps the last picture. */
  show(core, session) {
    this.#source = core ? { core, session } : null;
    this.#size = { width: 0, height: 0 };
  }

  /** The picture has changed: it is painted with the page's next frame. */
  changed() {
    if (this.#isDue) return;
    this.#isDue = true;
    // A page that nobody sees gets no frames; what changes meanwhile adds up in the core.
    requestAnimationFrame(() => this.#paint());
  }

  /** @returns {Promise<Blob>} of what the canvas shows, with all that has come. */
  screenshot(type = "image/png") {
    this.#paint();
    return this.#canvas.convertToBlob({ type });
  }

  #paint() {
    this.#isDue = false;
    const frame = this.#source?.core.frame(this.#source.session, 0);
    if (!frame) return;
    let { damage } = frame;
    const { width, height } = frame;
    if (width !== this.#size.width || height !== this.#size.height) {
      this.#size = { width, height };
      this.#canvas.width = width;
      this.#canvas.height = height;
      damage = [{ left: 0, top: 0, right: width, bottom: height }];
      this.#tell({ kind: "resize", width, height });
    }
    for (const rect of damage) this.#copy(rect);
    if (damage.length > 0) this.frames += 1;
  }

  #copy({ left, top, right, bottom }) {
    const { core, session } = this.#source;
    const [width, height] = [right - left, bottom - top];
    if (width <= 0 || height <= 0) return;
    core.paintInPlace(session, 0, left, top, width, height, (pixels) => {
      this.#context.putImageData(new ImageData(pixels, width, height), left, top);
    });
  }
}
