// Where the guest's screens stand on the canvas. A display channel has one picture, and monitors are parts of it; what is
// shown is one of them, or all: each channel's picture right of the one before.

/**
 * @typedef {{width: number, height: number, heads: {id: number, x: number, y: number, width: number, height: number}[]}} Display
 * @typedef {{display: number, monitor: number, left: number, top: number, width: number, height: number}} Screen
 *   a part of a channel's picture; `monitor` is the head's number, or the channel's where it has one alone.
 * @typedef {Screen & {x: number, y: number}} Place a part, and where it stands on the canvas.
 * @typedef {{width: number, height: number, places: Place[]}} Layout
 */

/**
 * The guest's screens, in the order of their numbers.
 *
 * @param {Map<number, Display>} displays by their channels' number.
 * @returns {Screen[]}
 */
export function screensOf(displays) {
  return sorted(displays).flatMap(([display, picture]) => {
    const heads = picture.heads.filter((head) => head.width > 0 && head.height > 0
      && head.x + head.width <= picture.width && head.y + head.height <= picture.height);
    if (heads.length < 2) return [whole(display, picture)];
    return heads.toSorted((one, other) => one.id - other.id).map(({ id, x, y, width, height }) =>
      ({ display, monitor: id, left: x, top: y, width, height }));
  });
}

/**
 * @param {Map<number, Display>} displays
 * @param {number} choice the number of a screen, from 1 on; all are shown where there is no such one.
 * @returns {Layout}
 */
export function arrange(displays, choice) {
  const chosen = screensOf(displays)[choice - 1];
  let x = 0;
  const places = (chosen ? [chosen] : sorted(displays).map((entry) => whole(...entry))).map((screen) => {
    const place = { ...screen, x, y: 0 };
    x += screen.width;
    return place;
  });
  return { width: x, height: Math.max(0, ...places.map(({ height }) => height)), places };
}

/**
 * The pixel of a channel's picture that stands there on the canvas, or the nearest.
 *
 * @param {Layout} layout
 * @returns {{display: number, x: number, y: number} | null} null where nothing is shown.
 */
export function pictureAt({ places }, x, y) {
  const place = places.find((place) => x < place.x + place.width) ?? places.at(-1);
  if (!place) return null;
  const within = (value, length) => Math.max(0, Math.min(length - 1, value));
  return {
    display: place.display, x: place.left + within(x - place.x, place.width), y: place.top + within(y - place.y, place.height),
  };
}

/** Where a pixel of a channel's picture stands on the canvas; null where it is not shown. */
export function canvasAt({ places }, display, x, y) {
  const place = places.find((place) => place.display === display && x >= place.left && x < place.left + place.width
    && y >= place.top && y < place.top + place.height);
  return place ? { x: x - place.left + place.x, y: y - place.top + place.y } : null;
}

/**
 * The monitors to wish for, side by side, so that what is shown has that size: the chosen one has it alone and the others
 * stay as they are; where all are shown, they share its width.
 *
 * @param {Screen[]} screens
 * @returns {{width: number, height: number, x: number}[]}
 */
export function wishes(screens, choice, width, height) {
  const count = Math.max(1, screens.length);
  let x = 0;
  return Array.from({ length: count }, (_, index) => {
    const isOther = screens[choice - 1] !== undefined && index !== choice - 1;
    const size = isOther ? screens[index]
      : screens[choice - 1] ? { width, height } : { width: Math.floor(width / count / 8) * 8, height };
    const monitor = { width: size.width, height: size.height, x };
    x += size.width;
    return monitor;
  });
}

const sorted = (displays) => [...displays].sort(([one], [other]) => one - other);
const whole = (display, { width, height }) => ({ display, monitor: display, left: 0, top: 0, width, height });
