/// One page with everything in it: findings, channels, a timeline and all events, to search and fold. It loads nothing.
public enum HTMLRenderer {
  public static func page(_ document: JSONRenderer.Document) throws -> String {
    // Inside a script element only "</" and "<!--" could end it; JSON may escape the character.
    let data = try JSONRenderer.document(document).split(separator: "<", omittingEmptySubsequences: false)
      .joined(separator: "\\u003c")
    return head + data + tail
  }

  private static let head = """
    <!doctype html>
    <html lang="en">
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>SPICE flow</title>
    <style>
    :root { color-scheme: light dark; --line: light-dark(#d6d6d2, #3a3d42); --soft: light-dark(#f4f3ef, #202327);
      --ink: light-dark(#1d1f21, #e4e4e0); --dim: light-dark(#6a6d70, #9a9ea4); --fault: light-dark(#b3261e, #ff8a80);
      --warn: light-dark(#8a5a00, #ffca6b); --client: light-dark(#1f5fa8, #8fc1ff); --server: light-dark(#27733a, #8fdca2); }
    * { box-sizing: border-box }
    body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 76rem; padding: 1.5rem;
      color: var(--ink); background: light-dark(#fffefb, #16181b) }
    h1 { font-size: 1.4rem; margin: 0 0 1rem } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem }
    code, .mono { font-family: ui-monospace, monospace; font-size: .86em }
    .finding { border-left: 4px solid var(--warn); background: var(--soft); padding: .6rem 1rem; margin: .6rem 0 }
    .finding.fault { border-color: var(--fault) } .finding p { margin: .2rem 0 } .dim { color: var(--dim) }
    .table { overflow-x: auto } table { border-collapse: collapse; width: 100% }
    td, th { text-align: left; padding: .2rem .6rem; border-bottom: 1px solid var(--line); white-space: nowrap }
    #bar { position: sticky; top: 0; display: flex; gap: .6rem; flex-wrap: wrap; padding: .6rem 0;
      background: light-dark(#fffefb, #16181b); z-index: 1 }
    input, select, button { font: inherit; color: inherit; background: var(--soft); border: 1px solid var(--line);
      border-radius: 6px; padding: .3rem .6rem } input { flex: 1; min-width: 12rem }
    canvas { width: 100%; height: 9rem; border: 1px solid var(--line); border-radius: 6px; display: block }
    details { border-bottom: 1px solid var(--line) } summary { padding: .2rem .3rem; cursor: pointer; display: flex;
      gap: .8rem; font-family: ui-monospace, monospace; font-size: .86rem; overflow: hidden; white-space: nowrap }
    summary .t { color: var(--dim); min-width: 7.5em; text-align: right } summary .c { min-width: 9em }
    .client { color: var(--client) } .server { color: var(--server) } .wrong { color: var(--fault) }
    details table { width: auto; margin: .2rem 0 .6rem 8rem }
    </style>
    <h1>SPICE flow</h1>
    <section id="findings"></section>
    <h2>Channels</h2><div class="table"><table id="channels"></table></div>
    <h2>Timeline</h2><canvas id="time" role="img" aria-label="Bytes said over time, client above, server below"></canvas>
    <h2>Events</h2>
    <div id="bar"><input id="search" type="search" placeholder="Search names, values, channels" aria-label="Search">
    <select id="channel" aria-label="Channel"><option value="">all channels</option></select>
    <button id="fold">Fold all</button><span id="count" class="dim" role="status"></span></div>
    <div id="events"></div><button id="more" hidden>Show more</button>
    <script id="data" type="application/json">
    """

