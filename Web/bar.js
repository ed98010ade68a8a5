// The bar, its menu, and what lies over the picture: the page's own tools. They come when there is time for them (app.js), and
// what the console has told until then it is told again.

import { call, consolePlace, placeOfPage } from "./places.js";
import { remember } from "./memory.js";

const element = (id) => document.getElementById(id);
const viewer = element("console");
const words = {
  idle: "Not connected", connecting: "Connecting…", connected: "Connected", reconnecting: "Connection lost",
  password: "Password wanted", failed: "Not connected",
};
const noticeTime = 6000;

const look = document.createElement("link");
look.rel = "stylesheet";
look.href = "style.css";
// Where it does not come, tools without a look are better than none.
await new Promise((resolve) => {
  look.onload = look.onerror = resolve;
  document.head.append(look);
});
for (const template of document.querySelectorAll("template")) template.replaceWith(template.content);

// MARK: Where to

function open(place) {
  for (const id of ["welcome", "gateway"]) element(id).hidden = true;
  call(viewer, place);
}

/** The same, with the address in the page's own, so that it can be kept and sent on. */
function visit(name, value, place) {
  const page = new URL(location.href);
  page.hash = "";
  page.search = new URLSearchParams({ [name]: value });
  history.pushState(null, "", page);
  open(place);
}

element("welcome").addEventListener("submit", (event) => {
  event.preventDefault();
  const src = element("address").value.trim();
  visit("src", src, { src });
});

/** A gateway's consoles, or the question for an address where none serves this page. */
async function welcome() {
  viewer.hidden = true;
  const consoles = await fetch("consoles").then((response) => response.ok ? response.json() : null, () => null)
    .then((answer) => answer?.consoles, () => null);
  if (!viewer.hidden) return;
  element(consoles ? "gateway" : "welcome").hidden = false;
  if (consoles) {
    list(consoles);
  } else {
    element("address").value = viewer.src;
    element("address").focus();
  }
}

function list(consoles) {
  element("gatewaywords").textContent = consoles.length > 0 ? "The screens behind this gateway."
    : "This gateway opens consoles by links that are good for one session. Ask for one.";
  element("consolelist").replaceChildren(...consoles.map(({ name, title }) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = title;
    button.addEventListener("click", () => visit("console", name, consolePlace(name)));
    item.append(button);
    return item;
  }));
  element("consolelist").querySelector("button")?.focus();
}

addEventListener("popstate", () => {
  viewer.disconnect();
  const place = placeOfPage();
  if (place) open(place);
  else void welcome();
});

// MARK: Status

viewer.addEventListener("statechange", ({ detail: { state } }) => {
  element("status").dataset.state = state;
  element("words").textContent = words[state];
  const isOpen = state === "connected";
  for (const id of ["keysbutton", "camera", "full"]) element(id).disabled = !isOpen;
  element("leave").disabled = state === "idle";
  if (!isOpen) element("menu").hidePopover();
});

viewer.addEventListener("title", ({ detail: { title } }) => {
  element("name").textContent = title || "Saffron";
  document.title = title ? `${title} – Saffron` : "Saffron";
});

viewer.addEventListener("notice", ({ detail: { severity, text } }) => notice(text, severity > 0));
viewer.addEventListener("released", () => document.querySelector(".segments [aria-checked=true]").focus());

function notice(text, isWarning = false) {
  const line = document.createElement("p");
  line.className = isWarning ? "notice warning" : "notice";
  line.textContent = text;
  element("notices").append(line);
  setTimeout(() => line.remove(), noticeTime);
  while (element("notices").childElementCount > 3) element("notices").firstChild.remove();
}

// MARK: Size and screens

/** Marks the chosen one of a group of radio buttons. */
function choose(buttons, isChosen) {
  for (const button of buttons) {
    button.ariaChecked = String(isChosen(button));
    button.tabIndex = isChosen(button) ? 0 : -1;
  }
}

/** Lets the arrow keys go from one button of a group to the next, which presses it. */
function steer(group) {
  group.addEventListener("keydown", ({ key, target }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    const buttons = [...group.querySelectorAll("[role=radio]")];
    if (!step || !buttons.includes(target)) return;
    const next = buttons.at((buttons.indexOf(target) + step) % buttons.length);
    next.click();
    next.focus();
  });
}
document.querySelectorAll("[role=radiogroup]").forEach(steer);

const segments = [...document.querySelectorAll("[data-scale]")];

function showScale() {
  choose(segments, (segment) => segment.dataset.scale === viewer.scale);
}

function setScale(scale) {
  viewer.scale = scale;
  showScale();
  remember("scale", scale);
  if (scale === "remote" && viewer.state === "connected" && !viewer.hasAgent) {
    notice("The guest has no agent that could change its screen's size. It is shown as it is.");
  }
}
for (const segment of segments) segment.addEventListener("click", () => setScale(segment.dataset.scale));
showScale();

function setScreen(number) {
  viewer.screen = number;
  choose(element("screens").children, (button) => Number(button.dataset.screen) === number);
}

viewer.addEventListener("screens", ({ detail: { screens } }) => {
  element("screens").hidden = screens.length < 2;
  element("screens").replaceChildren(...[0, ...screens.map((_, index) => index + 1)].map((number) => {
    const button = document.createElement("button");
    button.type = "button";
    button.role = "radio";
    button.dataset.screen = number;
    button.textContent = number === 0 ? "All" : String(number);
    button.title = number === 0 ? "All screens, side by side" : `Screen ${number} alone`;
    if (number > 0) button.ariaLabel = `Screen ${number}`;
    button.addEventListener("click", () => setScreen(number));
    return button;
  }));
  setScreen(viewer.screen <= screens.length ? viewer.screen : 0);
});

