// Where screens stand on the canvas, and which pixel of which picture is at a place there.

import assert from "node:assert/strict";
import { test } from "node:test";
import { arrange, canvasAt, pictureAt, screensOf, wishes } from "../../Web/layout.js";

const head = (id, x, y, width, height) => ({ id, x, y, width, height });
const one = new Map([[0, { width: 800, height: 600, heads: [head(0, 0, 0, 800, 600)] }]]);
const twoMonitors = new Map([[0, { width: 1600, height: 600, heads: [head(1, 800, 0, 800, 600), head(0, 0, 0, 800, 600)] }]]);
const twoChannels = new Map([
  [1, { width: 640, height: 480, heads: [] }], [0, { width: 800, height: 600, heads: [head(0, 0, 0, 800, 600)] }],
]);

test("one picture is one screen, and fills the canvas", () => {
  assert.equal(screensOf(one).length, 1);
  const { width, height, places } = arrange(one, 0);
  assert.deepEqual([width, height, places.length], [800, 600, 1]);
});

test("monitors of one picture are screens in the order of their numbers", () => {
  assert.deepEqual(screensOf(twoMonitors).map(({ monitor, left }) => [monitor, left]), [[0, 0], [1, 800]]);
});

test("channels stand side by side in the order of their numbers", () => {
  const { width, height, places } = arrange(twoChannels, 0);
  assert.deepEqual([width, height], [1440, 600]);
  assert.deepEqual(places.map(({ display, x }) => [display, x]), [[0, 0], [1, 800]]);
});

test("a chosen screen is shown alone, and a place on it is that pixel of the picture", () => {
  const layout = arrange(twoMonitors, 2);
  assert.deepEqual([layout.width, layout.height], [800, 600]);
  assert.deepEqual(pictureAt(layout, 10, 20), { display: 0, x: 810, y: 20 });
  assert.deepEqual(canvasAt(layout, 0, 810, 20), { x: 10, y: 20 });
  assert.equal(canvasAt(layout, 0, 10, 20), null);
});

test("a number that no screen has shows all", () => {
  assert.deepEqual(arrange(twoMonitors, 3), arrange(twoMonitors, 0));
});

test("below a smaller picture is its last row", () => {
  assert.deepEqual(pictureAt(arrange(twoChannels, 0), 900, 590), { display: 1, x: 100, y: 479 });
});

test("right of everything is the last column, and where nothing is shown there is no place", () => {
  assert.deepEqual(pictureAt(arrange(twoChannels, 0), 5000, 5), { display: 1, x: 639, y: 5 });
  assert.equal(pictureAt(arrange(new Map(), 0), 5, 5), null);
});

test("a monitor that leaves its picture is none", () => {
  const displays = new Map([[0, { width: 800, height: 600, heads: [head(0, 0, 0, 800, 600), head(1, 800, 0, 800, 600)] }]]);
  assert.equal(screensOf(displays).length, 1);
});

test("a wish for all shares the width, and one for a screen leaves the others as they are", () => {
  const screens = screensOf(twoMonitors);
  assert.deepEqual(wishes(screens, 0, 1000, 700), [{ width: 496, height: 700, x: 0 }, { width: 496, height: 700, x: 496 }]);
  assert.deepEqual(wishes(screens, 2, 1000, 700), [{ width: 800, height: 600, x: 0 }, { width: 1000, height: 700, x: 800 }]);
  assert.deepEqual(wishes([], 0, 1000, 700), [{ width: 1000, height: 700, x: 0 }]);
});
