// Recorded sessions, played to the WebAssembly core: what it shows must be what the reference client showed.
//
//     Scripts/wasm --test

import assert from "node:assert/strict";
import { test } from "node:test";
import { Core, hashOfPicture, statuses } from "./core.mjs";
import { Player, readSession, sessionNames } from "./player.mjs";
import { withFullHeaders } from "./wire.mjs";

const root = new URL("../../", import.meta.url).pathname;
const module = Core.compile(process.env.SAFFRON_MODULE ?? `${root}out/saffron-core.wasm`);
const folder = `${root}Tests/Fixtures/sessions`;

test("the module imports four functions of WASI and nothing else", () => {
  const imports = WebAssembly.Module.imports(module).map(({ module, name }) => `${module}.${name}`);
  const allowed = ["random_get", "fd_write", "fd_close", "fd_seek"].map((name) => `wasi_snapshot_preview1.${name}`);
  assert.deepEqual(imports.filter((name) => !allowed.includes(name)), []);
});

test("the module exports its memory, and functions that begin with saffron_", () => {
  for (const { name, kind } of WebAssembly.Module.exports(module)) {
    assert.ok(kind === "memory" ? name === "memory" : kind === "function" && name.startsWith("saffron_"), name);
  }
});

for (const name of sessionNames(folder)) {
  const recording = readSession(folder, name);
  const { width, height, fnv1a, lossy } = recording.picture;

  // Another JPEG decoder rounds differently, and this host has none at all.
  test(`${name} ends with the recorded ${lossy ? "picture's size" : "picture"}`, () => {
    const core = new Core(module);
    const player = new Player(core, recording);
    player.play();
    assert.deepEqual(player.failures, []);
    const frame = core.frame(player.session);
    assert.deepEqual([frame?.width, frame?.height], [width, height]);
    if (!lossy) assert.equal(hashOfPicture(frame.pixels), fnv1a);
    assert.equal(player.note(core.exports.saffron_close(player.session)), statuses.done);
  });
}

test("a session cut into single bytes shows the same picture", () => {
  const recording = readSession(folder, "grub-menu");
  const core = new Core(module);
  const player = new Player(core, recording, { chunk: 1 });
  player.play();
  assert.equal(hashOfPicture(core.frame(player.session).pixels), recording.picture.fnv1a);
});

test("a session under full headers shows the same picture", () => {
  const recording = readSession(folder, "grub-boot");
  const connections = recording.connections.map((connection) => withFullHeaders(connection).connection);
  const core = new Core(module);
  const player = new Player(core, { ...recording, connections });
  player.play();
  assert.equal(player.records.find(({ kind }) => kind === "linked").headerSize, 18);
  assert.equal(hashOfPicture(core.frame(player.session).pixels), recording.picture.fnv1a);
});

test("a part is painted as a canvas takes it", () => {
  const core = new Core(module);
  const player = new Player(core, readSession(folder, "desktop-still"));
  player.play();
  const { width, pixels } = core.frame(player.session);
  const expected = [];
  for (let y = 20; y < 25; y++) {
    for (let x = 10; x < 17; x++) {
      const pixel = pixels[y * width + x];
      expected.push((pixel >> 16) & 255, (pixel >> 8) & 255, pixel & 255, 255);
    }
  }
  assert.deepEqual([...core.paint(player.session, 0, 10, 20, 7, 5)], expected);
});

test("damage is told once", () => {
  const core = new Core(module);
  const player = new Player(core, readSession(folder, "grub-menu"));
  player.play();
  assert.ok(core.frame(player.session).damage.length > 0);
  assert.deepEqual(core.frame(player.session).damage, []);
});

test("a closed session gives its memory back", () => {
  const core = new Core(module);
  const recording = readSession(folder, "grub-boot");
  const play = () => {
    const player = new Player(core, recording);
    player.play();
    player.close();
  };
  for (let i = 0; i < 3; i++) play();
  const size = core.memorySize;
  for (let i = 0; i < 10; i++) play();
  assert.equal(core.memorySize, size);
});

