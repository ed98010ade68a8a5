// What a page can show, and how it is called.

/**
 * What the page's own address asks for: a gateway's token (`#…`) or console (`?console=…`), or a server:
 * `?src=ws://host:5930/`, or `?host=…&port=…` as other clients take them.
 */
export function placeOfPage() {
  if (location.hash.length > 1) return { src: `sessions/${location.hash.slice(1)}` };
  const query = new URLSearchParams(location.search);
  if (query.has("console")) return consolePlace(query.get("console"));
  if (query.has("src")) return { src: query.get("src") };
  if (!query.has("host")) return null;
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  return { src: `${scheme}://${query.get("host")}:${query.get("port") ?? 5930}/${query.get("path") ?? ""}` };
}

/** Where the gateway that serves this page is asked for a session of its console. */
export function consolePlace(name) {
  return { via: `consoles/${encodeURIComponent(name)}` };
}

/** Shows what is there on a `<saffron-console>`. */
export function call(viewer, { src = "", via = "" }) {
  viewer.hidden = false;
  viewer.src = src;
  viewer.via = via;
  viewer.connect();
}
