import { compareView } from './compare-view.js'
import { announce, count, h } from './dom.js'
import { mailFrame, WIDTHS } from './mail-frame.js'
import { findingsPanel, footer, headersPanel, securityPanel, sourcePanel, textPanel } from './panels.js'
import { problemBox } from './problem.js'

/** The tabs, in the order of their keys. */
export const TABS = [
  ['html', 'HTML'],
  ['text', 'Text'],
  ['source', 'Source'],
  ['headers', 'Headers'],
  ['security', 'S/MIME'],
  ['findings', 'Findings'],
  ['compare', 'Compare'],
]

const PANELS = {
  text: textPanel,
  source: sourcePanel,
  headers: headersPanel,
  security: securityPanel,
  findings: findingsPanel,
}

/**
 * The mail, with its tabs.
 *
 * @param {HTMLElement} place where it stands
 * @param {(view: object) => void} changeView takes how it is looked at instead
 * @param {() => object} choices what there is
 */
export function mailView(place, changeView, choices) {
  const frame = mailFrame()
  const comparison = compareView((against) => changeView({ against }), choices)
  const problem = h('div')
  const head = h('div')
  const tabs = h('div.tabs', { role: 'tablist', 'aria-label': 'Ways to look at the mail', keydown: onKey })
  const looks = h('div.looks')
  const panel = h('div.panel', { role: 'tabpanel', id: 'panel', tabindex: 0 })
  const facts = h('div')

  function show({ mail, problem: wrong, view, choice }) {
    problem.replaceChildren(...(wrong ? [problemBox(wrong, mail !== null)] : []))
    if (!mail) return place.replaceChildren(problem)
    if (!tabs.isConnected) place.replaceChildren(problem, head, h('div.strip', {}, tabs, looks), panel, facts)
    const tab = view.tab === 'html' && mail.html === null ? 'text' : view.tab
    head.replaceChildren(mailHead(mail))
    showTabs(mail, tab)
    showLooks(view, tab)
    showPanel(mail, view, tab, choice)
    facts.replaceChildren(footer(mail))
  }

  function showTabs(mail, tab) {
    const hadFocus = tabs.contains(document.activeElement)
    const buttons = TABS.map(([name, label]) =>
      h(
        'button.tab',
        {
          role: 'tab',
          id: `tab-${name}`,
          'aria-selected': name === tab ? 'true' : 'false',
          'aria-controls': 'panel',
          tabindex: name === tab ? 0 : -1,
          disabled: name === 'html' && mail.html === null,
          click: () => changeView({ tab: name }),
        },
        label,
        name === 'findings' && findingsBadge(mail),
      ),
    )
    tabs.replaceChildren(...buttons)
    if (hadFocus) tabs.querySelector('[aria-selected="true"]')?.focus()
  }

  function onKey(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (step === undefined) return
    event.preventDefault()
    const names = TABS.map(([name]) => name)
    const at = names.findIndex((name) => document.getElementById(`tab-${name}`) === document.activeElement)
    changeView({ tab: names[(at + step + names.length) % names.length] })
  }

  function showLooks(view, tab) {
    if (tab !== 'html' && tab !== 'compare') return looks.replaceChildren()
    looks.replaceChildren(
      segments('Width', Object.keys(WIDTHS), view.width, (width) => changeView({ width })),
      segments('Colours', ['light', 'dark'], view.scheme, (scheme) => changeView({ scheme })),
    )
  }

  function showPanel(mail, view, tab, choice) {
    panel.setAttribute('aria-labelledby', `tab-${tab}`)
    panel.dataset.tab = tab
    if (tab === 'html') {
      if (!frame.element.isConnected) panel.replaceChildren(frame.element, h('div.blocked'))
      panel.querySelector('.blocked').replaceChildren(...blockedList(mail.blocked))
      return frame.show(mail, view)
    }
    if (tab === 'compare') {
      if (!comparison.element.isConnected) panel.replaceChildren(comparison.element)
      return comparison.show(mail, view, choice)
    }
    const { scrollTop } = panel
    panel.replaceChildren(...[PANELS[tab](mail)].flat().filter(Boolean))
    panel.scrollTop = scrollTop
  }

  return { show }
}

/** How many warnings there are; notes can be read at leisure. */
function findingsBadge({ findings }) {
  const warnings = findings.filter(({ level }) => level === 'warning').length
  return h(
    `span.badge${warnings > 0 ? '.warn' : ''}`,
    { title: count(warnings, 'warning') },
    warnings || findings.length,
  )
}

/** What a reader sees before opening the mail. */
function mailHead(mail) {
  const field = (name) => mail.headers.find((each) => each.name.toLowerCase() === name)?.value ?? ''
  const made = mail.standIns.map((name) => (name === 'to' ? 'recipient' : 'sender'))
  return h(
    'header.mail-head',
    {},
    h('h2', {}, mail.subject),
    h(
      'p.people',
      {},
      h('span', {}, h('b', {}, 'From '), field('from')),
      h('span', {}, h('b', {}, 'To '), field('to') || 'nobody that a reader sees'),
      field('cc') && h('span', {}, h('b', {}, 'Cc '), field('cc')),
      field('importance') && h('span.badge', {}, `${field('importance')} importance`),
      mail.signing.signer && h('span.badge.good', {}, 'signed'),
      mail.encryption.wanted && !mail.encryption.problem && h('span.badge.good', {}, 'encrypted'),
      made.length > 0 && h('span.badge', {}, `${made.join(' and ')} made up`),
    ),
  )
}

const BLOCKED = {
  script: 'script',
  handler: 'script in an attribute',
  remote: 'remote content',
  frame: 'frame or plug-in',
  form: 'form',
  refresh: 'refresh',
  link: 'dangerous link',
}

function blockedList(blocked) {
  if (blocked.length === 0) return []
  return [
    h(
      'details',
      {},
      h('summary', {}, `${count(blocked.length, 'thing')} blocked`),
      h(
        'ul',
        {},
        blocked.map(({ kind, what }) =>
          h('li', {}, h('span.badge', {}, BLOCKED[kind]), ' ', h('code', {}, what)),
        ),
      ),
    ),
  ]
}

/** A few choices of which one holds, in one line. */
function segments(legend, names, chosen, choose) {
  return h(
    'fieldset.segments',
    {},
    h('legend.hidden', {}, legend),
    names.map((name) =>
      h(
        'label',
        {},
        h('input', {
          type: 'radio',
          name: `look-${legend}`,
          value: name,
          checked: name === chosen,
          change: () => {
            choose(name)
            announce(`${legend}: ${name}`)
            document.querySelector(`input[name="look-${legend}"][value="${name}"]`)?.focus()
          },
        }),
        h('span', {}, `${name[0].toUpperCase()}${name.slice(1)}`),
      ),
    ),
  )
}
