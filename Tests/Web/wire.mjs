// As much of the protocol as it takes to change a recording's bytes. All numbers are little-endian.

export const u8 = (value) => Uint8Array.of(value);
export const u16 = (value) => Uint8Array.of(value, value >> 8);
export const u32 = (value) => Uint8Array.of(value, value >> 8, value >> 16, value >> 24);
export const u64 = (value) => new Uint8Array(BigUint64Array.of(BigInt(value)).buffer);
/** Big-endian, as the headers inside LZ and GLZ streams. */
export const big = (value) => u32(value).reverse();
export const many = (count, byte) => new Uint8Array(count).fill(byte);
export const joined = (...parts) => new Uint8Array(Buffer.concat(parts));

/** A message with its mini header. */
export const message = (type, ...parts) => joined(u16(type), u32(joined(...parts).length), ...parts);

const viewOf = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** Bytes of the server's link reply and of its yes. */
export const linkSize = ({ bytes }) => 16 + viewOf(bytes).getUint32(12, true) + 4;

/** A recording's main channel, and behind its display channel's link stage these messages. */
export function displayOf({ connections }, ...messages) {
  const [main, display] = [1, 2].map((wanted) => connections.find(({ type }) => type === wanted));
  const bytes = joined(display.bytes.subarray(0, linkSize(display)), ...messages);
  return [main, { type: 2, id: 0, bytes }];
}

/** Where the messages of a connection with mini headers stand: u16 type, u32 size, and the body at `body`. */
export function messages(connection) {
  const view = viewOf(connection.bytes);
  const found = [];
  for (let at = linkSize(connection); at + 6 <= view.byteLength;) {
    const size = view.getUint32(at + 2, true);
    found.push({ at, body: at + 6, type: view.getUint16(at, true), size });
    at += 6 + size;
  }
  return found;
}

/** The connection as a server without MINI_HEADER would have it: u64 serial, u16 type, u32 size, u32 sub_list. */
export function withFullHeaders(connection) {
  const link = connection.bytes.slice(0, linkSize(connection));
  // Behind 16 bytes of header, u32 error, 162 bytes of key and three words come the common capabilities.
  const words = 16 + viewOf(link).getUint32(16 + 174, true);
  link[words] &= ~(1 << 3);
  const parts = [link];
  const places = [];
  let at = link.length;
  messages(connection).forEach(({ body, type, size }, index) => {
    const content = connection.bytes.subarray(body, body + size);
    parts.push(u64(index + 1), u16(type), u32(size), u32(0), content);
    places.push({ at, body: at + 18, type, size });
    at += 18 + content.length;
  });
  return { connection: { ...connection, bytes: joined(...parts) }, places };
}
