// The guest's pointer: as the page's own cursor, or drawn over the picture where the guest moves it.

/** A CSS value for `cursor`; the shape's pixels are bytes R, G, B, A. */
export function cursorStyle(shape) {
  if (!shape || shape.width === 0) return "default";
  return `url(${drawing(shape).toDataURL()}) ${shape.x} ${shape.y}, default`;
}

/** A canvas with the shape. */
export function drawing({ width, height, pixels, inverting }) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const image = new ImageData(new Uint8ClampedArray(pixels), width, height);
  if (inverting) outline(image, inverting);
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

/** A cursor cannot invert what is below it: what would is black, with white around it. */
function outline({ data, width, height }, inverting) {
  const put = (x, y, value, unlessTaken) => {
    if (x < 0 || y < 0 || x >= width || y >= height) return;
    const at = (y * width + x) * 4;
    if (unlessTaken && (data[at + 3] !== 0 || inverting[y * width + x])) return;
    data.fill(value, at, at + 3);
    data[at + 3] = 255;
  };
  inverting.forEach((inverts, place) => {
    if (!inverts) return;
    const [x, y] = [place % width, Math.floor(place / width)];
    put(x, y, 0, false);
    for (const [dx, dy] of [[-1, 0], [1, 0], [0, -1], [0, 1]]) put(x + dx, y + dy, 255, true);
  });
}