test("keys and the pointer become messages of the inputs channel", () => {
  const core = new Core(module);
  const recording = readSession(folder, "grub-boot");
  const player = new Player(core, recording);
  const main = recording.connections.find(({ type }) => type === 1);
  const inputs = recording.connections.find(({ type }) => type === 3);
  for (const connection of [main, inputs]) {
    player.link(connection);
    player.feed(connection, Infinity);
  }
  player.records = [];
  const { exports } = core;
  assert.equal(exports.saffron_key(player.session, 0x1e, 1), statuses.done);
  assert.equal(exports.saffron_key(player.session, 0x1e, 0), statuses.done);
  assert.equal(exports.saffron_button(player.session, 1, 1), statuses.done);
  assert.equal(exports.saffron_button(player.session, 8, 1), statuses.badArgument);
  assert.equal(exports.saffron_key(player.session, 0, 1), statuses.badArgument);
  player.digest();
  const sent = player.records.flatMap(({ kind, type, bytes }) => (kind === "send" && type === 3 ? [...bytes] : []));
  assert.deepEqual(sent, [
    101, 0, 4, 0, 0, 0, 0x1e, 0, 0, 0,
    102, 0, 4, 0, 0, 0, 0x9e, 0, 0, 0,
    113, 0, 3, 0, 0, 0, 1, 1, 0,
  ]);
});

test("what answers instead of a server is named", () => {
  const core = new Core(module);
  const bytes = new TextEncoder().encode("RFB 003.008\n");
  const player = new Player(core, { connections: [{ type: 1, id: 0, bytes }] });
  player.play();
  assert.match(player.failures[0], /VNC server/);
});

test("a server that stays silent is given up after ten seconds", () => {
  const core = new Core(module);
  const player = new Player(core, { connections: [{ type: 1, id: 0, bytes: new Uint8Array() }] });
  player.link(player.recording.connections[0]);
  assert.equal(core.exports.saffron_tick(player.session, player.now + 9_999), statuses.done);
  player.digest();
  assert.deepEqual(player.failures, []);
  core.exports.saffron_tick(player.session, player.now + 10_001);
  player.digest();
  assert.match(player.failures[0], /said nothing/);
});

test("a wrong handle, channel or argument is answered and does nothing", () => {
  const core = new Core(module);
  const { exports } = core;
  assert.equal(exports.saffron_close(0), statuses.noSession);
  assert.equal(exports.saffron_close(0xffffffff), statuses.noSession);
  assert.equal(exports.saffron_drain(77), 0);
  assert.equal(exports.saffron_frame(77, 0), 0);
  const session = exports.saffron_open(0) >>> 0;
  assert.equal(exports.saffron_link(session, 2, 0, 0), statuses.tooEarly);
  assert.equal(exports.saffron_link(session, 1, 1, 0), statuses.badArgument);
  assert.equal(exports.saffron_link(session, 256, 0, 0), statuses.badArgument);
  assert.equal(exports.saffron_link(session, 1, 0, NaN), statuses.done);
  assert.equal(exports.saffron_link(session, 1, 0, 0), statuses.badArgument);
  assert.equal(exports.saffron_receive(session, 2, 0, 0, 0, 0), statuses.noChannel);
  assert.equal(exports.saffron_receive(session, 1, 0, 0, 5, 0), statuses.badArgument);
  assert.equal(exports.saffron_receive(session, 1, 0, 64, 0xffffffff, 0), statuses.badArgument);
  assert.equal(exports.saffron_ticket(session, 1, 0, 64, 127, 0), statuses.badArgument);
  assert.equal(exports.saffron_decoded_bytes(session, 0, 1, 64, 4, 0), statuses.noChannel);
  assert.equal(exports.saffron_key(session, 30, 1), statuses.noChannel);
  assert.equal(exports.saffron_paint(session, 0, 0, 0, 1, 1, 64), statuses.noChannel);
  assert.equal(exports.saffron_frame(session, 300), 0);
  assert.equal(exports.saffron_prefer_compression(session, 99), statuses.badArgument);
  for (const codecs of [1, 64, 0x80000004]) {
    assert.equal(exports.saffron_accept_video(session, codecs), statuses.badArgument);
  }
  assert.equal(exports.saffron_decoded_nothing(session, 0, 1, 0), statuses.noChannel);
  assert.equal(exports.saffron_allocate(0xffffffff), 0);
  assert.equal(exports.saffron_close(session), statuses.done);
  assert.equal(exports.saffron_close(session), statuses.noSession);
});

test("there are sixteen sessions at most, and handles are not used again", () => {
  const { exports } = new Core(module);
  const handles = Array.from({ length: 16 }, () => exports.saffron_open(0));
  assert.equal(new Set(handles).size, 16);
  assert.equal(exports.saffron_open(0), 0);
  assert.equal(exports.saffron_close(handles[3]), statuses.done);
  assert.ok(!handles.includes(exports.saffron_open(0)));
});
