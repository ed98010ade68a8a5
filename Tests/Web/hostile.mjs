// Recorded sessions with bytes that no server sends. Whatever comes, the core answers with a status of its own and ends
// the channel at most: a trap, which JavaScript sees as an exception, would end every session of the page.
//
//     Scripts/wasm --test
//     HOSTILE_RUNS=5000 HOSTILE_SEED=7 node Tests/Web/hostile.mjs

import assert from "node:assert/strict";
import { test } from "node:test";
import { Core } from "./core.mjs";
import { Player, readSession, sessionNames } from "./player.mjs";
import { linkSize, messages, withFullHeaders } from "./wire.mjs";

const root = new URL("../../", import.meta.url).pathname;
const module = Core.compile(process.env.SAFFRON_MODULE ?? `${root}out/saffron-core.wasm`);
const folder = `${root}Tests/Fixtures/sessions`;
const runs = Number(process.env.HOSTILE_RUNS ?? 400);
const firstSeed = Number(process.env.HOSTILE_SEED ?? 1);

/** Mulberry32: small, and the same everywhere. */
function generator(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) % below;
  };
}

const words = [
  0, 1, 2, 3, 4, 5, 7, 8, 16, 31, 32, 33, 63, 64, 100, 127, 128, 255, 256, 1023, 1024, 4095, 4096, 16383, 16384,
  16385, 32767, 32768, 65535, 65536, 0xffffff, 0x1000000, 0x3fffffff, 0x40000000, 0x7ffffffe, 0x7fffffff, 0x80000000,
  0x80000001, 0xaaaaaaaa, 0xfffffff0, 0xfffffffe, 0xffffffff,
];

const types = [2, 3, 4, 5, 8, 101, 102, 104, 106, 122, 123, 303, 304, 309, 310, 311, 312, 313, 314, 315, 316, 318];

/** A copy of a connection with some of it changed; now and then under full headers, which have more to change. */
function mutated(connection, random) {
  let places = messages(connection);
  if (places.length === 0) return connection;
  let bytes = connection.bytes.slice();
  if (random(4) === 0) {
    const full = withFullHeaders(connection);
    places = full.places;
    bytes = full.connection.bytes;
  }
  const put = (at, word, size) => {
    for (let i = 0; i < size && at + i < bytes.length; i++) bytes[at + i] = (word >>> (8 * i)) & 255;
  };
  for (let change = 1 + random(4); change > 0; change--) {
    const message = places[random(places.length)];
    // The fields of a message stand at its front; what follows is data, or more structures that they point to.
    const near = () => message.body + random(Math.max(1, Math.min(message.size, random(3) ? 120 : 4000)));
    switch (random(13)) {
      case 0: bytes[random(bytes.length)] ^= 1 << random(8); break;
      case 1: put(message.body - (message.body - message.at === 6 ? 6 : 10), types[random(types.length)], 2); break;
      // The header: of a full one the last word leads to sub-messages.
      case 2: put(message.at + random(message.body - message.at), words[random(words.length)], 4); break;
      case 8: put(message.body - 4, random(64), 4); break;
      case 3: bytes = bytes.slice(0, random(bytes.length)); break;
      case 4: bytes[near()] = random(256); break;
      case 5: bytes[near()] ^= 1 << random(8); break;
      case 6: put(near(), words[random(words.length)], 2); break;
      case 7: {
        // A message twice, or somewhere else.
        const piece = bytes.slice(message.at, message.body + message.size);
        const to = places[random(places.length)].at;
        if (piece.length > 0 && to <= bytes.length) {
          const longer = new Uint8Array(bytes.length + piece.length);
          longer.set(bytes.subarray(0, to));
          longer.set(piece, to);
          longer.set(bytes.subarray(to), to + piece.length);
          bytes = longer;
        }
        break;
      }
      default: put(near(), words[random(words.length)], 4);
    }
  }
  return { ...connection, bytes };
}

const recordings = sessionNames(folder).map((name) => readSession(folder, name));

test(`${runs} sessions with changed bytes end without a trap`, () => {
  let core = new Core(module);
  let ended = 0;
  for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
    const random = generator(seed);
    const recording = recordings[random(recordings.length)];
    // Mostly the display channel, which has most to say.
    const connections = recording.connections.map((connection) =>
      random(8) < (connection.type === 2 ? 7 : 3) ? mutated(connection, random) : connection);
    try {
      const player = new Player(core, { ...recording, connections }, { chunk: [16384, 1000, 300000][random(3)], video: 60 });
      player.play();
      if (player.failures.length > 0) ended += 1;
      const frame = core.frame(player.session);
      if (frame) core.paint(player.session, 0, 0, 0, Math.min(16, frame.width), Math.min(16, frame.height));
      player.close();
    } catch (error) {
      assert.fail(`seed ${seed} (${recording.name}): ${error.stack}`);
    }
    if (core.memorySize > 1 << 30) core = new Core(module);
  }
  // Otherwise nothing was tried.
  assert.ok(ended > runs / 4, `only ${ended} of ${runs} sessions ended early`);
});

test("a link reply cut at every byte ends the channel with a reason", () => {
  const core = new Core(module);
  const [main] = readSession(folder, "grub-menu").connections;
  for (let count = 0; count < linkSize(main); count++) {
    const player = new Player(core, { connections: [{ ...main, bytes: main.bytes.slice(0, count) }] });
    player.play();
    assert.equal(player.failures.length, 1, `cut at byte ${count}`);
    player.close();
  }
});

test("a display channel of random bytes ends with a reason", () => {
  const core = new Core(module);
  const recording = readSession(folder, "grub-menu");
  const display = recording.connections.find(({ type }) => type === 2);
  for (let seed = 1; seed <= 50; seed++) {
    const random = generator(seed);
    const bytes = display.bytes.slice();
    for (let at = linkSize(display); at < bytes.length; at++) bytes[at] = random(256);
    const connections = recording.connections.map((it) => (it === display ? { ...display, bytes } : it));
    const player = new Player(core, { ...recording, connections });
    player.play();
    player.close();
  }
});
