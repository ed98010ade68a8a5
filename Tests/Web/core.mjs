// The core's host in JavaScript (`Web/core.js`) with what tests in Node need beside it.

import { readFileSync } from "node:fs";
import { Core as Host } from "../../Web/core.js";

export { openFlags, statuses } from "../../Web/core.js";

export class Core extends Host {
  static compile(path) {
    return new WebAssembly.Module(readFileSync(path));
  }
}

/** FNV-1a, 64 bits, over the pixels as little-endian words 0x00RRGGBB; 16 hexadecimal digits. */
export function hashOfPicture(pixels) {
  // The prime is 2^40 + 0x1b3; the two halves of the product fit a double's 53 bits.
  let high = 0xcbf29ce4;
  let low = 0x84222325;
  for (const pixel of pixels) {
    for (let shift = 0; shift < 32; shift += 8) {
      low = (low ^ (shift < 24 ? (pixel >>> shift) & 0xff : 0)) >>> 0;
      const product = low * 0x1b3;
      high = (high * 0x1b3 + Math.floor(product / 2 ** 32) + low * 256) % 2 ** 32;
      low = product % 2 ** 32;
    }
  }
  const digits = (word) => word.toString(16).padStart(8, "0");
  return digits(high) + digits(low);
}
