// PNG as far as tests need it: 8 bits of colour with or without alpha, not interlaced.

import { crc32 as nodeCRC, deflateSync, inflateSync } from "node:zlib";

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value >>> 0;
});
const crc = nodeCRC ?? ((bytes) => {
  let value = 0xffffffff;
  for (const byte of bytes) value = crcTable[(value ^ byte) & 0xff] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
});

/** `{width, height, pixels}` with a word 0xRRGGBB for each pixel. */
export function decodePNG(file) {
  const data = [];
  let [width, height, channels] = [0, 0, 0];
  for (let at = 8; at < file.length; at += 12 + file.readUInt32BE(at)) {
    const kind = file.toString("latin1", at + 4, at + 8);
    const body = file.subarray(at + 8, at + 8 + file.readUInt32BE(at));
    if (kind === "IHDR") {
      [width, height] = [body.readUInt32BE(0), body.readUInt32BE(4)];
      channels = { 2: 3, 6: 4 }[body[9]];
      if (body[8] !== 8 || !channels || body[12] !== 0) throw new Error("this PNG is of a kind that tests do not read");
    }
    if (kind === "IDAT") data.push(body);
  }
  return { width, height, pixels: unfilter(inflateSync(Buffer.concat(data)), width, height, channels) };
}

function unfilter(bytes, width, height, channels) {
  const stride = width * channels;
  const pixels = new Uint32Array(width * height);
  let above = new Uint8Array(stride);
  for (let y = 0; y < height; y++) {
    const filter = bytes[y * (stride + 1)];
    const row = Uint8Array.from(bytes.subarray(y * (stride + 1) + 1, (y + 1) * (stride + 1)));
    for (let x = 0; x < stride; x++) {
      const [a, b, c] = [row[x - channels] ?? 0, above[x], above[x - channels] ?? 0];
      row[x] += [0, a, b, (a + b) >> 1, paeth(a, b, c)][filter];
    }
    for (let x = 0; x < width; x++) {
      pixels[y * width + x] = (row[x * channels] << 16) | (row[x * channels + 1] << 8) | row[x * channels + 2];
    }
    above = row;
  }
  return pixels;
}

function paeth(a, b, c) {
  const [da, db, dc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  return da <= db && da <= dc ? a : db <= dc ? b : c;
}

/** A file of `pixel(x, y)`, 0xRRGGBB. */
export function encodePNG(width, height, pixel) {
  const rows = Buffer.alloc(height * (1 + 3 * width));
  for (let y = 0, at = 0; y < height; y++) {
    at += 1;
    for (let x = 0; x < width; x++, at += 3) rows.writeUIntBE(pixel(x, y) & 0xffffff, at, 3);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8);
  const chunk = (kind, body) => {
    const framed = Buffer.concat([Buffer.from(kind, "latin1"), body]);
    const all = Buffer.alloc(framed.length + 8);
    all.writeUInt32BE(body.length, 0);
    framed.copy(all, 4);
    all.writeUInt32BE(crc(framed), framed.length + 4);
    return all;
  };
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))]);
}

/** Where two pictures differ first, in words; null where they are equal. */
export function difference(seen, expected) {
  if (seen.width !== expected.width || seen.height !== expected.height) {
    return `${seen.width}×${seen.height} is seen and ${expected.width}×${expected.height} expected`;
  }
  let [count, first] = [0, -1];
  for (let place = 0; place < seen.pixels.length; place++) {
    if (seen.pixels[place] === expected.pixels[place]) continue;
    if (first < 0) first = place;
    count += 1;
  }
  if (count === 0) return null;
  const hex = (value) => value.toString(16).padStart(6, "0");
  return `${count} pixels differ, first at ${first % seen.width},${Math.floor(first / seen.width)}: `
    + `${hex(seen.pixels[first])} is seen and ${hex(expected.pixels[first])} expected`;
}

/** A part of a picture. */
export function part(picture, left, top, width, height) {
  const pixels = new Uint32Array(width * height);
  for (let y = 0; y < height; y++) {
    const from = (top + y) * picture.width + left;
    pixels.set(picture.pixels.subarray(from, from + width), y * width);
  }
  return { width, height, pixels };
}

/** The peak signal-to-noise ratio between two pictures of a size, in decibels. */
export function signalToNoise(seen, expected) {
  let squares = 0;
  seen.pixels.forEach((pixel, place) => {
    for (const shift of [0, 8, 16]) {
      squares += (((pixel >> shift) & 255) - ((expected.pixels[place] >> shift) & 255)) ** 2;
    }
  });
  return squares === 0 ? Infinity : 10 * Math.log10(255 ** 2 * seen.pixels.length * 3 / squares);
}
