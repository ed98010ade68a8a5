extension HTMLRenderer {
  static let script = #"""
    const flow = JSON.parse(document.getElementById('flow').textContent)
    const at = id => document.getElementById(id)
    const make = (tag, text, kind) => {
      const element = document.createElement(tag)
      if (text !== undefined) element.textContent = text
      if (kind) element.className = kind
      return element
    }
    const row = (cells, tag = 'td') => { const r = make('tr'); for (const c of cells) r.append(make(tag, c)); return r }
    const events = flow.events, pictures = flow.pictures ?? []
    const moments = [...events, ...flow.channels.map(c => ({ time: c.began }))].map(e => e.time)
    const start = moments.reduce((a, b) => Math.min(a, b), Infinity)
    const end = Math.max(moments.reduce((a, b) => Math.max(a, b), start), start + 1)
    const seconds = time => ((time - start) / 1e9).toFixed(6)
    const amount = n => n < 1000 ? `${n} B` : n < 1e6 ? `${(n / 1e3).toFixed(1)} kB` : `${(n / 1e6).toFixed(1)} MB`
    let now = start
    // The display of which most was seen.
    const sights = new Map()
    for (const p of pictures) sights.set(p.conversation, (sights.get(p.conversation) ?? 0) + 1)
    let display = [...sights].sort((a, b) => b[1] - a[1])[0]?.[0]

    // The head, what is wrong, the channels.
    const faults = flow.findings.filter(f => f.severity === 'fault').length
    const sessions = new Set(flow.channels.map(c => c.session).filter(s => s !== undefined)).size
    at('summary').textContent = [`${sessions} session${sessions === 1 ? '' : 's'}`, `${flow.channels.length} connections`,
      `${events.length} events`, `${((end - start) / 1e9).toFixed(1)} s`,
      flow.findings.length ? `${faults} fault${faults === 1 ? '' : 's'}, ${flow.findings.length - faults} warnings`
        : 'nothing wrong'].join(' · ')
    if (!flow.findings.length) {
      const fine = make('div', undefined, 'card good')
      fine.append(make('b', '✓'), flow.problems.length ? 'Nothing wrong was found in what is there.'
        : 'Nothing wrong was found.')
      at('findings').append(fine)
    }
    for (const [place, finding] of flow.findings.entries()) {
      const card = make('details', undefined, `card ${finding.severity}`), line = make('summary')
      card.open = place < 2
      line.append(make('b', finding.severity === 'fault' ? 'Fault' : 'Warning'), finding.sentence)
      if (finding.count > 1) line.append(make('span', ` (${finding.count} times)`, 'dim'))
      if (finding.elsewhere) line.append(make('span', ` (and in ${finding.elsewhere} more connections)`, 'dim'))
      const where = make('p', `${finding.code} · #${finding.conversation} ${finding.channel ?? ''} · ${seconds(finding.time)} s`
        + ` · ${finding.speaker}'s byte ${finding.offset} `, 'dim mono')
      const show = make('button', 'show')
      show.addEventListener('click', () => go(finding.time, true))
      where.append(show)
      const why = make('div', undefined, 'why')
      why.append(make('p', finding.cause), make('p', finding.advice))
      card.append(line, why, where)
      if (finding.bytes) card.append(make('p', finding.bytes, 'dim mono hex'))
      at('findings').append(card)
    }
    for (const problem of flow.problems) at('findings').append(make('p', problem, 'dim'))
    const table = at('channels').querySelector('table')
    table.append(row(['#', 'channel', 'client', 'server', 'client said', 'server said', 'ack window', 'longest silence',
      'round trip'], 'th'))
    const total = (it, who) => Object.values(it.messages[who] ?? {}).reduce((a, b) => a + b, 0)
    for (const it of flow.channels) table.append(row([it.conversation, it.channel ?? '?', it.client ?? '', it.server ?? '',
      `${total(it, 'client')} messages, ${amount(it.bytes.client ?? 0)}`,
      `${total(it, 'server')} messages, ${amount(it.bytes.server ?? 0)}`, it.ackWindow || 'none',
      (it.longestSilence / 1e9).toFixed(3) + ' s', it.meanRoundTrip ? (it.meanRoundTrip / 1e6).toFixed(2) + ' ms' : '']))

    // The screen at a moment.
    const displays = [...new Set(pictures.map(p => p.conversation))]
    const strip = () => pictures.filter(p => p.conversation === display)
    const index = () => { const all = strip(); let i = all.length - 1; while (i > 0 && all[i].time > now) i--; return i }
    if (pictures.length) {
      at('screen').hidden = false
      for (const id of displays) {
        const picture = pictures.find(p => p.conversation === id), option = make('option', `${picture.channel} (#${id})`)
        option.value = id
        at('display').append(option)
      }
      at('display').value = display
      at('display').hidden = displays.length < 2
      at('display').addEventListener('change', () => { display = +at('display').value; show() })
    }
    let shownPicture
    const show = () => {
      const all = strip(), i = index(), picture = all[i]
      if (picture && picture !== shownPicture) {
        shownPicture = picture
        at('picture').src = `data:${picture.type};base64,${picture.data}`
        at('picture').width = picture.width
        at('picture').height = picture.height
      }
      if (picture) at('picture').style.opacity = picture.time > now ? .25 : 1
      at('moment').textContent = `${seconds(now)} s` + (picture ? ` · ${picture.width}×${picture.height} · picture `
        + `${i + 1} of ${all.length}` : '')
    }
    const step = by => { const all = strip(), i = index() + by; if (all[i]) go(all[i].time, true) }
    let playing
    const stop = () => { clearTimeout(playing); playing = undefined; at('play').textContent = '▶' }
    const play = () => {
      if (playing !== undefined) return stop()
      at('play').textContent = '❚❚'
      const all = strip()
      let i = index() >= all.length - 1 ? 0 : index()
      const next = () => {
        if (i >= all.length) return stop()
        go(all[i].time)
        const wait = all[i + 1] ? (all[i + 1].time - all[i].time) / 1e6 : 0
        i++
        playing = setTimeout(next, Math.min(Math.max(wait, 40), 1500))
      }
      playing = setTimeout(next, 0)
    }
    at('before').addEventListener('click', () => step(-1))
    at('after').addEventListener('click', () => step(1))
    at('play').addEventListener('click', play)
    addEventListener('keydown', key => {
      if (key.target.matches?.('input, select, textarea') || !pictures.length || key.ctrlKey || key.metaKey) return
      if (key.key === 'ArrowLeft') step(-1)
      else if (key.key === 'ArrowRight') step(1)
      else if (key.key === ' ' && !key.target.matches?.('button, summary')) play()
      else return
      key.preventDefault()
    })

    // The timeline: a lane a connection.
    const rows = flow.channels.map(c => c.conversation)
    const canvas = at('time'), lane = rows.length <= 8 ? 32 : rows.length <= 20 ? 22 : 14, top = 18, left = 86
    const colour = name => {
      const probe = make('i', '', name); document.body.append(probe)
      const value = getComputedStyle(probe).color; probe.remove()
      return value
    }
    const draw = () => {
      const scale = devicePixelRatio, width = canvas.clientWidth, height = top + rows.length * lane + 4
      canvas.style.height = height + 'px'
      canvas.width = width * scale; canvas.height = height * scale
      const pen = canvas.getContext('2d'), tones = { client: colour('client'), server: colour('server'), dim: colour('dim') }
      pen.scale(scale, scale)
      pen.font = '11px ui-monospace, monospace'
      const plot = width - left - 6, place = time => left + (time - start) / (end - start) * plot
      const mark = colour('mark')
      // Round steps of time.
      const span = (end - start) / 1e9, raw = span / Math.max(2, plot / 110), power = 10 ** Math.floor(Math.log10(raw))
      const tick = [1, 2, 5, 10].map(n => n * power).find(n => n >= raw)
      pen.fillStyle = tones.dim; pen.strokeStyle = tones.dim; pen.globalAlpha = .9
      for (let t = 0; t <= span; t += tick) {
        const x = left + t / span * plot
        pen.globalAlpha = .18; pen.fillRect(x, top - 4, 1, height); pen.globalAlpha = .9
        pen.fillText(`${+t.toPrecision(6)} s`, x + 3, 10)
      }
      const bins = Math.max(1, plot >> 1), sums = new Map(rows.map(id => [id, { client: [], server: [] }]))
      for (const e of events) {
        const sum = sums.get(e.conversation)?.[e.speaker]
        if (sum) { const bin = Math.min(bins - 1, Math.floor((e.time - start) / (end - start) * bins)); sum[bin] = (sum[bin] ?? 0) + e.size }
      }
      let most = 1
      for (const both of sums.values()) for (const who of ['client', 'server']) for (const s of both[who]) if (s > most) most = s
      rows.forEach((id, i) => {
        const middle = top + i * lane + lane / 2, channel = flow.channels[i]
        pen.globalAlpha = .9; pen.fillStyle = tones.dim
        pen.fillText(`#${id} ${channel.channel ?? '?'}`.slice(0, 13), 0, middle + 4)
        pen.globalAlpha = .3
        pen.fillRect(place(channel.began), middle, Math.max(1, place(channel.ended) - place(channel.began)), 1)
        pen.globalAlpha = 1
        for (const who of ['client', 'server']) {
          pen.fillStyle = tones[who]
          sums.get(id)[who].forEach((sum, bin) => {
            if (!sum) return
            const size = Math.max(2, Math.log1p(sum) / Math.log1p(most) * (lane / 2 - 3))
            pen.fillRect(left + bin / bins * plot, who === 'client' ? middle - size : middle + 1, 2, size)
          })
        }
      })
      pen.fillStyle = mark
      for (const f of flow.findings) {
        const i = rows.indexOf(f.conversation), x = place(f.time), y = top + Math.max(0, i) * lane
        pen.beginPath(); pen.moveTo(x - 5, y); pen.lineTo(x + 5, y); pen.lineTo(x, y + 8); pen.fill()
      }
      pen.globalAlpha = .5
      for (const p of strip()) pen.fillRect(place(p.time), top - 6, 1.5, 4)
      pen.globalAlpha = 1
      pen.fillRect(place(now) - .75, top - 6, 1.5, height)
    }
    const point = event => {
      const box = canvas.getBoundingClientRect(), share = (event.clientX - box.left - left) / (box.width - left - 6)
      go(start + Math.min(1, Math.max(0, share)) * (end - start), true)
    }
    canvas.addEventListener('pointerdown', event => { stop(); canvas.setPointerCapture(event.pointerId); point(event) })
    canvas.addEventListener('pointermove', event => { if (event.buttons) point(event) })

    // The events, of which those are in the page that may be seen. Runs of one message are one line.
    const words = events.map(e => [e.name, e.channel, e.kind, e.speaker, e.error,
      ...e.details.flatMap(d => [d.name, d.value])].join(' ').toLowerCase())
    let runs = [], from = 0, to = 0
    const line = (e, times) => {
      const summary = make('summary')
      summary.append(make('span', seconds(e.time), 't'), make('span', `#${e.conversation} ${e.channel ?? ''}`, 'c'))
      summary.append(make('span', (e.speaker === 'client' ? '→ ' : '← ') + e.name, `n ${e.speaker}`))
      if (times > 1) summary.append(make('span', `× ${times}`, 'times'))
      if (e.error) summary.append(make('span', e.error, 'wrong'))
      summary.append(make('span', e.details.slice(0, 6).map(d => `${d.name} ${d.value}`).join('  '), 'd'))
      return summary
    }
    const entry = e => {
      const box = make('details')
      box.append(line(e, 1))
      box.addEventListener('toggle', event => {
        if (!box.open || box.children.length > 1) return
        const fields = make('table')
        fields.append(row(['serial', e.serial ?? '–', '']), row(['stream bytes', `${e.offset} + ${e.size}`, '']))
        for (const d of e.details) fields.append(row([d.name, d.value, d.offset === undefined ? '' : `at ${d.offset}`]))
        box.append(fields)
      })
      box.addEventListener('click', event => { event.stopPropagation(); move(e.time) })
      return box
    }
    const block = run => {
      if (run.length === 1) return entry(events[run[0]])
      const box = make('details', undefined, 'run')
      box.append(line(events[run[0]], run.length))
      box.addEventListener('toggle', () => {
        if (!box.open || box.children.length > 1) return
        const inside = make('div')
        for (const i of run.slice(0, 1000)) inside.append(entry(events[i]))
        if (run.length > 1000) inside.append(make('p', `${run.length - 1000} more`, 'dim'))
        box.append(inside)
      })
      box.addEventListener('click', () => move(events[run[0]].time))
      return box
    }
    const grow = () => {
      const stop = Math.min(runs.length, to + 200)
      while (to < stop) at('events').append(block(runs[to++]))
    }
    const growUp = () => {
      if (from === 0) return
      const before = document.documentElement.scrollHeight, first = Math.max(0, from - 200)
      const page = document.createDocumentFragment()
      for (let i = first; i < from; i++) page.append(block(runs[i]))
      at('events').prepend(page)
      from = first
      scrollBy(0, document.documentElement.scrollHeight - before)
    }
    const look = () => {
      const wanted = at('search').value.toLowerCase().split(/\s+/).filter(Boolean)
      const channel = at('channel').value, who = at('speaker').value
      runs = []
      let shown = 0, last
      events.forEach((e, i) => {
        if (channel && e.channel !== channel || who && e.speaker !== who || !wanted.every(w => words[i].includes(w))) return
        shown++
        const key = `${e.conversation} ${e.speaker} ${e.name} ${e.error ?? ''}`
        if (key === last) runs.at(-1).push(i)
        else { runs.push([i]); last = key }
      })
      // Two or three of a kind are told one by one.
      runs = runs.flatMap(run => run.length < 4 ? run.map(i => [i]) : [run])
      at('count').textContent = shown === events.length ? `${shown} events` : `${shown} of ${events.length}`
      fill(0)
    }
    const fill = first => {
      at('events').replaceChildren()
      from = to = Math.max(0, first)
      grow()
      spot()
    }
    const nearest = () => {
      let low = 0, high = runs.length - 1
      while (low < high) { const m = (low + high + 1) >> 1; if (events[runs[m][0]].time <= now) low = m; else high = m - 1 }
      return low
    }
    const spot = () => {
      for (const old of at('events').querySelectorAll('.now')) old.classList.remove('now')
      const i = nearest()
      if (i >= from && i < to) at('events').children[i - from].classList.add('now')
    }
    const move = time => { now = time; show(); draw(); spot() }
    /** Goes to a moment; `seek` brings its events into the page. */
    const go = (time, seek) => {
      move(time)
      if (!seek || !runs.length) return
      const i = nearest()
      if (i < from || i >= to) fill(i - 5)
      if (matchMedia('(min-width: 1180px)').matches) {
        const box = at('events').children[i - from]?.getBoundingClientRect()
        if (box && (box.top < 60 || box.bottom > innerHeight)) scrollBy(0, box.top - innerHeight / 3)
      }
    }
    for (const name of [...new Set(events.map(e => e.channel).filter(Boolean))].sort())
      at('channel').append(make('option', name))
    for (const id of ['search', 'channel', 'speaker']) at(id).addEventListener('input', look)
    at('filter').addEventListener('submit', event => event.preventDefault())
    at('fold').addEventListener('click', () => { for (const d of document.querySelectorAll('#events details[open]')) d.open = false })
    new IntersectionObserver(seen => { if (seen.some(s => s.isIntersecting)) grow() }, { rootMargin: '600px' }).observe(at('later'))
    new IntersectionObserver(seen => { if (seen.some(s => s.isIntersecting)) growUp() }, { rootMargin: '200px' }).observe(at('earlier'))
    const shades = ['', 'light', 'dark']
    at('shade').addEventListener('click', () => {
      const root = document.documentElement
      root.dataset.shade = shades[(shades.indexOf(root.dataset.shade ?? '') + 1) % 3]
      draw()
    })
    if (pictures.length) now = strip().at(-1).time
    look(); show(); draw()
    addEventListener('resize', draw)
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw)
    """#
}
