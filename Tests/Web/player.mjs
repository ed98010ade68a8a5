// Plays the server's side of a recorded session (Tests/Fixtures/sessions) to the core, as a network would.

import { readFileSync, readdirSync, existsSync } from "node:fs";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { statuses } from "./core.mjs";

/** A recording: its index, and the server's bytes of each connection. */
export function readSession(folder, name) {
  const index = JSON.parse(readFileSync(join(folder, name, "session.json"), "utf8"));
  const connections = index.connections.map(({ channel, id, server, client }) => ({
    type: channel, id,
    bytes: new Uint8Array(readFileSync(join(folder, name, server))),
    said: new Uint8Array(readFileSync(join(folder, name, client))),
  }));
  return { name, picture: index.picture, connections };
}

export function sessionNames(folder) {
  return readdirSync(folder).filter((name) => existsSync(join(folder, name, "session.json"))).sort();
}

/** One play of a recording. */
export class Player {
  /**
   * `video`: the codecs that the host decodes, as `saffron_accept_video` takes them. `decode` answers a `decodeVideo` with
   * `{width, height, pixels}`, with null, or with the reason why not.
   */
  constructor(core, recording, { chunk = 16384, video = 0, decode = () => null } = {}) {
    this.core = core;
    this.recording = recording;
    this.chunk = chunk;
    this.now = 1000;
    this.records = [];
    this.sent = new Map();
    this.statuses = new Set();
    this.jobs = 0;
    this.session = core.exports.saffron_open(0) >>> 0;
    if (this.session === 0) throw new Error("the core opens no session");
    this.decode = decode;
    this.note(core.exports.saffron_accept_video(this.session, video));
  }

  close() { this.note(this.core.exports.saffron_close(this.session)); }

  note(status) {
    if (!Object.values(statuses).includes(status)) throw new Error(`an export answered ${status}, which means nothing`);
    this.statuses.add(status);
    return status;
  }

  /** Everything: the main channel first, then pieces of the others by turns. */
  play() {
    const [main, ...others] = this.recording.connections;
    this.link(main);
    this.feed(main, Infinity);
    const waiting = others.filter((connection) => this.link(connection) === statuses.done);
    let left = waiting;
    while (left.length > 0) left = left.filter((connection) => this.feed(connection, 1));
    for (const connection of this.recording.connections) {
      this.note(this.core.exports.saffron_disconnected(this.session, connection.type, connection.id, this.now));
      this.digest();
    }
  }

  link(connection) {
    connection.fed = 0;
    this.sent.set(connection, 0);
    const status = this.core.exports.saffron_link(this.session, connection.type, connection.id, this.now);
    this.digest();
    return this.note(status);
  }

  /** So many pieces of a connection; false where it has ended. */
  feed(connection, pieces) {
    for (let piece = 0; piece < pieces; piece++) {
      if (connection.fed >= connection.bytes.length) return false;
      const bytes = connection.bytes.subarray(connection.fed, connection.fed + this.chunk);
      connection.fed += bytes.length;
      this.now += 1;
      const status = this.core.lend(bytes, (start, count) =>
        this.core.exports.saffron_receive(
          this.session, connection.type, connection.id, start, count, this.now));
      this.note(status);
      this.digest();
      if (status < 0) return false;
    }
    return true;
  }

  /** Does what the core asks for. */
  digest() {
    const { exports } = this.core;
    let more = true;
    while (more) {
      more = false;
      for (const record of this.core.drain(this.session)) {
        this.records.push(record);
        const { type, id, job } = record;
        if (record.kind === "encryptTicket") {
          // The recorded server has accepted another one already.
          this.note(this.core.lend(new Uint8Array(128), (start, count) =>
            exports.saffron_ticket(this.session, type, id, start, count, this.now)));
          more = true;
        } else if (record.kind === "inflate") {
          this.jobs += 1;
          this.inflate(record);
          more = true;
        } else if (record.kind === "decodeVideo") {
          this.jobs += 1;
          this.decodeVideo(record);
          more = true;
        } else if (record.kind === "decodeJPEG") {
          // There is no decoder here; a gray image of that size does as well.
          this.jobs += 1;
          const size = record.width * record.height * 4;
          const gray = size <= 1 << 26 ? new Uint8Array(size).fill(128) : null;
          this.note(gray
            ? this.core.lend(gray, (start) =>
                exports.saffron_decoded_pixels(
                  this.session, id, job, start, record.width, record.height, this.now))
            : this.refuse(id, job, `a JPEG of ${record.width}x${record.height} pixels`));
          more = true;
        }
      }
    }
  }

  decodeVideo(record) {
    const { id, job } = record;
    const answer = this.decode(record);
    if (answer === null) this.note(this.core.exports.saffron_decoded_nothing(this.session, id, job, this.now));
    else if (typeof answer === "string") this.note(this.refuse(id, job, answer));
    else {
      this.note(this.core.lend(answer.pixels, (start) => this.core.exports.saffron_decoded_pixels(
        this.session, id, job, start, answer.width, answer.height, this.now)));
    }
  }

  inflate({ id, job, size, bytes }) {
    let plain = null;
    let reason = "";
    try {
      plain = inflateSync(bytes, { maxOutputLength: Math.max(1, size) });
      if (plain.length !== size) reason = `${plain.length} bytes came out where ${size} were promised`;
    } catch (error) {
      reason = error.message;
    }
    this.note(reason
      ? this.refuse(id, job, reason)
      : this.core.lend(plain, (start, count) =>
          this.core.exports.saffron_decoded_bytes(this.session, id, job, start, count, this.now)));
  }

  refuse(display, job, reason) {
    return this.core.lend(new TextEncoder().encode(reason), (start, count) =>
      this.core.exports.saffron_decode_failed(this.session, display, job, start, count, this.now));
  }

  /** Why channels ended, but for the recording's own end. */
  get failures() {
    return this.records.filter((record) => record.kind === "ended" && record.reason !== 5).map(({ text }) => text);
  }
}
