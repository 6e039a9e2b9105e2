import { askFor, tell, textField } from './dialogs.js'
import { h } from './dom.js'
import { SHORTCUTS } from './keyboard.js'
import { WIDTHS } from './mail-frame.js'
import { address, ask } from './server.js'

/**
 * What can be done with a mail.
 *
 * @param {object} page
 * @param {() => object} page.state what is chosen and shown
 * @param {() => object} page.choices what there is
 * @param {(label: string) => Promise<void>} page.chooseNew looks at a template that was just made
 */
export function pageActions({ state, choices, chooseNew }) {
  function makeTemplate() {
    const from = state().choice.template ?? 'incident-summary'
    askFor({
      title: 'A template of your own',
      content: [
        h(
          'p',
          {},
          'It begins as a copy of ',
          h('strong', {}, from),
          '. Edit its files, and see it change here.',
        ),
        textField('name', 'Name', {
          required: true,
          value: `my-${from}`,
          pattern: '[\\p{L}\\p{N}][\\p{L}\\p{N}_\\-]*',
        }),
      ],
      yes: 'Make it',
      async act({ name }) {
        const { made, problem } = await ask('template', { name, from })
        if (problem) throw new Error(problem.message)
        await chooseNew(made.label)
        return `Made ${made.files.join(' and ')}. Open them in your editor.`
      },
    })
  }

  function sendTest() {
    const { mail, choice } = state()
    const { profiles, way } = choices()
    if (!mail) return
    const verdict = guardVerdict(choice)
    askFor({
      title: 'Send a test',
      content: [
        h(
          'p',
          {},
          'One real mail goes to this address, and to nobody else. It is guarded, signed and encrypted like any other.',
        ),
        textField('to', 'To', {
          required: true,
          value: String(choice.fields.to ?? '').split(',')[0],
          input: verdict.ask,
        }),
        h(
          'p.field',
          {},
          h('label', { for: 'ask-profile' }, 'By'),
          h(
            'select',
            { id: 'ask-profile', name: 'profile', change: verdict.ask },
            h('option', { value: '' }, way),
            profiles.map((name) => h('option', { value: name }, `the profile ${name}`)),
          ),
        ),
        h('p.note', {}, 'Subject: ', mail.subject),
        verdict.element,
      ],
      yes: 'Send it',
      async act({ to, profile }) {
        const { report, problem } = await ask('send', { choice, to, profile: profile || null })
        if (problem) throw new Error(problem.message)
        return `Accepted for ${report.accepted.join(', ')}: ${report.serverResponse ?? 'no response'}`
      },
    })
    verdict.ask()
  }

  function save() {
    const { mail, view } = state()
    if (!mail) return
    const link = (path, label) => h('a.button', { href: address(path), download: true }, label)
    const width = WIDTHS[view.width] ?? 800
    tell(
      'Save this mail',
      h(
        'p.choices',
        {},
        link(`source/${mail.id}`, 'The message (.eml)'),
        mail.html !== null && link(`html/${mail.id}`, 'The HTML with its images (.html)'),
        mail.html !== null &&
          choices().pictures &&
          link(`picture/${mail.id}?width=${width}&scheme=${view.scheme}`, 'A picture (.png)'),
      ),
      mail.html !== null &&
        !choices().pictures &&
        h('p.note', {}, 'For a picture, install Chromium, or name it in $CHROMIUM.'),
    )
  }

  function help() {
    tell(
      'Keyboard',
      h(
        'dl.keys',
        {},
        SHORTCUTS.map(([key, does]) => [h('dt', {}, h('kbd', {}, key)), h('dd', {}, does)]),
      ),
      h('p.note', {}, 'They rest while you type. Tabs and lists move with the arrow keys.'),
    )
  }

  const button = (label, act, kind = '') => h(`button.button${kind}`, { type: 'button', click: act }, label)
  const element = [
    button('Make it yours …', makeTemplate),
    button('Save …', save),
    button('Send a test …', sendTest, '.primary'),
    h('button.button.quiet', { type: 'button', click: help, 'aria-label': 'Keyboard' }, '?'),
  ]
  return { element, makeTemplate, sendTest, save, help }
}

/** Says whether the guard would let a test leave, before anyone asks for it to be sent. */
function guardVerdict(choice) {
  const element = h('p.outcome', { role: 'status' })
  let asking = new AbortController()
  async function find() {
    asking.abort()
    asking = new AbortController()
    const [to, profile] = ['to', 'profile'].map((name) => document.getElementById(`ask-${name}`).value.trim())
    if (to === '') return element.replaceChildren()
    try {
      const { refusal } = await ask('verdict', { choice, to, profile: profile || null }, asking.signal)
      element.className = `outcome ${refusal ? 'bad' : 'good'}`
      element.textContent = refusal
        ? `It would not leave: ${refusal.message}`
        : 'The guard would let it leave.'
    } catch (error) {
      if (error.name !== 'AbortError') element.replaceChildren()
    }
  }
  return { element, ask: find }
}
