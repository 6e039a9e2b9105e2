/**
 * What is chosen, and how it is looked at. The address holds it behind its `#`, so that it can be shared and
 * loaded again, and never travels to a server as an address.
 */
const VIEW = { tab: 'html', width: 'desktop', scheme: 'light', against: 'first' }

/** The choice that the address holds. */
export function readAddress() {
  const held = new URLSearchParams(location.hash.slice(1))
  const fields = {}
  for (const [key, value] of held) {
    if (key.startsWith('job.')) fields[key.slice(4)] = fieldValue(key.slice(4), value)
  }
  return {
    choice: {
      template: held.get('template'),
      source: held.get('source'),
      incident: held.get('incident'),
      pasted: held.get('pasted'),
      fields,
    },
    view: Object.fromEntries(Object.entries(VIEW).map(([key, usual]) => [key, held.get(key) ?? usual])),
  }
}

/** Puts a choice into the address. */
export function writeAddress({ choice, view }) {
  const held = new URLSearchParams()
  for (const key of ['template', 'source', 'incident', 'pasted']) {
    if (choice[key] !== null) held.set(key, choice[key])
  }
  for (const [key, value] of Object.entries(choice.fields)) held.set(`job.${key}`, String(value))
  for (const [key, usual] of Object.entries(VIEW)) if (view[key] !== usual) held.set(key, view[key])
  history.replaceState(null, '', `#${held}`)
}

/** Fields that are true or false, and not the words. */
const FLAGS = ['mergeBody', 'sign', 'encrypt', 'strictUndefined', 'thread']

function fieldValue(name, text) {
  return FLAGS.includes(name) ? text === 'true' : text
}
