// The page: calls what its address asks for. All that is not the picture comes after the picture, as a person waits for that.

import "./saffron-console.js";
import { recall } from "./memory.js";
import { call, placeOfPage } from "./places.js";

/** Milliseconds that the bar leaves to the first picture. */
const patience = 500;

const viewer = document.getElementById("console");
let furnishing = null;

/** What the console has told before the bar could hear it. */
const early = [];
const keep = (event) => early.push(event);
const told = ["statechange", "title", "screens", "mousemode", "notice", "sound", "connected"];

function furnish() {
  furnishing ??= import("./bar.js").finally(() => {
    for (const name of told) viewer.removeEventListener(name, keep);
  }).then(() => {
    for (const { type, detail } of early) viewer.dispatchEvent(new CustomEvent(type, { detail }));
  }).catch((error) => {
    document.getElementById("bar").textContent = `The page’s tools could not be loaded: ${error.message}. Load it again.`;
  });
}

for (const name of told) viewer.addEventListener(name, keep);
viewer.addEventListener("resize", furnish, { once: true });
viewer.addEventListener("statechange", ({ detail: { state } }) => {
  if (state !== "connecting" && state !== "connected") furnish();
});

viewer.scale = recall("scale") ?? "fit";
const place = placeOfPage();
viewer.hidden = !place;
if (place) call(viewer, place);
setTimeout(furnish, place ? patience : 0);
