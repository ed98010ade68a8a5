// Numbers that a machine of 64 bits takes and one of 32 does not: sizes, sums and products past 2^31.
//
//     Scripts/wasm --test

import assert from "node:assert/strict";
import { test } from "node:test";
import { Core } from "./core.mjs";
import { Player, readSession } from "./player.mjs";
import { big, displayOf, joined, many, message, u16, u32, u64, u8 } from "./wire.mjs";

const root = new URL("../../", import.meta.url).pathname;
const module = Core.compile(process.env.SAFFRON_MODULE ?? `${root}out/saffron-core.wasm`);
const recording = readSession(`${root}Tests/Fixtures/sessions`, "grub-menu");

const surface = (id, width, height, flags = 0) => message(314, ...[id, width, height, 32, flags].map(u32));
const least = 0x80000000;
const most = 0x7fffffff;

/** What every draw begins with; the box is top, left, bottom, right. */
const base = (box, clip = [u8(0)]) => joined(u32(0), ...box.map(u32), ...clip);
const mask = joined(u8(0), u32(0), u32(0), u32(0));
const fill = (box, color) => message(302, base(box), u8(1), u32(color), u16(8), mask);
const image = (type, width, height, ...content) =>
  joined(u64(1), u8(type), u8(0), u32(width), u32(height), ...content);
const copy = (picture, box = [0, 0, 8, 8], source = box) =>
  message(304, base(box), u32(57), ...source.map(u32), u16(8), u8(0), mask, picture);
const sized = (data) => joined(u32(data.length), data);

/** Plays a display channel of these messages behind a surface of 8x8 pixels. */
function play(...messages) {
  const connections = displayOf(recording, surface(0, 8, 8, 1), ...messages);
  const player = new Player(new Core(module), { connections }, { chunk: 1 << 20 });
  player.play();
  return player;
}

const lz = (type, width, height, data) =>
  joined(big(0x20205a4c), big(0x00010001), big(type), big(width), big(height), big(4 * width), big(1), data);
// 8.5 million bytes that each add 255 to a length: more than 2^31.
const endless = many(8_500_000, 255);

