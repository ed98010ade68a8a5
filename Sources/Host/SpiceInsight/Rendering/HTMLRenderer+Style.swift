extension HTMLRenderer {
  static let style = #"""
    :root { color-scheme: light dark;
      --page: light-dark(#fbfaf7, #16181c); --card: light-dark(#ffffff, #1e2126); --line: light-dark(#e2dfd6, #33373e);
      --ink: light-dark(#1f2226, #e6e4df); --dim: light-dark(#6b6f75, #9aa0a8); --soft: light-dark(#f3f1ea, #262a30);
      --client: light-dark(#a2510a, #f0a050); --server: light-dark(#0f5c93, #6db6ec);
      --fault: light-dark(#b3261e, #ff8a80); --warn: light-dark(#8a6100, #e5b94a); --good: light-dark(#1c6b3c, #6fcf97);
      --mark: light-dark(#d33a2c, #ff6b5e); --radius: 10px; }
    :root[data-shade=light] { color-scheme: light } :root[data-shade=dark] { color-scheme: dark }
    * { box-sizing: border-box } [hidden] { display: none !important }
    body { margin: 0; background: var(--page); color: var(--ink);
      font: 15px/1.5 system-ui, "Segoe UI", Roboto, Cantarell, "DejaVu Sans", sans-serif }
    header { display: flex; align-items: baseline; gap: 1rem; padding: 1rem clamp(1rem, 3vw, 2rem) .4rem; flex-wrap: wrap }
    h1 { font-size: 1.3rem; margin: 0; letter-spacing: -.01em }
    #summary { margin: 0; color: var(--dim); flex: 1 }
    main { padding: 0 clamp(1rem, 3vw, 2rem) 3rem; display: grid; gap: 1rem; max-width: 1900px }
    button, select, input { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line);
      border-radius: 7px; padding: .25rem .6rem }
    button { cursor: pointer } button:hover { background: var(--soft) }
    :focus-visible { outline: 2px solid var(--server); outline-offset: 1px }
    .mono, #events, #channels table { font-family: ui-monospace, "JetBrains Mono", "DejaVu Sans Mono", Menlo, monospace;
      font-size: 12.5px }
    .dim { color: var(--dim) } .client { color: var(--client) } .server { color: var(--server) }
    .mark { color: var(--mark) }
    .fault { --tone: var(--fault) } .warning { --tone: var(--warn) } .good { --tone: var(--good) }
    .card { background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--tone, var(--line));
      border-radius: var(--radius); padding: .6rem .9rem; margin: 0 0 .6rem }
    .card > summary { cursor: pointer; list-style: none } .card > summary::-webkit-details-marker { display: none }
    .card b { color: var(--tone); margin-right: .5rem; font-weight: 650 }
    .card p { margin: .45rem 0 0 } .card .hex { overflow-wrap: anywhere }
    .card .why { display: grid; gap: 0 2.5rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)) }
    #stage { display: grid; gap: .6rem; background: var(--card); border: 1px solid var(--line);
      border-radius: var(--radius); padding: .8rem }
    figure { margin: 0; display: grid; justify-items: center; gap: .5rem }
    #frame { background: #000; border-radius: 6px; overflow: hidden; line-height: 0; max-width: 100%;
      box-shadow: 0 1px 12px light-dark(#0003, #000a) }
    #picture { display: block; max-width: 100%; max-height: 52vh; width: auto; height: auto; object-fit: contain }
    figcaption { display: flex; gap: .4rem; align-items: center; flex-wrap: wrap; justify-content: center }
    #lanes { min-width: 0 } canvas { width: 100%; display: block; cursor: crosshair; border-radius: 6px; touch-action: none }
    .hint { margin: .3rem 0 0; font-size: .85rem }
    #channels { background: var(--card); border: 1px solid var(--line); border-radius: var(--radius); padding: .6rem .9rem }
    #channels > summary { cursor: pointer; font-weight: 600 } .scroll { overflow-x: auto }
    table { border-collapse: collapse; white-space: nowrap } td, th { text-align: left; padding: .15rem .9rem .15rem 0 }
    th { font-weight: 500; color: var(--dim) }
    #list { min-width: 0 }
    #filter { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: .5rem; align-items: center;
      padding: .6rem 0; background: var(--page) }
    #search { flex: 1 1 16rem; min-width: 0 }
    #events { border: 1px solid var(--line); border-radius: var(--radius); background: var(--card); overflow: hidden }
    #events:empty { display: none }
    #events details { border-top: 1px solid var(--line) } #events > details:first-child { border-top: 0 }
    #events summary { display: flex; gap: .8rem; padding: .18rem .7rem; cursor: pointer; white-space: nowrap;
      overflow: hidden; list-style: none }
    #events summary::-webkit-details-marker { display: none }
    #events summary:hover { background: var(--soft) }
    #events .now > summary { box-shadow: inset 3px 0 var(--mark); background: var(--soft) }
    #events .t { width: 5.2rem; flex: none; color: var(--dim); text-align: right }
    #events .c { width: 6.8rem; flex: none; color: var(--dim); overflow: hidden; text-overflow: ellipsis }
    #events .n { flex: none; font-weight: 600 } #events .d { overflow: hidden; text-overflow: ellipsis; color: var(--dim) }
    #events .wrong { color: var(--fault) } #events .times { background: var(--soft); border-radius: 9px; padding: 0 .45em;
      color: var(--dim); font-weight: 400 }
    #events table { margin: .2rem 0 .6rem 8rem; white-space: normal } #events td:first-child { color: var(--dim) }
    #events td { vertical-align: top; overflow-wrap: anywhere } #events .run > div { padding-left: 1.2rem }
    #earlier, #later { height: 1px }
    @media (min-width: 1180px) {
      main { grid-template-columns: minmax(0, 6fr) minmax(0, 7fr); align-items: start }
      #findings { grid-column: 1 / -1 } #stage { position: sticky; top: .8rem; grid-column: 1; grid-row: 2;
        max-height: calc(100vh - 1.6rem); overflow: auto }
      #channels { grid-column: 1; grid-row: 3 } #list { grid-column: 2; grid-row: 2 / 5 } }
    @media (max-width: 700px) { #events .c { display: none } #events .t { width: 4.6rem } #events table { margin-left: 0 }
      #summary { flex-basis: 100%; order: 3 } header { justify-content: space-between } }
    @media print { #stage { position: static } #filter { position: static } }
    """#
}
