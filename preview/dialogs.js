import { announce, h } from './dom.js'

/**
 * Asks something in a dialog.
 *
 * @param {object} question
 * @param {string} question.title
 * @param {unknown[]} question.content what stands in it, its fields by name
 * @param {string} question.yes the word on the button that does it
 * @param {(values: Record<string, string>) => Promise<string>} question.act does it, and says what came of it; what it
 *   throws is shown
 */
export function askFor({ title, content, yes, act }) {
  const outcome = h('p.outcome', { role: 'status' })
  const button = h('button.button.primary', { type: 'submit' }, yes)
  const close = h('button.button', { type: 'button', click: () => dialog.close() }, 'Cancel')
  const form = h(
    'form',
    {
      submit: async (event) => {
        event.preventDefault()
        button.disabled = true
        outcome.className = 'outcome'
        outcome.textContent = 'One moment …'
        try {
          outcome.textContent = await act(Object.fromEntries(new FormData(form)))
          outcome.classList.add('good')
          close.textContent = 'Close'
          close.focus()
        } catch (error) {
          outcome.textContent = error.message
          outcome.classList.add('bad')
          button.disabled = false
        }
        announce(outcome.textContent)
      },
    },
    h('h2', { id: 'dialog-title' }, title),
    content,
    outcome,
    h('p.buttons', {}, close, button),
  )
  const dialog = show(form)
}

/** Tells something in a dialog. */
export function tell(title, ...content) {
  const close = h('button.button', { type: 'button', click: () => dialog.close() }, 'Close')
  const dialog = show(
    h('div', {}, h('h2', { id: 'dialog-title' }, title), content, h('p.buttons', {}, close)),
  )
}

function show(content) {
  const dialog = h('dialog', { 'aria-labelledby': 'dialog-title', close: () => dialog.remove() }, content)
  document.body.append(dialog)
  dialog.showModal()
  return dialog
}

/** A line to fill in, in a dialog. */
export function textField(name, label, properties = {}) {
  return h(
    'p.field',
    {},
    h('label', { for: `ask-${name}` }, label),
    h('input', { id: `ask-${name}`, name, type: 'text', autocomplete: 'off', ...properties }),
  )
}
