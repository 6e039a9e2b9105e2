import { count, h } from './dom.js'
import { mailFrame } from './mail-frame.js'
import { ask } from './server.js'

/** What is compared, in the order in which a reader meets it. */
const TEXTS = [
  ['subject', 'Subject'],
  ['text', 'Text'],
  ['html', 'HTML source'],
]

/**
 * The mail beside another version of it, and what differs.
 *
 * @param {(against: string) => void} choose takes another version
 * @param {() => object} choices what there is
 */
export function compareView(choose, choices) {
  const frames = { before: mailFrame(), after: mailFrame() }
  const select = h('select', { id: 'against', change: () => choose(select.value) })
  const summary = h('p.summary', { role: 'status' })
  const sides = h(
    'div.sides',
    {},
    side('The other version', frames.before),
    side('As it is now', frames.after),
  )
  const texts = h('div.compared')
  const element = h(
    'div.compare',
    {},
    h('div.against', {}, h('label', { for: 'against' }, 'Compare with'), select, summary),
    sides,
    texts,
  )
  let asking = new AbortController()
  let shown = null
  let recorded = []

  async function show(mail, view, choice) {
    fill(choice, view.against)
    const asked = `${mail.id} ${view.against}`
    if (shown?.asked === asked) return showFrames(shown.comparison, mail, view)
    asking.abort()
    asking = new AbortController()
    try {
      const body = { choice, id: mail.id, against: view.against }
      const { comparison, problem } = await ask('compare', body, asking.signal)
      if (problem) throw new Error(problem.message)
      shown = { asked, comparison }
      recorded = comparison.recorded
      fill(choice, view.against)
      showFrames(comparison, mail, view)
      showDifferences(comparison.differences)
    } catch (error) {
      if (error.name === 'AbortError') return
      shown = null
      sides.hidden = true
      texts.replaceChildren()
      say('bad', error.message)
    }
  }

  /** The versions there are; the list stays as it is while someone has it open. */
  function fill({ template, source }, against) {
    const labels = choices()
      .templates.map(({ label }) => label)
      .filter((label) => source !== null || label !== template)
    const groups = [
      ['This mail', [['first', 'As it was first shown']]],
      ['Recorded by toMatchMailSnapshot', recorded.map((key) => [`recorded/${key}`, key])],
      ['By another template', labels.map((label) => [`template/${label}`, label])],
    ]
    if (!groups.some(([, versions]) => versions.some(([value]) => value === against)))
      groups.push(['Chosen', [[against, against.replace(/^[a-z]+\//, '')]]])
    const filled = JSON.stringify(groups)
    if (select.dataset.filled !== filled) {
      select.dataset.filled = filled
      select.replaceChildren(
        ...groups
          .filter(([, versions]) => versions.length > 0)
          .map(([label, versions]) =>
            h(
              'optgroup',
              { label },
              versions.map(([value, name]) => h('option', { value }, name)),
            ),
          ),
      )
    }
    select.value = against
    sides.querySelector('h3').textContent = select.selectedOptions[0]?.textContent ?? ''
  }

  function showFrames({ id, hasHtml }, mail, view) {
    sides.hidden = !hasHtml && mail.html === null
    for (const [frame, each, has] of [
      [frames.before, id, hasHtml],
      [frames.after, mail.id, mail.html !== null],
    ]) {
      frame.element.hidden = !has
      if (has) frame.show({ id: each }, view)
    }
  }

  function showDifferences(differences) {
    const changed = TEXTS.map(([name]) => differences[name].filter((line) => line.changed).length)
    const all = changed.reduce((sum, each) => sum + each, 0)
    say(all === 0 ? 'good' : 'plain', all === 0 ? 'Nothing differs.' : `${count(all, 'line')} differ`)
    texts.replaceChildren(
      ...TEXTS.map(([name, title], index) => difference(title, differences[name], changed[index])),
    )
  }

  function say(kind, sentence) {
    summary.className = `summary ${kind}`
    summary.textContent = sentence
  }

  return { element, show }
}

function side(title, frame) {
  return h('section.side', {}, h('h3', {}, title), frame.element)
}

function difference(title, lines, changed) {
  return h(
    'section',
    {},
    h(
      'h3',
      {},
      title,
      ' ',
      h(
        `span.badge${changed > 0 ? '.warn' : '.good'}`,
        {},
        changed > 0 ? count(changed, 'line') : 'the same',
      ),
    ),
    changed > 0 &&
      h(
        'div.scroll',
        { tabindex: 0, role: 'region', 'aria-label': `${title}: what differs` },
        h(
          'table.lines',
          {},
          h('caption.hidden', {}, `${title}: the other version, and as it is now`),
          h('colgroup', {}, h('col.number'), h('col'), h('col.number'), h('col')),
          h('tbody', {}, lines.map(row)),
        ),
      ),
  )
}

function row(line) {
  if (line.skipped !== undefined) {
    return h('tr.skipped', {}, h('td', { colspan: 4 }, `${count(line.skipped, 'line')} alike`))
  }
  return h(
    'tr',
    {},
    cells(line.before, line.changed && 'removed', 'del'),
    cells(line.after, line.changed && 'added', 'ins'),
  )
}

/** What differs is an element of its own kind, so that it is told by more than its colour. */
function cells(line, kind, mark) {
  if (line === null) return h('td.none', { colspan: 2 })
  const className = kind || 'same'
  return [
    h('td', { class: `number ${className}` }, line.number),
    h(
      'td',
      { class: `words ${className}` },
      line.pieces.map(({ text, changed }) => (changed ? h(mark, {}, text) : text)),
    ),
  ]
}
