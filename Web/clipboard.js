// The page's clipboard, as far as the browser lends it.

/** The text in it; null where the browser does not say, or it holds none. */
export async function readClipboard() {
  try {
    return await navigator.clipboard.readText();
  } catch {
    return null;
  }
}

/** False where the browser does not let the page write. */
export async function writeClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** Whether reading would not ask the person now. */
export async function mayReadQuietly() {
  try {
    return (await navigator.permissions.query({ name: "clipboard-read" })).state === "granted";
  } catch {
    return false;
  }
}
