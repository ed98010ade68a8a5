// What the browser decodes for the core: JPEG and zlib.

/** The pixels of a JPEG as bytes R, G, B, A. */
export async function decodeJPEG(bytes) {
  const blob = new Blob([bytes], { type: "image/jpeg" });
  const bitmap = await createImageBitmap(blob, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  try {
    const { width, height } = bitmap;
    const context = new OffscreenCanvas(width, height).getContext("2d", { alpha: false, willReadFrequently: true });
    context.drawImage(bitmap, 0, 0);
    return { width, height, pixels: context.getImageData(0, 0, width, height).data };
  } finally {
    bitmap.close();
  }
}

/** The bytes of a zlib stream, which have to be exactly `size`: one that becomes more is given up before it does. */
export async function inflate(bytes, size) {
  const target = new Uint8Array(size);
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
  let filled = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (filled + value.length > size) {
      void reader.cancel();
      throw new RangeError(`the zlib stream becomes more than the ${size} bytes it was to be`);
    }
    target.set(value, filled);
    filled += value.length;
  }
  if (filled !== size) throw new RangeError(`the zlib stream becomes ${filled} bytes and was to be ${size}`);
  return target;
}