  private static let tail = """

    </script>
    <script>
    const flow = JSON.parse(document.getElementById('data').textContent)
    const at = id => document.getElementById(id)
    const make = (tag, text, kind) => {
      const it = document.createElement(tag)
      if (text !== undefined) it.textContent = text
      if (kind) it.className = kind
      return it
    }
    const start = Math.min(...[flow.events.length ? flow.events[0].time : 0])
    const seconds = time => ((time - start) / 1e9).toFixed(6)
    if (!flow.findings.length) at('findings').append(make('p', 'Nothing wrong was found.'))
    for (const finding of flow.findings) {
      const box = make('div', undefined, 'finding ' + finding.severity)
      box.append(make('strong', finding.sentence))
      box.append(make('p', finding.cause), make('p', finding.advice))
      box.append(make('p', `${finding.code} · #${finding.conversation} ${finding.channel ?? ''} · ${seconds(finding.time)} s · `
        + `${finding.speaker}'s byte ${finding.offset}${finding.bytes ? ' · ' + finding.bytes : ''}`, 'dim mono'))
      at('findings').append(box)
    }
    for (const problem of flow.problems) at('findings').append(make('p', problem, 'dim'))
    const row = (cells, tag) => { const r = make('tr'); for (const c of cells) r.append(make(tag, c)); return r }
    at('channels').append(row(['#', 'channel', 'client', 'server', 'client said', 'server said', 'ack window',
      'longest silence', 'round trip'], 'th'))
    const total = (it, who) => Object.values(it.messages[who] ?? {}).reduce((a, b) => a + b, 0)
    for (const it of flow.channels) at('channels').append(row([it.conversation, it.channel ?? '?', it.client ?? '',
      it.server ?? '', `${total(it, 'client')} messages, ${it.bytes.client ?? 0} bytes`,
      `${total(it, 'server')} messages, ${it.bytes.server ?? 0} bytes`, it.ackWindow || 'none',
      (it.longestSilence / 1e9).toFixed(3) + ' s', it.meanRoundTrip ? (it.meanRoundTrip / 1e6).toFixed(3) + ' ms' : ''], 'td'))
    for (const name of [...new Set(flow.events.map(e => e.channel).filter(Boolean))].sort())
      at('channel').append(make('option', name))
    const words = flow.events.map(e => [e.name, e.channel, e.kind, e.error, ...e.details.flatMap(d => [d.name, d.value])]
      .join(' ').toLowerCase())
    let shown = [], drawn = 0
    const entry = e => {
      const box = make('details'), line = make('summary')
      line.append(make('span', seconds(e.time), 't'), make('span', `#${e.conversation} ${e.channel ?? ''}`, 'c'))
      line.append(make('span', (e.speaker === 'client' ? 'client → ' : 'server ← ') + e.name, e.speaker))
      if (e.error) line.append(make('span', e.error, 'wrong'))
      line.append(make('span', e.details.slice(0, 4).map(d => `${d.name} ${d.value}`).join(', '), 'dim'))
      box.append(line)
      box.addEventListener('toggle', () => {
        if (!box.open || box.children.length > 1) return
        const table = make('table')
        table.append(row(['serial', e.serial ?? '', ''], 'td'), row(['stream bytes', `${e.offset} + ${e.size}`, ''], 'td'))
        for (const d of e.details) table.append(row([d.name, d.value, d.offset === undefined ? '' : `offset ${d.offset}`], 'td'))
        box.append(table)
      })
      return box
    }
    const more = () => {
      for (const i of shown.slice(drawn, drawn + 500)) at('events').append(entry(flow.events[i]))
      drawn = Math.min(drawn + 500, shown.length)
      at('more').hidden = drawn >= shown.length
    }
    const look = () => {
      const wanted = at('search').value.toLowerCase().split(/\\s+/).filter(Boolean), channel = at('channel').value
      shown = [...flow.events.keys()].filter(i => (!channel || flow.events[i].channel === channel)
        && wanted.every(w => words[i].includes(w)))
      at('events').replaceChildren(); drawn = 0
      at('count').textContent = `${shown.length} of ${flow.events.length}`
      more()
    }
    at('search').addEventListener('input', look)
    at('channel').addEventListener('change', look)
    at('more').addEventListener('click', more)
    at('fold').addEventListener('click', () => { for (const d of document.querySelectorAll('details[open]')) d.open = false })
    const draw = () => {
      const canvas = at('time'), scale = devicePixelRatio, style = getComputedStyle(document.documentElement)
      canvas.width = canvas.clientWidth * scale; canvas.height = canvas.clientHeight * scale
      const pen = canvas.getContext('2d'), end = flow.events.at(-1)?.time ?? start, bins = canvas.clientWidth >> 2
      const sums = { client: new Array(bins).fill(0), server: new Array(bins).fill(0) }
      for (const e of flow.events) sums[e.speaker][Math.min(bins - 1, Math.floor((e.time - start) / (end - start || 1) * bins))] += e.size
      const top = Math.log1p(Math.max(1, ...sums.client, ...sums.server)), half = canvas.height / 2
      for (const who of ['client', 'server']) {
        const probe = make('i', '', who); document.body.append(probe)
        pen.fillStyle = getComputedStyle(probe).color; probe.remove()
        sums[who].forEach((sum, i) => {
          const height = Math.log1p(sum) / top * (half - 4)
          pen.fillRect(i * 4 * scale, who === 'client' ? half - height : half, 3 * scale, height)
        })
      }
    }
    look(); draw(); addEventListener('resize', draw)
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw)
    </script>
    </html>
    """
}