// MARK: Keys

for (let number = 1; number <= 12; number++) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = `F${number}`;
  button.ariaLabel = `Ctrl Alt F${number}`;
  button.dataset.keys = `ctrl-alt-f${number}`;
  element("consoles").append(button);
}

element("menu").addEventListener("click", ({ target }) => {
  const keys = target.closest("[data-keys]")?.dataset.keys;
  if (!keys) return;
  viewer.sendKeys(keys);
  element("menu").hidePopover();
  viewer.focus();
});

element("typeform").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await viewer.typeText(element("text").value);
    element("text").value = "";
    element("problem").textContent = "";
    element("menu").hidePopover();
    viewer.focus();
  } catch (error) {
    element("problem").textContent = error.message;
  }
});

element("softkeyboard").addEventListener("click", () => {
  element("menu").hidePopover();
  viewer.showKeyboard();
});

// MARK: Sound and clipboard

const press = (button, isOn) => { button.ariaPressed = String(isOn); };

element("soundbutton").addEventListener("click", async () => {
  try {
    await viewer.setSound(!viewer.soundOn);
  } catch (error) {
    notice(error.message, true);
  }
});
viewer.addEventListener("soundchange", ({ detail: { isOn } }) => press(element("soundbutton"), isOn));
viewer.addEventListener("sound", () => {
  if (!viewer.soundOn && !hintedSound) notice("The guest plays a sound. The loudspeaker in the bar lets it be heard.");
  hintedSound = true;
});
let hintedSound = false;

element("clipboardbutton").addEventListener("click", async () => {
  viewer.clipboard = !viewer.clipboard;
  press(element("clipboardbutton"), viewer.clipboard);
  if (!viewer.clipboard) return;
  if (!navigator.clipboard) {
    notice("The browser lends the clipboard only to pages that were loaded over https or from localhost.", true);
  } else if (viewer.state === "connected" && !viewer.hasAgent) {
    notice("The guest has no agent, which takes its part in a shared clipboard.");
  } else if (!await viewer.readClipboard()) {
    notice("The browser does not lend the page its clipboard: what the guest copies still comes here.");
  }
});

// MARK: Picture, statistics, full screen, leaving

element("camera").addEventListener("click", async () => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await viewer.screenshot());
  link.download = `${element("name").textContent.replaceAll(/[^\p{L}\p{N}]+/gu, "-").toLowerCase()}.png`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
});

const history_ = { bytes: [], last: null };

element("chartbutton").addEventListener("click", () => {
  const isShown = element("numbers").hidden;
  element("numbers").hidden = !isShown;
  press(element("chartbutton"), isShown);
  viewer.watchStatistics(isShown);
});

viewer.addEventListener("connected", () => {
  history_.last = null;
  if (!element("numbers").hidden) viewer.watchStatistics(true);
});

viewer.addEventListener("statistics", ({ detail }) => {
  const { last, bytes } = history_;
  const gain = (name) => last ? detail[name] - last[name] : 0;
  element("frames").textContent = `${detail.frames.toLocaleString()} (${gain("frames")}/s)`;
  element("received").textContent = `${size(detail.bytesIn)} (${size(gain("bytesIn"))}/s)`;
  element("sent").textContent = size(detail.bytesOut);
  element("trip").textContent = `${detail.roundTrip.toFixed(1)} ms`;
  element("pixels").textContent = `${viewer.screenWidth} × ${viewer.screenHeight}`;
  element("videos").textContent = detail.videos.join(", ") || "–";
  element("memory").textContent = size(detail.memory);
  history_.last = detail;
  bytes.push(gain("bytesIn"));
  if (bytes.length > 61) bytes.shift();
  const most = Math.max(1, ...bytes);
  const line = bytes.map((value, index) => `${60 - (bytes.length - 1 - index)},${(19 - 18 * value / most).toFixed(2)}`);
  element("graph").firstElementChild.setAttribute("d", `M${61 - bytes.length},20L${line.join("L")}L60,20Z`);
});

for (const button of document.querySelectorAll("[data-pointer]")) {
  button.addEventListener("click", () => viewer.requestMouseMode(button.dataset.pointer));
}

viewer.addEventListener("mousemode", ({ detail: { mode, mayChange } }) => {
  element("pointermodes").hidden = !mayChange;
  choose(document.querySelectorAll("[data-pointer]"), (button) => button.dataset.pointer === mode);
  element("mouse").textContent = mode === "server" ? "relative" : "absolute";
  if (mode === "server" && viewer.state === "connected") {
    notice("Click into the picture to give the guest your pointer; left Ctrl and Alt together give it back.");
  }
});

function size(bytes) {
  const units = ["B", "kB", "MB", "GB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

element("full").addEventListener("click", async () => {
  if (document.fullscreenElement) {
    await document.exitFullscreen();
    return;
  }
  try {
    await document.documentElement.requestFullscreen({ navigationUI: "hide" });
    await viewer.lockKeyboard();
    viewer.focus();
  } catch (error) {
    notice(`The browser does not go to full screen: ${error.message}`, true);
  }
});
document.addEventListener("fullscreenchange", () => press(element("full"), document.fullscreenElement !== null));

element("leave").addEventListener("click", () => {
  viewer.disconnect();
  if (location.search || location.hash) history.pushState(null, "", location.pathname);
  void welcome();
});

for (const id of ["keysbutton", "camera", "full", "leave"]) element(id).disabled = true;
if (viewer.state === "idle" && !placeOfPage()) void welcome();
