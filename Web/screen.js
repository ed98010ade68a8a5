import { arrange, canvasAt, pictureAt, screensOf } from "./layout.js";

const noHeads = Object.freeze([]);
const noLayout = Object.freeze({ width: 0, height: 0, places: [] });

/** The canvas in the worker: takes what has changed of the displays' pictures, once a frame. */
export class Screen {
  /** Frames that were painted. */
  frames = 0;
  #canvas;
  #context;
  #tell;
  #source = null;
  #isDue = false;
  /** @type {Map<number, import("./layout.js").Display>} by the number of their channel. */
  #displays = new Map();
  /** What has changed, by the same. */
  #changed = new Set();
  #heads = new Map();
  #choice = 0;
  #layout = noLayout;
  /** True where screens have come, gone, or changed their size, or another is chosen. */
  #isStale = true;

  constructor(canvas, tell) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d", { alpha: false });
    this.#tell = tell;
  }

  /** What is shown from now on; null keeps the last picture. */
  show(core, session) {
    this.#source = core ? { core, session } : null;
    for (const kept of [this.#displays, this.#changed, this.#heads]) kept.clear();
    this.#layout = noLayout;
    this.#isStale = true;
  }

  /** The guest's screens. */
  get screens() { return screensOf(this.#displays); }

  /** Shows one of the screens, from 1 on, or all (0). */
  choose(choice) {
    this.#choice = choice;
    this.#isStale = true;
    this.#ask();
  }

  get choice() { return this.#choice; }

  /** The monitors on a display's picture. */
  setHeads(display, heads) {
    this.#heads.set(display, heads);
    this.changed(display);
    this.#isStale = true;
  }

  /** A display's picture has changed: it is painted with the page's next frame. */
  changed(display) {
    this.#changed.add(display);
    this.#ask();
  }

  pictureAt(x, y) { return pictureAt(this.#layout, x, y); }
  canvasAt(display, x, y) { return canvasAt(this.#layout, display, x, y); }

  /** @returns {Promise<Blob>} of what the canvas shows, with all that has come. */
  screenshot(type = "image/png") {
    this.#paint();
    return this.#canvas.convertToBlob({ type });
  }

  #ask() {
    if (this.#isDue) return;
    this.#isDue = true;
    // A page that nobody sees gets no frames; what changes meanwhile adds up in the core.
    requestAnimationFrame(() => this.#paint());
  }

  #paint() {
    this.#isDue = false;
    if (!this.#source) return;
    const damage = new Map();
    for (const display of this.#changed) damage.set(display, this.#take(display));
    this.#changed.clear();
    // Where screens have come or moved, all of them were painted.
    let isPainted = this.#isStale && this.#arrange();
    for (const place of isPainted ? [] : this.#layout.places) {
      for (const rect of damage.get(place.display) ?? []) isPainted = this.#copy(place, rect) || isPainted;
    }
    if (isPainted) this.frames += 1;
  }

  /** A display's damage; notes where its size is another one. */
  #take(display) {
    const frame = this.#source.core.frame(this.#source.session, display);
    if (!frame) {
      // The last picture stays until another comes, unless there are others beside it.
      if (this.#displays.size > 1 && this.#displays.delete(display)) this.#isStale = true;
      return [];
    }
    const { width, height } = frame;
    const known = this.#displays.get(display);
    const heads = this.#heads.get(display) ?? noHeads;
    if (known?.width !== width || known?.height !== height || known.heads !== heads) this.#isStale = true;
    this.#displays.set(display, { width, height, heads });
    return frame.damage;
  }

  /** True where the screens stand elsewhere than before, and are painted there. */
  #arrange() {
    this.#isStale = false;
    const layout = arrange(this.#displays, this.#choice);
    const { width, height, places } = layout;
    // A guest may say again what is known.
    if (places.length === 0 || JSON.stringify(layout) === JSON.stringify(this.#layout)) return false;
    this.#layout = layout;
    this.#canvas.width = width;
    this.#canvas.height = height;
    this.#tell({ kind: "resize", width, height, screens: this.screens });
    for (const place of places) {
      this.#copy(place, { left: 0, top: 0, right: Infinity, bottom: Infinity });
    }
    return true;
  }

  /** True where some of the rectangle is shown at that place. */
  #copy(place, rect) {
    const [left, top] = [Math.max(rect.left, place.left), Math.max(rect.top, place.top)];
    const width = Math.min(rect.right, place.left + place.width) - left;
    const height = Math.min(rect.bottom, place.top + place.height) - top;
    if (width <= 0 || height <= 0) return false;
    const { core, session } = this.#source;
    core.paintInPlace(session, place.display, left, top, width, height, (pixels) => {
      this.#context.putImageData(
        new ImageData(pixels, width, height), left - place.left + place.x, top - place.top + place.y);
    });
    return true;
  }
}
