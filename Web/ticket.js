/** Most bytes of a password, by the protocol. */
const passwordLimit = 60;

/** Whether this page may encrypt: browsers lend cryptography to secure contexts alone. */
export const canEncrypt = () => globalThis.crypto?.subtle !== undefined;

/** The password and a NUL, encrypted by RSA-OAEP with SHA-1 under a key in DER: 128 bytes. */
export async function encryptTicket(publicKey, password) {
  const text = new TextEncoder().encode(password);
  if (text.length > passwordLimit) {
    throw new RangeError(`The password has ${text.length} bytes; SPICE takes ${passwordLimit} at most.`);
  }
  const plain = new Uint8Array(text.length + 1);
  plain.set(text);
  const key = await crypto.subtle.importKey("spki", publicKey, { name: "RSA-OAEP", hash: "SHA-1" }, false, ["encrypt"]);
  return new Uint8Array(await crypto.subtle.encrypt({ name: "RSA-OAEP" }, key, plain));
}
