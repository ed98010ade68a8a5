#!/usr/bin/env node
// A picture of the console's page, when the screen is there:  Scripts/page-picture.mjs ADDRESS FILE.png
//
// Environment: CHROMIUM, the browser (default: chromium).

import { writeFileSync } from "node:fs";
import { Browser } from "../Tests/Web/browser/chromium.mjs";

const [address, file] = process.argv.slice(2);
if (!file) {
  console.error("usage: Scripts/page-picture.mjs ADDRESS FILE.png");
  process.exit(2);
}
const browser = await Browser.launch();
try {
  const page = await browser.open(address);
  await page.size(1400, 900);
  await page.until("the screen is there, and the bar above it", () => {
    const viewer = document.querySelector("saffron-console");
    return viewer?.screenWidth > 0 && document.getElementById("words")?.textContent === "Connected";
  });
  // The picture is drawn a frame after it has come.
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 500)));
  writeFileSync(file, await page.photograph());
} finally {
  await browser.close();
}
