// A page with nothing but a console in it, and what tests do with it.

import { decodePNG } from "./png.mjs";

/** The page; `attributes` are those of the element. */
export const consolePage = (attributes = "") => `<!doctype html><html lang="en"><meta charset="utf-8"><title>Console</title>
  <style>body { margin: 0 } saffron-console { width: 100vw; height: 100vh }</style>
  <script type="module" src="/saffron-console.js"></script>
  <saffron-console id="viewer" ${attributes}></saffron-console></html>`;

/** Opens it, connects to `address`, and waits until a picture is there. */
export async function openConsole(browser, pages, address, { path = "/console", width = 1024, height = 768 } = {}) {
  const page = await browser.open(pages.address + path);
  await page.size(width, height);
  await page.evaluate((address) => {
    globalThis.heard = [];
    const names = ["connected", "disconnected", "reconnecting", "failed", "passwordrequired", "resize", "title", "clipboard",
      "agent", "sound", "notice", "mousemode", "statistics"];
    for (const name of names) {
      viewer.addEventListener(name, ({ detail }) => heard.push({ name, ...detail }));
    }
    viewer.src = address;
  }, address);
  await page.until("a picture is there", () => viewer.state === "connected" && viewer.screenWidth > 0);
  return page;
}

/** The canvas' pixels. */
export async function canvasOf(page) {
  const text = await page.evaluate(async () => {
    const blob = await viewer.screenshot();
    return new Promise((resolve) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result.split(",")[1]);
      reader.readAsDataURL(blob);
    });
  });
  return decodePNG(Buffer.from(text, "base64"));
}

/** The card that covers the picture: its text. */
export const cardOf = (page) => page.evaluate(() => {
  const cover = viewer.shadowRoot.querySelector(".cover");
  return getComputedStyle(cover).display === "none" ? "" : cover.innerText;
});
