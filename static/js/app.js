// What the portal does beyond plain pages. Nothing here is needed to read or to send: without it forms post and links lead.
// Every word people see stands in a data-… attribute of the page, translated there; {name} in it is filled in here.
//
// What pages may say (attribute on: what for):
//   data-autofocus            any: focus when page or part comes     data-say="words"   any: spoken after a swap
//   data-keys                 part: while the focus is in it, data-key="PageDown" presses that link or button of it
//   data-alt-key="ArrowDown"  link: pressed by Alt and that key, anywhere but in a text field or list
//   data-main                 button: pressed by Ctrl+Enter          details.menu       closes on Esc and outside
//   data-instant data-url     form: each radio below [data-participation] saves at once by POST to data-url;
//     data-saving -saved -unsent -pending -failed   its words; -saved with the names of the answer, as {saved_at} {here}
//     data-v="here"           row or cell: the mark the server has   data-unit-state    in it: "waits to be saved"
//     data-state              line of the form's state               template[data-clash] with [data-text] {theirs} {yours},
//                                                                    [data-keep], [data-take]: two people, two marks
//     data-mark-all="here"    button: marks all that have none       data-undo          button: takes the last action back
//   data-grid                 table: week grid of td[data-participation] > select > option[data-symbol]; the address
//                             is data-url of the column's head; data-locked: words for td[aria-readonly=true]
//   data-autosave="url"       form: draft; -saving -saved -unsaved words, [data-autosave-state] its line; the
//                             answer's `fields` are set in the form
//   data-upload data-limit    form with one file field: a request per file; template[data-upload-row] with [data-name],
//                             progress, [data-row-state], [data-retry], [data-remove]; [data-upload-list];
//                             words data-sending -done -failed -too-large
//   data-hash-into="id"       file field: SHA-256 into that field; data-hash-state="id", -working -done -failed
//   data-copy="text" or data-copy-from="selector", data-done   button (hidden until it can work)
//   data-date                 text field: says which day was understood
//   data-check-all="name"     check box over check boxes; data-count="{n} chosen" lines of the form
//   data-print-open           details: open on paper
//   data-steps="Step {n} of {all}", -next -back   form: on phones its parts [data-step] one after the other
//   data-signout data-ask     form: asks while marks wait, then deletes them
(function () {
  'use strict'

  const body = document.body
  const $ = (selector, root) => (root || document).querySelector(selector)
  const $$ = (selector, root) => Array.from((root || document).querySelectorAll(selector))
  const on = (name, handler, options) => document.addEventListener(name, handler, options)
  const fill = (text, values) => (text || '').replace(/\{(\w+)\}/g, (all, name) => (name in values ? values[name] : all))
  const minutes = (n) => n * 60000
  const csrf = () => body.dataset.csrf || ''

  // Storage may be switched off; then things last as long as the page.
  const memory = {}
  const store = {
    get (key) { try { return window.localStorage.getItem(key) } catch (e) { return memory[key] || null } },
    set (key, value) { memory[key] = value; try { window.localStorage.setItem(key, value) } catch (e) { /* memory holds it */ } },
    drop (key) { delete memory[key]; try { window.localStorage.removeItem(key) } catch (e) { /* was never there */ } }
  }

  // --- what screen readers hear: one line, not more than one message in two seconds ---
  let saidAt = 0
  let saying
  function say (text) {
    const line = $('#status')
    if (!line || !text) return
    clearTimeout(saying)
    saying = setTimeout(() => { line.textContent = text; saidAt = Date.now() }, Math.max(0, 2000 - (Date.now() - saidAt)))
  }

  // POST, at most 15 s. A redirect means the session is gone: it comes back as status 0 and type "opaqueredirect".
  async function post (url, data, headers) {
    const stop = new AbortController()
    const timer = setTimeout(() => stop.abort(), 15000)
    try {
      return await fetch(url, {
        method: 'POST',
        body: data,
        headers: Object.assign({ 'X-CSRFToken': csrf(), Accept: 'application/json' }, headers),
        credentials: 'same-origin',
        redirect: 'manual',
        signal: stop.signal
      })
    } finally {
      clearTimeout(timer)
    }
  }
  const gone = (answer) => answer.type === 'opaqueredirect' || answer.status === 401
  async function json (answer) {
    try { return await answer.json() } catch (e) { return null }
  }

  // --- focus ---
  function focusOn (element) {
    if (!element) return
    if (!element.matches('a,button,input,select,textarea,summary,[tabindex]')) element.tabIndex = -1
    element.focus()
  }
  on('click', (event) => {
    const link = event.target.closest('.errsum a[href^="#"]')
    const target = link && document.getElementById(link.hash.slice(1))
    if (!target) return
    event.preventDefault()
    target.scrollIntoView({ block: 'center' })
    focusOn(target.matches('div,span,fieldset') ? $('input,select,textarea', target) : target)
  })

  on('htmx:configRequest', (event) => { event.detail.headers['X-CSRFToken'] = csrf() })
  on('htmx:beforeSwap', (event) => {
    // A row that goes away hands the focus to its neighbour; htmx tells nobody when nothing came in its place.
    const row = event.detail.target
    const next = row.nextElementSibling || row.previousElementSibling
    if (!next || !row.matches('tr,li,[data-row]') || !row.contains(document.activeElement)) return
    setTimeout(() => { if (!row.isConnected && document.activeElement === body) focusOn($('a,button,input', next)) }, 100)
  })
  on('htmx:afterSettle', (event) => {
    const part = event.detail.elt
    start(part)
    const wanted = part.matches('[data-autofocus]') ? part : $('[data-autofocus]', part)
    if (wanted) focusOn(wanted)
    else if (document.activeElement === body && part.matches('[data-keys]')) focusOn($('[tabindex]', part) || part)
    const spoken = part.matches('[data-say]') ? part : $('[data-say]', part)
    if (spoken) say(spoken.dataset.say)
    offline(false)
  })
  on('htmx:sendError', () => offline(true))
  on('htmx:timeout', () => offline(true))
  on('htmx:responseError', (event) => {
    if (event.detail.xhr.status !== 401) { offline(true); return }
    const asked = event.detail.requestConfig
    session.ended(() => window.htmx.ajax(asked.verb, asked.path, { source: asked.elt, target: asked.target, values: asked.parameters }))
  })
  function offline (is) {
    const banner = $('#offline')
    if (banner && banner.hidden === is) banner.hidden = !is
  }

  // --- menus ---
  function closeMenus (except) {
    $$('details.menu[open]').forEach((menu) => { if (!except || !menu.contains(except)) menu.open = false })
  }
  on('click', (event) => closeMenus(event.target))
  on('focusin', (event) => closeMenus(event.target))
  on('keydown', (event) => {
    if (event.key !== 'Escape') return
    const menu = event.target.closest && event.target.closest('details.menu[open]')
    closeMenus()
    if (menu) $('summary', menu).focus()
  })

  // --- shortcuts: Ctrl+Enter presses the main button of the form one is in ---
  on('keydown', (event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
    const form = event.target.closest && event.target.closest('form')
    const main = form && $('[data-main]', form)
    if (main) { event.preventDefault(); main.click() }
  })

  // Keys of a part and of the page: a link or button that stands there as well is pressed.
  const typing = (element) => element.matches('textarea,select,input:not([type=radio]):not([type=checkbox])')
  const turns = { PageDown: (page) => page.scrollTop + page.clientHeight < page.scrollHeight - 1, PageUp: (page) => page.scrollTop > 0 }
  on('keydown', (event) => {
    const at = event.target.closest ? event.target : body
    if (event.ctrlKey || event.metaKey || typing(at)) return
    const part = at.closest('[data-keys]')
    const named = (name, root) => root && $$('[' + name + ']', root).find((each) => {
      const keys = each.getAttribute(name).split(' ')
      return keys.includes(event.key) || keys.includes(event.code)
    })
    const pressed = event.altKey ? named('data-alt-key', document) : named('data-key', part)
    const page = turns[event.key] && at.closest('.scroll')
    if (!pressed || (!event.altKey && page && turns[event.key](page))) return
    event.preventDefault()
    pressed.click()
  })

  // --- marks that wait: opaque ids and codes in this browser, per person, seven days at most ---
  const queue = {
    key: 'portal.marks.' + (body.dataset.user || ''),
    tries: 0,
    busy: false,
    timer: null,
    list () {
      let found = []
      try { found = JSON.parse(store.get(this.key)) || [] } catch (e) { /* unreadable: as good as empty */ }
      return found.filter((entry) => Date.now() - entry.at < minutes(7 * 24 * 60))
    },
    keep (list) { list.length ? store.set(this.key, JSON.stringify(list)) : store.drop(this.key) },
    count () { return this.list().reduce((sum, entry) => sum + entry.marks.length, 0) },
    // A request that has once left keeps its marks and its key, so that the server can tell a repetition.
    put (url, participation, mark, base) {
      const list = this.list()
      let entry = list.find((e) => e.url === url && !e.left)
      if (!entry) {
        entry = { key: newKey(), url, at: Date.now(), left: false, marks: [] }
        list.push(entry)
      }
      const known = entry.marks.find((m) => m[0] === participation)
      if (known) known[1] = mark
      else entry.marks.push([participation, mark, base])
      this.keep(list)
      this.later(400)
    },
    // An answered request goes; what was changed after it left now starts from what it stored.
    settle (entry) {
      const rest = this.list().filter((other) => other.key !== entry.key)
      rest.filter((other) => other.url === entry.url).forEach((other) => other.marks.forEach((later) => {
        const done = entry.marks.find((m) => m[0] === later[0])
        if (done) later[2] = done[1]
      }))
      this.keep(rest)
    },
    later (wait) {
      clearTimeout(this.timer)
      this.timer = setTimeout(() => this.flush(), wait)
    },
    async flush () {
      if (this.busy || !csrf()) return
      this.busy = true
      try {
        for (;;) {
          const list = this.list()
          const entry = list[0]
          if (!entry) break
          entry.left = true
          this.keep(list)
          if (!await this.send(entry)) return
          this.tries = 0
        }
      } finally {
        this.busy = false
        this.show()
      }
    },
    // True: the entry is settled, go on with the next. False: it stays.
    async send (entry) {
      const data = new URLSearchParams()
      entry.marks.forEach(([participation, mark, base]) => {
        data.append('participation', participation)
        data.append('mark', mark)
        data.append('base', base)
      })
      let answer
      try {
        answer = await post(entry.url, data, { 'Idempotency-Key': entry.key })
      } catch (e) {
        return this.wait(entry)
      }
      const said = answer.status ? await json(answer) : null
      if (gone(answer) || (answer.status === 403 && !said)) {
        session.ended(() => this.flush())
        return false
      }
      if (answer.status >= 500 || answer.status === 429 || !said) return this.wait(entry)
      this.settle(entry)
      if (answer.status === 409) marks.clash(entry, said.conflicts || [])
      else if (answer.ok) marks.saved(entry, said)
      else marks.refused(entry, said.detail)
      return true
    },
    wait (entry) {
      marks.each(entry, (unit) => marks.tell(marks.home(unit), marks.home(unit).dataset.unsent, {}))
      const seconds = [2, 5, 15, 60][Math.min(this.tries++, 3)]
      this.later(seconds * 1000)
      return false
    },
    show () {
      const banner = $('#queue')
      const n = this.tries ? this.count() : 0
      if (!banner || (!n && banner.hidden)) return
      banner.hidden = !n
      $('span', banner).textContent = n ? fill(banner.dataset.text, { n }) : ''
      if (!n) say(banner.dataset.sent)
    }
  }
  function newKey () {
    if (window.crypto && crypto.randomUUID) return crypto.randomUUID()
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('')
  }
  window.addEventListener('online', () => { queue.tries = 0; queue.flush() })

  // --- marks on the page: a row with radios (one session) or a cell with a select (week grid) ---
  const marks = {
    undo: [],
    units (root) { return $$('[data-participation]', root) },
    find (url, participation) {
      return this.units().find((unit) => unit.dataset.participation === participation && this.url(unit) === url)
    },
    home (unit) { return unit.closest('[data-instant],[data-grid]') },
    url (unit) {
      const home = this.home(unit)
      if (!home) return ''
      if (unit.dataset.url || home.dataset.url) return unit.dataset.url || home.dataset.url
      const heads = home.matches('table') && home.tHead.rows[home.tHead.rows.length - 1].cells
      return heads ? heads[unit.cellIndex].dataset.url : ''
    },
    shown (unit) {
      const select = $('select', unit)
      if (select) return select.value
      const chosen = $('input[type=radio]:checked', unit)
      return chosen ? chosen.value : ''
    },
    word (unit, mark) {
      const select = $('select', unit)
      if (select) return (Array.from(select.options).find((o) => o.value === mark) || {}).text || '—'
      const input = $$('input[type=radio]', unit).find((i) => i.value === mark)
      return input ? input.parentElement.textContent.trim() : '—'
    },
    set (unit, mark) {
      const select = $('select', unit)
      if (select) { select.value = mark; grid.draw(unit) }
      $$('input[type=radio]', unit).forEach((input) => { input.checked = input.value === mark })
      unit.dataset.shown = mark
    },
    // One action of the person: several marks are undone together.
    change (pairs, undoable) {
      const done = pairs.filter(([unit, mark]) => unit.dataset.shown !== mark)
      if (!done.length) return
      if (undoable) this.undo.push(done.map(([unit]) => [unit, unit.dataset.shown]))
      done.forEach(([unit, mark]) => {
        this.set(unit, mark)
        this.pending(unit, true)
        queue.put(this.url(unit), unit.dataset.participation, mark, unit.dataset.v)
      })
      const home = this.home(done[0][0])
      this.tell(home, home.dataset.saving, {})
      this.showUndo()
    },
    back () {
      const last = this.undo.pop()
      if (last) this.change(last.filter(([unit]) => unit.isConnected), false)
      this.showUndo()
    },
    showUndo () { $$('[data-undo]').forEach((button) => { button.hidden = !this.undo.length }) },
    pending (unit, is) {
      unit.classList.toggle('pending', is)
      const line = $('[data-unit-state]', unit)
      if (line) line.textContent = is ? this.home(unit).dataset.pending || '' : ''
    },
    tell (home, text, values) {
      const line = home && ($('[data-state]', home) || $('[data-state]'))
      if (line) line.textContent = fill(text, values)
    },
    each (entry, todo) {
      entry.marks.forEach(([participation, mark]) => {
        const unit = this.find(entry.url, participation)
        if (unit) todo(unit, mark)
      })
    },
    saved (entry, said) {
      let home
      this.each(entry, (unit, mark) => {
        unit.dataset.v = mark
        if (unit.dataset.shown === mark) this.pending(unit, false)
        home = this.home(unit)
      })
      if (home) this.tell(home, home.dataset.saved, said)
      body.dispatchEvent(new CustomEvent('marks-saved'))
    },
    refused (entry, why) {
      let home
      this.each(entry, (unit) => {
        this.set(unit, unit.dataset.v)
        this.pending(unit, false)
        home = this.home(unit)
      })
      if (home) this.tell(home, why || home.dataset.failed, {})
    },
    clash (entry, conflicts) {
      this.each(entry, (unit, mine) => {
        const conflict = conflicts.find((c) => c.participation === unit.dataset.participation)
        this.pending(unit, false)
        if (!conflict) { unit.dataset.v = mine; return }
        const home = this.home(unit)
        this.tell(home, '', {})
        const template = $('template[data-clash]', home) || $('template[data-clash]')
        unit.dataset.v = conflict.theirs
        unit.classList.add('clash')
        if (!template) { this.set(unit, conflict.theirs); return }
        const box = template.content.firstElementChild.cloneNode(true)
        const text = $('[data-text]', box)
        text.textContent = fill(text.dataset.text, { theirs: this.word(unit, conflict.theirs), yours: this.word(unit, mine) })
        const end = () => { box.remove(); unit.classList.remove('clash') }
        $('[data-keep]', box).onclick = () => { end(); unit.dataset.shown = conflict.theirs; this.change([[unit, mine]], false); focusUnit(unit) }
        $('[data-take]', box).onclick = () => { end(); this.set(unit, conflict.theirs); focusUnit(unit) }
        unit.append(box)
        say(text.textContent)
      })
    },
    start (root) {
      this.units(root).forEach((unit) => {
        if (unit.dataset.shown !== undefined) return
        const real = this.shown(unit)
        if (unit.dataset.v === undefined) unit.dataset.v = real
        unit.dataset.shown = real
      })
      // Marks that still wait from an earlier visit are shown as what they are: chosen, not saved.
      queue.list().forEach((entry) => this.each(entry, (unit, mark) => { this.set(unit, mark); this.pending(unit, true) }))
    }
  }
  function focusUnit (unit) { focusOn($('input:checked', unit) || $('input', unit) || unit) }

  on('change', (event) => {
    const unit = event.target.closest('[data-participation]')
    if (!unit || !marks.home(unit)) return
    marks.change([[unit, event.target.matches('select') ? event.target.value : marks.shown(unit)]], true)
  })
  on('click', (event) => {
    const all = event.target.closest('[data-mark-all]')
    if (all) {
      const home = all.closest('[data-instant]')
      if (!home) return
      event.preventDefault()
      const free = marks.units(home).filter((unit) => !unit.dataset.shown && $$('input', unit).some((i) => i.value === all.dataset.markAll))
      marks.change(free.map((unit) => [unit, all.dataset.markAll]), true)
    }
    if (event.target.closest('[data-undo]')) marks.back()
  })

  // --- week grid: one tab stop, arrows, digits ---
  const grid = {
    codes: { 0: '', 1: 'here', 2: 'absent', 3: 'excused', 4: 'late', Delete: '', Backspace: '' },
    start (root) {
      $$('table[data-grid]', root).forEach((table) => {
        if (table.getAttribute('role') === 'grid') return
        table.setAttribute('role', 'grid')
        table.classList.add('grid')
        const cells = $$('td[data-participation]', table)
        cells.forEach((cell, n) => {
          const select = $('select', cell)
          cell.classList.add('cell')
          cell.setAttribute('role', 'gridcell')
          cell.tabIndex = n ? -1 : 0
          if (select) select.hidden = true
          this.draw(cell)
        })
        table.addEventListener('keydown', (event) => this.key(event))
        table.addEventListener('mousedown', (event) => {
          const cell = event.target.closest('.cell')
          if (!cell) return
          event.preventDefault()
          if (cell === document.activeElement) this.cycle(cell)
          else this.go(table, cell)
        })
      })
    },
    draw (cell) {
      const select = $('select', cell)
      if (!select || !select.hidden) return
      const option = select.selectedOptions[0] || select.options[0]
      let face = $('[data-face]', cell)
      if (!face) {
        face = document.createElement('span')
        face.dataset.face = ''
        cell.append(face)
      }
      const word = document.createElement('span')
      word.className = 'visually-hidden'
      word.textContent = ' ' + option.text
      face.replaceChildren(option.dataset.symbol || '', word)
      cell.classList.remove('here', 'absent', 'excused', 'late')
      if (option.value) cell.classList.add(option.value)
    },
    go (table, cell) {
      if (!cell) return
      $$('.cell[tabindex="0"]', table).forEach((other) => { other.tabIndex = -1 })
      cell.tabIndex = 0
      cell.focus()
    },
    cycle (cell) {
      const options = Array.from(cell.querySelectorAll('option'))
      if (!options.length) { this.mark(cell, ''); return }
      const at = options.findIndex((o) => o.value === cell.dataset.shown)
      this.mark(cell, options[(at + 1) % options.length].value)
    },
    mark (cell, mark) {
      const table = cell.closest('table')
      if (cell.getAttribute('aria-readonly') === 'true') { say(table.dataset.locked); return false }
      if (!Array.from(cell.querySelectorAll('option')).some((o) => o.value === mark)) return false
      marks.change([[cell, mark]], true)
      return true
    },
    key (event) {
      const cell = event.target.closest('.cell')
      if (!cell || event.target !== cell || event.altKey) return
      const table = cell.closest('table')
      const rows = Array.from(table.tBodies[0].rows).map((row) => Array.from(row.cells).filter((c) => c.matches('.cell')))
        .filter((row) => row.length)
      const y = rows.findIndex((row) => row.includes(cell))
      const x = rows[y].indexOf(cell)
      const at = (dy, dx) => rows[y + dy] && rows[y + dy][x + dx]
      const ctrl = event.ctrlKey || event.metaKey
      const moves = {
        ArrowUp: () => at(-1, 0),
        ArrowDown: () => at(1, 0),
        ArrowLeft: () => at(0, -1),
        ArrowRight: () => at(0, 1),
        Enter: () => at(1, 0),
        Home: () => (ctrl ? rows[0][0] : rows[y][0]),
        End: () => (ctrl ? rows[rows.length - 1] : rows[y]).slice(-1)[0]
      }
      if (event.key in moves) this.go(table, moves[event.key]())
      else if (ctrl && event.key.toLowerCase() === 'z') marks.back()
      else if (ctrl) return
      else if (event.key in this.codes) { if (this.mark(cell, this.codes[event.key])) this.go(table, at(1, 0)) } else if (event.key === 'Escape') focusOn(document.getElementById(table.getAttribute('aria-labelledby')) || table.caption)
      else return
      event.preventDefault()
    }
  }

  // --- leaving: say so while something waits; signing out deletes what waits ---
  let leaving = false
  window.addEventListener('beforeunload', (event) => {
    if (leaving || !(queue.count() || drafts.dirty())) return
    event.preventDefault()
    event.returnValue = ''
  })
  on('submit', (event) => {
    const form = event.target
    if (!form.matches('[data-signout]')) return
    if (queue.count() && !window.confirm(form.dataset.ask)) { event.preventDefault(); return }
    store.drop(queue.key)
    store.drop(session.key)
  })

  // --- drafts: two seconds after the last change, on leaving a field, and when the page goes ---
  const drafts = {
    waiting: new Map(),
    dirty () { return this.waiting.size > 0 },
    data (form) {
      const data = new FormData(form)
      Array.from(data.entries()).forEach(([name, value]) => { if (value instanceof File) data.delete(name) })
      return data
    },
    touch (form, wait) {
      clearTimeout(this.waiting.get(form))
      this.waiting.set(form, setTimeout(() => this.save(form), wait))
    },
    async save (form) {
      clearTimeout(this.waiting.get(form))
      const line = $('[data-autosave-state]', form)
      const tell = (text, values) => { if (line) line.textContent = fill(text, values || {}) }
      tell(form.dataset.saving)
      try {
        const answer = await post(form.dataset.autosave, this.data(form))
        if (gone(answer)) { session.ended(() => this.save(form)); return }
        if (!answer.ok) throw new Error(answer.status)
        const said = await json(answer)
        tell(form.dataset.saved, said)
        Object.entries(said.fields || {}).forEach(([name, value]) => { form.elements[name].value = value })
        this.waiting.delete(form)
      } catch (e) {
        tell(form.dataset.unsaved)
        this.touch(form, 15000)
      }
    },
    start () {
      on('input', (event) => {
        const form = event.target.closest('form[data-autosave]')
        if (form) this.touch(form, 2000)
      })
      on('focusout', (event) => {
        const form = event.target.closest && event.target.closest('form[data-autosave]')
        if (form && this.waiting.has(form)) this.touch(form, 200)
      })
      on('submit', (event) => {
        clearTimeout(this.waiting.get(event.target))
        this.waiting.delete(event.target)
      })
      window.addEventListener('pagehide', () => {
        this.waiting.forEach((timer, form) => navigator.sendBeacon(form.dataset.autosave, this.data(form)))
      })
    }
  }

  // --- long forms on phones: one part after the other, and only the last one sends ---
  const steps = {
    phone: window.matchMedia('(max-width: 47.99em)'),
    button (words, look) {
      const button = document.createElement('button')
      button.type = 'button'
      button.className = `btn ${look}`
      button.textContent = words
      return button
    },
    start (root) {
      $$('form[data-steps]', root).forEach((form) => {
        const parts = $$('[data-step]', form)
        const send = $('[data-main]', form)
        const back = this.button(form.dataset.back, 'btn-secondary')
        const next = this.button(form.dataset.next, 'btn-primary')
        const line = document.createElement('p')
        line.className = 'meta'
        form.prepend(line)
        send.before(back, next)
        let at = Math.max(0, parts.findIndex((part) => $('.field-err', part)))
        const show = (focus) => {
          const apart = this.phone.matches
          parts.forEach((part, n) => { part.hidden = apart && n !== at })
          back.hidden = !apart || at === 0
          next.hidden = !apart || at === parts.length - 1
          send.hidden = !next.hidden
          line.hidden = !apart
          line.textContent = fill(form.dataset.steps, { n: at + 1, all: parts.length })
          if (focus) focusOn($('h2', parts[at]))
        }
        const go = (to) => { at = to; show(true) }
        back.addEventListener('click', () => go(at - 1))
        next.addEventListener('click', () => go(at + 1))
        form.addEventListener('submit', (event) => {
          if (next.hidden) return
          event.preventDefault() // Enter in a field goes on
          go(at + 1)
        })
        on('click', (event) => { // what is wrong may stand in another part
          const link = event.target.closest('.errsum a[href^="#"]')
          const to = link ? parts.findIndex((part) => $(link.hash, part)) : -1
          if (to >= 0) { at = to; show(false) }
        }, true)
        this.phone.addEventListener('change', () => show(false))
        show(false)
      })
    }
  }

  // --- the session: all tabs share one clock ---
  const session = {
    box: $('#session'),
    key: 'portal.active',
    title: document.title,
    retry: [],
    pinged: Date.now(),
    touch () {
      const last = Number(store.get(this.key)) || 0
      if (Date.now() - last > 10000) store.set(this.key, String(Date.now()))
    },
    show (part) {
      const box = this.box
      if (!box || !box.showModal || (box.open && box.dataset.now === part)) return
      box.dataset.now = part
      $$('[data-soon]', box).forEach((element) => { element.textContent = element.dataset[part] })
      $$('[data-part]', box).forEach((element) => { element.hidden = element.dataset.part !== part })
      if (!box.open) box.showModal()
      $('[data-part="' + part + '"] .btn', box).focus()
      document.title = $('h2', box).textContent + ' – ' + this.title
    },
    hide () {
      if (this.box && this.box.open) this.box.close()
      document.title = this.title
    },
    ended (again) {
      if (again) this.retry.push(again)
      this.show('ended')
    },
    async ping () {
      this.pinged = Date.now()
      try {
        const answer = await fetch(location.href, { method: 'HEAD', credentials: 'same-origin', redirect: 'manual' })
        if (gone(answer)) this.ended()
      } catch (e) { /* no connection: the next request will tell */ }
    },
    // Signed in again elsewhere: the page's own token is stale, so it is read anew, then what failed is repeated.
    async resume () {
      const answer = await fetch(location.href, { credentials: 'same-origin' })
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
      const token = page.body.dataset.csrf
      if (!token || page.body.dataset.user !== body.dataset.user) return
      body.dataset.csrf = token
      $$('input[name=csrfmiddlewaretoken]').forEach((input) => { input.value = token })
      store.set(this.key, String(Date.now()))
      this.hide()
      this.retry.splice(0).forEach((again) => again())
      queue.flush()
    },
    tick () {
      const idle = Date.now() - (Number(store.get(this.key)) || 0)
      const limit = minutes(Number(this.box.dataset.idle))
      if (idle >= limit) { this.ended(); return }
      if (idle >= limit - minutes(Number(this.box.dataset.warn))) { this.show('soon'); return }
      if (this.box.open && this.box.dataset.now === 'soon') this.hide()
      if (Date.now() - this.pinged > minutes(5) && idle < minutes(5)) this.ping()
    },
    start () {
      if (!this.box) return
      store.set(this.key, String(Date.now()))
      ;['keydown', 'pointerdown', 'input'].forEach((name) => on(name, () => { if (!this.box.open) this.touch() }, { passive: true }))
      this.box.addEventListener('click', (event) => {
        if (event.target.closest('[data-stay]')) { store.set(this.key, String(Date.now())); this.hide(); this.ping() }
        if (event.target.closest('[data-continue]')) this.resume()
      })
      this.box.addEventListener('cancel', (event) => {
        if (this.box.dataset.now === 'soon') { store.set(this.key, String(Date.now())); this.hide(); this.ping() } else event.preventDefault()
      })
      setInterval(() => this.tick(), 15000)
    }
  }

  // --- uploads: one row and one request per file ---
  const uploads = {
    rows (form) {
      const input = $('input[type=file]', form)
      const list = $('[data-upload-list]', form)
      const template = $('template[data-upload-row]', form)
      return Array.from(input.files).map((file) => {
        const row = template.content.firstElementChild.cloneNode(true)
        $('[data-name]', row).textContent = file.name
        $('[data-remove]', row).onclick = () => { if (row.request) row.request.abort(); row.remove() }
        $('[data-retry]', row).onclick = () => this.send(form, input.name, file, row).then(() => this.end(form))
        list.append(row)
        return [file, row]
      })
    },
    send (form, name, file, row) {
      const bar = $('progress', row)
      const state = $('[data-row-state]', row)
      const retry = $('[data-retry]', row)
      const show = (text) => { state.textContent = text || '' }
      retry.hidden = true
      row.dataset.done = ''
      if (form.dataset.limit && file.size > Number(form.dataset.limit)) { show(form.dataset.tooLarge); bar.hidden = true; return Promise.resolve() }
      const data = new FormData(form)
      data.delete(name)
      data.append(name, file)
      return new Promise((resolve) => {
        const request = row.request = new XMLHttpRequest()
        request.open('POST', form.getAttribute('action') || location.href)
        request.setRequestHeader('X-CSRFToken', csrf())
        request.setRequestHeader('Accept', 'application/json')
        request.upload.onprogress = (event) => { if (event.lengthComputable) { bar.max = event.total; bar.value = event.loaded } }
        request.onloadend = () => {
          const good = request.status >= 200 && request.status < 300
          let said = {}
          try { said = JSON.parse(request.responseText) } catch (e) { /* a page, not JSON */ }
          bar.hidden = true
          retry.hidden = good
          row.dataset.done = good ? 'yes' : ''
          show(good ? form.dataset.done : said.detail || form.dataset.failed)
          resolve()
        }
        bar.hidden = false
        bar.removeAttribute('value')
        show(form.dataset.sending)
        request.send(data)
      })
    },
    end (form) {
      const rows = $$('[data-upload-list] > *', form)
      say(rows.map((row) => $('[data-row-state]', row).textContent).pop())
      if (rows.length && rows.every((row) => row.dataset.done === 'yes')) location.reload()
    }
  }
  on('submit', async (event) => {
    const form = event.target
    const input = form.matches('form[data-upload]') && $('input[type=file]', form)
    if (!input || !input.files.length || !$('template[data-upload-row]', form)) return
    event.preventDefault()
    const rows = uploads.rows(form)
    const name = input.name
    const keep = new DataTransfer()
    input.files = keep.files
    for (const [file, row] of rows) if (row.isConnected) await uploads.send(form, name, file, row)
    uploads.end(form)
  })

  // --- the hash of a file, worked out here: the file does not leave the device ---
  on('change', async (event) => {
    const input = event.target
    const field = input.dataset && input.dataset.hashInto && document.getElementById(input.dataset.hashInto)
    if (!field || !input.files.length) return
    const line = document.getElementById(input.dataset.hashState)
    const tell = (text) => { if (line) line.textContent = text || '' }
    tell(input.dataset.working)
    try {
      const sum = await crypto.subtle.digest('SHA-256', await input.files[0].arrayBuffer())
      field.value = Array.from(new Uint8Array(sum), (b) => b.toString(16).padStart(2, '0')).join('')
      field.dispatchEvent(new Event('input', { bubbles: true }))
      tell(input.dataset.done)
    } catch (e) {
      tell(input.dataset.failed)
    }
  })

  // --- copy ---
  on('click', async (event) => {
    const button = event.target.closest('[data-copy],[data-copy-from]')
    if (!button) return
    const source = button.dataset.copyFrom && $(button.dataset.copyFrom)
    try {
      await navigator.clipboard.writeText(source ? source.value || source.textContent.trim() : button.dataset.copy)
      const word = $('span', button) || button
      word.dataset.was = word.dataset.was || word.textContent
      word.textContent = button.dataset.done
      say(button.dataset.done)
      setTimeout(() => { word.textContent = word.dataset.was }, 4000)
    } catch (e) { button.hidden = true }
  })

  // --- passkeys: allauth's own script reads them; what goes wrong is said on the page ---
  on('allauth.error', (event) => {
    const line = $('[data-passkey-error]')
    if (!line) return
    event.preventDefault()
    line.hidden = false
    say(line.textContent)
  })

  // --- dates: say what was understood ---
  function understood (text) {
    const typed = text.trim().replace(/\s*г\.?$/, '').replace(/\.$/, '')
    let parts = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(typed)
    let y, m, d
    if (parts) [, y, m, d] = parts
    else {
      parts = /^(\d{1,2})[./\- ]\s*(\d{1,2})[./\- ]\s*(\d{4}|\d{2})$/.exec(typed)
      if (!parts) return null
      ;[, d, m, y] = parts
    }
    const day = new Date(Number(y.length === 2 ? '20' + y : y), m - 1, Number(d))
    return day.getMonth() === m - 1 && day.getDate() === Number(d) ? day : null
  }
  let pressed = false // while a button is pressed nothing may move away below the finger
  on('pointerdown', () => { pressed = true }, true)
  ;['pointerup', 'pointercancel'].forEach((name) => on(name, () => { pressed = false }, true))
  on('focusout', (event) => {
    const input = event.target
    if (!input.matches || !input.matches('input[data-date]')) return
    if (pressed) on('pointerup', () => setTimeout(() => echo(input)), { once: true })
    else echo(input)
  })
  function echo (input) {
    let line = input.nextElementSibling
    if (!line || !line.matches('.echo')) {
      line = document.createElement('p')
      line.className = 'echo'
      line.setAttribute('aria-live', 'polite')
      input.after(line)
    }
    const day = input.value && understood(input.value)
    line.textContent = day ? '= ' + new Intl.DateTimeFormat(document.documentElement.lang.replace('en', 'en-GB'), { dateStyle: 'long' }).format(day) : ''
  }

  // --- chart tips: on hover and tap; Escape closes them ---
  const tip = document.createElement('div')
  tip.className = 'tip'
  tip.hidden = true
  tip.setAttribute('aria-hidden', 'true')
  let tipLeaves
  function showTip (mark) {
    clearTimeout(tipLeaves)
    if (mark.dataset.tip === undefined) {
      const title = $('title', mark)
      mark.dataset.tip = title ? title.textContent : ''
      if (title) title.remove() // else the browser shows a second tip
    }
    tip.textContent = mark.dataset.tip
    tip.hidden = false
    const at = mark.getBoundingClientRect()
    const left = at.left + at.width / 2 - tip.offsetWidth / 2
    tip.style.left = Math.max(4, Math.min(left, document.documentElement.clientWidth - tip.offsetWidth - 4)) + window.scrollX + 'px'
    tip.style.top = at.top + window.scrollY - tip.offsetHeight - 2 + 'px'
  }
  function hideTip () { tip.hidden = true }
  const hit = (event) => event.target.closest && event.target.closest('.fig .hit')
  on('pointerover', (event) => {
    if (hit(event)) showTip(hit(event))
    else if (event.target === tip) clearTimeout(tipLeaves)
  })
  on('pointerout', (event) => { if (hit(event) || event.target === tip) tipLeaves = setTimeout(hideTip, 300) })
  on('click', (event) => { if (hit(event)) showTip(hit(event)); else if (event.target !== tip) hideTip() })
  on('focusin', (event) => { if (hit(event)) showTip(hit(event)) })
  on('keydown', (event) => { if (event.key === 'Escape') hideTip() })
  body.append(tip)

  // --- choosing rows for one action ---
  on('change', (event) => {
    const box = event.target
    if (!box.matches('input[type=checkbox]')) return
    const form = box.form
    const all = form && $('[data-check-all]', form)
    if (!all) return
    const boxes = $$('input[type=checkbox][name="' + all.dataset.checkAll + '"]', form)
    if (box === all) boxes.forEach((other) => { other.checked = all.checked })
    const n = boxes.filter((other) => other.checked).length
    all.checked = n === boxes.length
    all.indeterminate = n > 0 && n < boxes.length
    $$('[data-count]', form).forEach((line) => { line.textContent = fill(line.dataset.count, { n }) })
  })

  // --- print: tables under charts are open on paper ---
  let opened = []
  window.addEventListener('beforeprint', () => {
    opened = $$('details[data-print-open]:not([open])')
    opened.forEach((details) => { details.open = true })
  })
  window.addEventListener('afterprint', () => opened.forEach((details) => { details.open = false }))

  // Last of the submit listeners: a form that really leaves the page is not a reason to ask.
  on('submit', (event) => {
    leaving = !event.defaultPrevented
    setTimeout(() => { leaving = false }, 10000)
  })

  // What has to be prepared, in the page and in every part htmx brings.
  function start (root) {
    grid.start(root)
    marks.start(root)
    steps.start(root)
    if (navigator.clipboard) $$('[data-copy],[data-copy-from]', root).forEach((button) => { button.hidden = false })
    $$('[data-check-all]', root).forEach((box) => { box.closest('label').hidden = false })
    $$('input[data-hash-into]', root).forEach((input) => input.removeAttribute('name'))
  }
  drafts.start()
  session.start()
  start(document)
  focusOn($('[data-autofocus]')) // what went wrong is heard first
  if (queue.count()) queue.flush()
})()
