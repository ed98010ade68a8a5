// The console's own elements and their look. A page sets the colours by the custom properties.

export const markup = `
<style>
  :host {
    --background: var(--saffron-background, light-dark(#e9e7e2, #17171a));
    --surface: var(--saffron-surface, light-dark(#ffffff, #242428));
    --text: var(--saffron-text, light-dark(#26241f, #eceae6));
    --muted: var(--saffron-muted, light-dark(#6b675e, #a19d95));
    --line: var(--saffron-line, light-dark(#d9d5cc, #3a3a40));
    --accent: var(--saffron-accent, light-dark(#a85f00, #f3b13c));
    --on-accent: var(--saffron-on-accent, light-dark(#ffffff, #211803));
    --danger: var(--saffron-danger, light-dark(#b3261e, #ff8a80));
    color-scheme: light dark;
    display: block;
    position: relative;
    overflow: hidden;
    min-width: 10rem;
    min-height: 8rem;
    background: var(--background);
    color: var(--text);
    font: 400 0.9375rem/1.5 system-ui, sans-serif;
  }
  :host([hidden]) { display: none; }
  .view { position: absolute; inset: 0; overflow: hidden; }
  .view.scrolls { overflow: auto; }
  .stage { position: relative; width: fit-content; --scale: 1; line-height: 0; }
  canvas.canvas { display: block; outline: none; touch-action: none; user-select: none; -webkit-user-select: none; }
  canvas.square { image-rendering: pixelated; }
  :host(:not([state="connected"], [state="connecting"])) canvas.canvas { filter: saturate(0.4) brightness(0.7); }
  .view:has(canvas:focus-visible)::after {
    content: ""; position: absolute; inset: 0; pointer-events: none; box-shadow: inset 0 0 0 1px var(--accent);
  }
  .pointer { position: absolute; inset: 0 auto auto 0; pointer-events: none; visibility: hidden; }
  .pointer.visible { visibility: visible; }
  .cover {
    position: absolute; inset: 0; display: grid; place-items: safe center; padding: 1rem; overflow: auto;
    background: color-mix(in srgb, var(--background) 55%, transparent);
  }
  .cover[data-state="connected"] { display: none; }
  /* A connection that stands soon shows no card, and there is no text to be laid out while there is most to do. */
  .cover.soon { display: none; }
  .cover:not([data-state="connecting"]) { backdrop-filter: blur(6px); }
  .card {
    box-sizing: border-box; width: min(24rem, 100%); padding: 1.5rem; border-radius: 0.875rem;
    background: var(--surface); border: 1px solid var(--line);
    box-shadow: 0 1px 2px rgb(0 0 0 / 0.06), 0 12px 32px rgb(0 0 0 / 0.12);
    display: grid; gap: 0.375rem;
  }
  .head { display: flex; align-items: center; gap: 0.625rem; }
  .title { margin: 0; font-size: 1.0625rem; font-weight: 600; letter-spacing: -0.01em; }
  .text { margin: 0; color: var(--muted); white-space: pre-line; overflow-wrap: anywhere; }
  .spinner {
    width: 1rem; height: 1rem; box-sizing: border-box; border-radius: 50%; border: 2px solid var(--line);
    border-top-color: var(--accent); animation: turn 0.9s linear infinite;
  }
  .cover:not([data-state="connecting"], [data-state="reconnecting"]) .spinner { display: none; }
  @keyframes turn { to { rotate: 1turn; } }
  @media (prefers-reduced-motion: reduce) { .spinner { animation-duration: 4s; } }
  form { display: none; gap: 0.5rem; margin-top: 0.75rem; }
  .cover[data-state="password"] form { display: grid; }
  label { font-size: 0.8125rem; font-weight: 500; color: var(--muted); }
  input {
    font: inherit; color: inherit; padding: 0.5rem 0.75rem; border-radius: 0.5rem; border: 1px solid var(--line);
    background: var(--background); min-width: 0;
  }
  form.refused input { border-color: var(--danger); }
  .cover:has(form.refused)[data-state="password"] .text { color: var(--danger); }
  button {
    font: inherit; font-weight: 550; padding: 0.5rem 1rem; border-radius: 0.5rem; border: 0; cursor: pointer;
    background: var(--accent); color: var(--on-accent);
  }
  button:hover { filter: brightness(1.06); }
  input:focus-visible, button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
  .retry { display: none; margin-top: 0.75rem; justify-self: start; }
  .cover:is([data-state="failed"], [data-state="reconnecting"], [data-state="idle"]) .retry { display: block; }
  .typing { position: absolute; inset: auto auto 0 0; width: 1px; height: 1px; opacity: 0; border: 0; padding: 0; }
  .live { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
</style>
<div class="view" part="view">
  <div class="stage">
    <canvas class="canvas" part="screen" tabindex="0" role="application" width="1" height="1"
      aria-label="Remote screen. Keys go to it while it has the focus; Ctrl and Alt of the left together give them back."
    ></canvas>
    <div class="pointer" aria-hidden="true" hidden></div>
  </div>
</div>
<textarea class="typing" tabindex="-1" aria-label="Type here to send keys to the remote screen" autocapitalize="off"
  autocomplete="off" autocorrect="off" spellcheck="false"></textarea>
<div class="cover" part="cover" data-state="idle">
  <div class="card" part="card">
    <div class="head"><span class="spinner" aria-hidden="true"></span><h2 class="title">Not connected</h2></div>
    <p class="text"></p>
    <form class="form">
      <label for="password">Password</label>
      <input class="password" id="password" type="password" autocomplete="current-password" required maxlength="60">
      <button type="submit">Connect</button>
    </form>
    <button class="retry" type="button">Connect now</button>
  </div>
</div>
<div class="live" role="status" aria-live="polite"></div>
`;
