import { pageActions } from './actions.js'
import { readAddress, writeAddress } from './choice.js'
import { chooser } from './chooser.js'
import { announce, h } from './dom.js'
import { onShortcut } from './keyboard.js'
import { WIDTHS } from './mail-frame.js'
import { mailView, TABS } from './mail-view.js'
import { address, ask, getChoices } from './server.js'

const side = document.getElementById('chooser')
const view = mailView(document.getElementById('mail'), changeView, () => choices)
const state = { ...readAddress(), mail: null, problem: null }
let choices = { templates: [], incidents: [], problem: null }
let asking = new AbortController()
let timer

start()

async function start() {
  choices = await getChoices()
  chooseSomething()
  showChooser()
  await refresh()
}

/** What is not there any more, or was never chosen: the first that fits. */
function chooseSomething() {
  const { choice } = state
  const labels = choices.templates.map(({ label }) => label)
  const keys = choices.incidents.map(({ key }) => key)
  if (choice.source === null && !labels.includes(choice.template)) {
    choice.template = choices.templates[0].set === 'own' ? labels[0] : 'incident-summary'
  }
  if (choice.pasted === null && !keys.includes(choice.incident))
    choice.incident =
      keys.find((key) => key === 'example/2139.json' && !keys[0].startsWith('own/')) ?? keys[0] ?? null
}

function showChooser() {
  const focused = side.contains(document.activeElement) ? document.activeElement : null
  if (focused) return
  side.replaceChildren(...chooser(choices, state.choice, changeChoice))
}

/** Takes another choice; while someone types, the mail follows when they pause. */
function changeChoice(change) {
  Object.assign(state.choice, change)
  chooseSomething()
  clearTimeout(timer)
  timer = setTimeout(refresh, 'fields' in change || 'pasted' in change ? PAUSE : 0)
}

/** In milliseconds. */
const PAUSE = 150

function changeView(change) {
  Object.assign(state.view, change)
  writeAddress(state)
  view.show(state)
}

/** Asks for the mail, and shows it; the last good one stays where there is none. */
async function refresh() {
  writeAddress(state)
  asking.abort()
  asking = new AbortController()
  try {
    const answer = await ask('preview', state.choice, asking.signal)
    state.mail = answer.mail ?? state.mail
    state.problem = answer.problem ?? choices.problem
    if (answer.mail) document.title = `${answer.mail.subject} · Preview`
    announce(state.problem ? `Problem: ${state.problem.message}` : `Shown: ${state.mail.subject}`)
  } catch (error) {
    if (error.name === 'AbortError') return
    state.problem = { code: 'PREVIEW', message: `The preview does not answer: ${error.message}`, place: null }
  }
  view.show(state)
}

listen()

/** Follows the files: whatever is saved shows at once. */
function listen() {
  const live = document.getElementById('live')
  const source = new EventSource(address('events'))
  source.addEventListener('open', () => {
    live.dataset.state = 'live'
    live.textContent = 'Saved files show at once'
  })
  source.addEventListener('error', () => {
    live.dataset.state = 'lost'
    live.textContent = 'The preview has ended; start it again'
  })
  source.addEventListener('change', async () => {
    // Both at once: what is chosen is most often still there.
    const [there] = await Promise.all([getChoices(), refresh()])
    choices = there
    const before = JSON.stringify(state.choice)
    chooseSomething()
    showChooser()
    if (before !== JSON.stringify(state.choice) || choices.problem || state.problem) await refresh()
    live.textContent = `Updated ${new Date().toLocaleTimeString()}`
  })
}

window.addEventListener('hashchange', () => {
  Object.assign(state, readAddress())
  chooseSomething()
  side.replaceChildren(...chooser(choices, state.choice, changeChoice))
  refresh()
})

document.querySelector('[data-skip]').addEventListener('click', (event) => {
  event.preventDefault()
  document.getElementById('mail').focus()
})

const actions = pageActions({
  state: () => state,
  choices: () => choices,
  async chooseNew(label) {
    choices = await getChoices()
    Object.assign(state.choice, { template: label, source: null })
    side.replaceChildren(...chooser(choices, state.choice, changeChoice))
    await refresh()
  },
})
document.getElementById('actions').append(...actions.element)

const next = (names, now) => names[(names.indexOf(now) + 1) % names.length]
const focusOn = (name) => {
  showColumn(true)
  const options = [...document.querySelectorAll(`input[name="${name}"]`)]
  ;(options.find(({ checked }) => checked) ?? options[0])?.focus()
}
onShortcut({
  ...Object.fromEntries(TABS.map(([tab], index) => [String(index + 1), () => changeView({ tab })])),
  w: () => changeView({ width: next(Object.keys(WIDTHS), state.view.width) }),
  d: () => changeView({ scheme: state.view.scheme === 'dark' ? 'light' : 'dark' }),
  t: () => focusOn('template'),
  i: () => focusOn('incident'),
  o: () => document.getElementById('open-template').click(),
  p: () => {
    showColumn(true)
    const paste = document.getElementById('paste')
    paste.open = true
    paste.querySelector('textarea').focus()
  },
  c: () => {
    changeView({ tab: 'compare' })
    document.getElementById('against').focus()
  },
  n: actions.makeTemplate,
  s: actions.save,
  e: actions.sendTest,
  '?': actions.help,
})

const toggle = document.getElementById('toggle-chooser')
toggle.addEventListener('click', () => showColumn(toggle.getAttribute('aria-expanded') !== 'true'))
if (matchMedia('(max-width: 760px)').matches) showColumn(false)

/** Shows or hides the column in which is chosen. */
function showColumn(open) {
  toggle.setAttribute('aria-expanded', String(open))
  document.body.classList.toggle('chooser-closed', !open)
}

document.addEventListener('mail-link', ({ detail }) => {
  document.getElementById('live').replaceChildren(h('span', {}, 'This link leads to '), h('code', {}, detail))
})