const refused = [
  ["a message of 2^31 bytes", joined(u16(304), u32(least)), /2147483648 bytes/],
  ["a message of 2^32 - 1 bytes", joined(u16(304), u32(0xffffffff)), /4294967295 bytes/],
  ["a surface of 2^31 pixels a side", surface(1, least, least), /2147483648×2147483648/],
  ["a surface whose area is 2^32", surface(1, 0x10000, 0x10000), /65536×65536/],
  ["a mode of 2^32 - 1 pixels a side", message(101, u32(0xffffffff), u32(0xffffffff), u32(32)), /past the limits/],
  ["a bitmap of 2^31 rows", copy(image(0, 8, least, u8(8), u8(4), u32(8), u32(least), u32(32), u32(0), many(64, 0))),
    /needs|past the limits/],
  ["a bitmap of stride 2^32 - 1",
    copy(image(0, 8, 1, u8(8), u8(4), u32(8), u32(1), u32(0xffffffff), u32(0), many(64, 0))), /needs|past the limits/],
  ["a JPEG of 2^31 pixels a side", copy(image(105, least, least, sized(many(8, 0)))), /2147483648/],
  ["an LZ4 image of 2^31 pixels a side", copy(image(109, least, least, sized(many(8, 0)))),
    /past the limits|limits allow/],
  ["a zlib stream of 2^32 - 1 bytes", copy(image(107, 8, 8, u32(0xffffffff), sized(many(8, 0)))), /4294967295/],
  ["an LZ image of 2^31 pixels a side", copy(image(101, 8, 8, sized(lz(8, least, least, many(8, 0))))), /limits/],
  ["an LZ length past 2^31",
    copy(image(101, 8, 8, sized(lz(8, 8, 8, joined(Uint8Array.of(0, 1, 2, 3, 0xe0), endless, many(16, 0)))))),
    /is longer than the 63 left/],
  ["an LZ4 length past 2^31",
    copy(image(109, 8, 8, sized(joined(u8(1), u8(8), big(endless.length + 2), u8(0xf0), endless, u8(0))))),
    /LZ4 data/],
  ["an LZ4 match past 2^31",
    copy(image(109, 8, 8,
      sized(joined(u8(1), u8(8), big(endless.length + 5), Uint8Array.of(0x1f, 0, 1, 0), endless, u8(0))))),
    /LZ4 data/],
  ["a QUIC image of 2^31 pixels a side",
    copy(image(1, 8, 8, sized(joined(Buffer.from("QUIC"), u32(0), u32(4), u32(least), u32(least))))), /out of range/],
  ["a clip of 2^32 - 1 rectangles", message(302, base([0, 0, 8, 8], [u8(1), u32(0xffffffff)]), u8(0), u16(8), mask),
    /needs/],
  ["a glyph of 65535x65535 pixels",
    message(311, base([0, 0, 8, 8]), u32(57), ...[0, 0, 8, 8].map(u32), u8(0), u8(0), u16(8), u16(8), many(10, 0),
      u16(1), u8(4), many(16, 0), u16(65535), u16(65535)), /glyph.data/],
  ["a path of 2^32 - 1 points",
    message(310, base([0, 0, 8, 8]), u32(35), u8(0), u8(1), u32(0), u16(8), u16(8), u32(1), u8(0), u32(0xffffffff)),
    /needs/],
  ["a stream's frame of 2^32 - 1 bytes",
    joined(
      message(122, u32(0), u32(1), u8(0), u8(1), u64(0), ...[least, least, least, least, 0, 0, 8, 8].map(u32), u8(0)),
      message(123, u32(1), u32(0), u32(0xffffffff))), /needs/],
];

for (const [what, bytes, reason] of refused) {
  test(`${what} ends the channel with the reason`, () => {
    const { failures } = play(bytes);
    assert.match(failures[0] ?? "nothing", reason);
  });
}

const taken = [
  ["a box from one end of the coordinates to the other", fill([least, least, most, most], 0x123456)],
  ["an image scaled from one end of the coordinates to the other",
    joined(
      fill([0, 0, 8, 8], 0x123456),
      copy(image(0, 1, 1, u8(8), u8(4), u32(1), u32(1), u32(4), u32(0), u32(0xabcdef)), [7, 7, 7, 7],
        [least, least, most, most]))],
  ["a copy from far outside",
    joined(fill([0, 0, 8, 8], 0x123456), message(104, base([0, 0, 8, 8]), u32(most), u32(least)))],
  ["a frame of a stream to one end of the coordinates",
    joined(
      fill([0, 0, 8, 8], 0x123456),
      message(
        122, u32(0), u32(1), u8(1), u8(1), u64(0), ...[4, 4, 4, 4, most - 4, most - 4, most, most].map(u32), u8(0)),
      message(123, u32(1), u32(0), u32(4), many(4, 0)))],
];

for (const [what, bytes] of taken) {
  test(`${what} is drawn as far as there is a surface`, () => {
    const player = play(bytes);
    assert.deepEqual(player.failures, []);
    const frame = player.core.frame(player.session);
    assert.deepEqual([...frame.pixels].map((pixel) => pixel & 0xffffff), Array(64).fill(0x123456));
  });
}

test("the last number that a GLZ image may have is one like the others", () => {
  const glz = joined(
    big(0x20205a4c), big(0x00010001), u8(0x18), big(2), big(2), big(8), big(0xffffffff), big(0xffffffff), big(0),
    Uint8Array.of(3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3));
  const picture = copy(image(102, 2, 2, sized(glz)), [0, 0, 2, 2]);
  assert.deepEqual(play(picture, picture).failures, []);
});
