// Streams of video that the host decodes: what it is asked, and what its answers do to the picture.
//
//     Scripts/wasm --test

import assert from "node:assert/strict";
import { test } from "node:test";
import { Core } from "./core.mjs";
import { Player, readSession } from "./player.mjs";
import { displayOf, many, message, u32, u64, u8 } from "./wire.mjs";

const root = new URL("../../", import.meta.url).pathname;
const module = Core.compile(process.env.SAFFRON_MODULE ?? `${root}out/saffron-core.wasm`);
const recording = readSession(`${root}Tests/Fixtures/sessions`, "grub-menu");

const [vp8, h264] = [2, 3];
const surface = message(314, ...[0, 8, 8, 32, 1].map(u32));
/** A stream of 4 by 4 pixels in the surface's corner at the top left. */
const create = (id, codec) =>
  message(122, u32(0), u32(id), u8(1), u8(codec), u64(0), ...[4, 4, 4, 4, 0, 0, 4, 4].map(u32), u8(0));
const frame = (id, ...bytes) => message(123, u32(id), u32(0), u32(bytes.length), Uint8Array.of(...bytes));
const destroy = (id) => message(125, u32(id));

/** Plays a display channel of these messages to a host that decodes VP8 and H.264. */
function play(decode, ...messages) {
  const connections = displayOf(recording, surface, ...messages);
  const player = new Player(new Core(module), { connections }, { chunk: 1 << 20, video: 1 << vp8 | 1 << h264, decode });
  player.play();
  return player;
}

const picture = (red, green, blue) => ({
  width: 4, height: 4,
  pixels: Uint8Array.from({ length: 64 }, (_, at) => [red, green, blue, 255][at % 4]),
});
const pixelOf = (player, x, y) => player.core.frame(player.session).pixels[y * 8 + x] & 0xffffff;

test("each frame is asked for in its turn, and its picture is shown", () => {
  const asked = [];
  const player = play(
    (job) => {
      asked.push(job);
      return picture(10, 20, job.bytes[0]);
    },
    create(7, vp8), frame(7, 30), frame(7, 31, 32), destroy(7));
  assert.deepEqual(player.failures, []);
  assert.deepEqual(asked.map(({ codec, bytes }) => [codec, [...bytes]]), [[vp8, [30]], [vp8, [31, 32]]]);
  assert.equal(asked[0].stream, asked[1].stream);
  assert.deepEqual([pixelOf(player, 0, 0), pixelOf(player, 3, 3), pixelOf(player, 4, 0)], [0x0a141f, 0x0a141f, 0]);
  const ends = player.records.filter(({ kind }) => kind === "endVideo");
  assert.deepEqual(ends.map(({ stream }) => stream), [asked[0].stream]);
});

test("a frame is not asked for before the one before it was answered", () => {
  const waiting = [];
  const core = new Core(module);
  const player = new Player(core, { connections: [] }, { video: 1 << vp8 });
  player.decodeVideo = (record) => waiting.push(record);
  for (const connection of displayOf(recording, surface, create(1, vp8), frame(1, 1), frame(1, 2), destroy(1))) {
    player.link(connection);
    player.feed(connection, Infinity);
  }
  const answer = ({ job }) => {
    player.note(core.exports.saffron_decoded_nothing(player.session, 0, job, player.now));
    player.digest();
  };
  const ends = () => player.records.filter(({ kind }) => kind === "endVideo").length;
  assert.equal(waiting.length, 1);
  answer(waiting[0]);
  assert.deepEqual([waiting.map((record) => [...record.bytes]), ends()], [[[1], [2]], 0]);
  answer(waiting[1]);
  assert.equal(ends(), 1);
});

test("two streams have decoders of their own", () => {
  const streams = new Map();
  play(
    ({ codec, stream }) => {
      streams.set(codec, stream);
      return null;
    },
    create(1, vp8), create(2, h264), frame(1, 1), frame(2, 2));
  assert.equal(new Set(streams.values()).size, 2);
});

for (const [what, answer] of [["nothing", null], ["a refusal", "these bytes are no frame"]]) {
  test(`${what} leaves the picture as it was, and the next frame is shown`, () => {
    const player = play(
      ({ bytes }) => (bytes[0] === 1 ? answer : picture(1, 2, 3)), create(1, h264), frame(1, 1), frame(1, 2));
    assert.deepEqual(player.failures, []);
    assert.equal(pixelOf(player, 0, 0), 0x010203);
    const undrawn = play(() => answer, create(1, h264), frame(1, 1));
    assert.deepEqual(undrawn.failures, []);
    assert.equal(pixelOf(undrawn, 0, 0), 0);
  });
}

test("a codec that the host does not decode is not asked for", () => {
  const asked = [];
  const player = play((job) => (asked.push(job), null), create(1, 4), frame(1, 1));
  assert.deepEqual(asked, []);
  assert.deepEqual(player.failures, []);
});

test("a picture of another size than the stream's is drawn to its place", () => {
  const wide = { width: 8, height: 2, pixels: many(64, 200) };
  const player = play(() => wide, create(1, vp8), frame(1, 1));
  assert.deepEqual(player.failures, []);
  assert.deepEqual([pixelOf(player, 3, 3), pixelOf(player, 4, 0)], [0xc8c8c8, 0]);
});
