import { h } from './dom.js'
import { jobForm } from './job-form.js'

/**
 * The column in which the template, the incident and the job's other fields are chosen. Lists are radio buttons,
 * so that arrow keys and screen readers know them.
 *
 * @param {object} choices what there is
 * @param {object} choice what is chosen
 * @param {(change: object) => void} change takes what is chosen instead
 */
export function chooser(choices, choice, change) {
  return [
    h(
      'section',
      {},
      h('h2', { id: 'templates' }, 'Template'),
      options('template', 'templates', grouped(choices.templates, 'built-in', 'Built in'), {
        keyOf: ({ label }) => label,
        nameOf: ({ label }) => label,
        chosen: choice.source === null ? choice.template : null,
        choose: (template) => change({ template, source: null }),
      }),
      openFile(choice, change),
    ),
    h(
      'section',
      {},
      h('h2', { id: 'incidents' }, 'Incident'),
      options('incident', 'incidents', grouped(choices.incidents, 'example', 'Examples'), {
        keyOf: ({ key }) => key,
        nameOf: ({ name }) => name,
        chosen: choice.pasted === null ? choice.incident : null,
        choose: (incident) => change({ incident, pasted: null }),
      }),
      paste(choice, change),
    ),
    h(
      'section',
      {},
      h('h2', {}, 'Job'),
      jobForm(choice.fields, (fields) => change({ fields })),
    ),
  ]
}

/** The user's own first, then those that come with the package. */
function grouped(items, packaged, title) {
  const own = items.filter(({ set }) => set === 'own')
  const rest = items.filter(({ set }) => set === packaged)
  return [...(own.length > 0 ? [['Yours', own]] : []), [title, rest]]
}

function options(name, labelledBy, groups, { keyOf, nameOf, chosen, choose }) {
  return h(
    'div.options',
    { role: 'radiogroup', 'aria-labelledby': labelledBy },
    groups.map(([title, items]) => [
      groups.length > 1 && h('p.group', {}, title),
      items.map((item) =>
        h(
          'label.option',
          {},
          h('input', {
            type: 'radio',
            name,
            value: keyOf(item),
            checked: keyOf(item) === chosen,
            change: () => choose(keyOf(item)),
          }),
          h('span', {}, nameOf(item)),
        ),
      ),
    ]),
  )
}

function openFile(choice, change) {
  const input = h('input.hidden', {
    type: 'file',
    id: 'open-template',
    accept: '.njk,.j2,.jinja,.jinja2,.html,.htm,.txt',
    change: async () => {
      const [file] = input.files
      if (file) change({ source: await file.text() })
    },
  })
  return h(
    'p.more',
    {},
    input,
    h('label.button.small', { for: 'open-template' }, 'Open a file …'),
    choice.source !== null && h('span.badge', {}, 'an opened template'),
  )
}

function paste(choice, change) {
  const area = h(
    'textarea.code',
    {
      rows: 6,
      spellcheck: 'false',
      'aria-label': 'An incident as JSON',
      placeholder: '{ "id": 1, "name": "…" }',
      input: () => change({ pasted: area.value.trim() === '' ? null : area.value }, { quiet: true }),
    },
    choice.pasted ?? '',
  )
  return h(
    'details.more',
    { id: 'paste', open: choice.pasted !== null },
    h('summary', {}, 'Paste an incident'),
    area,
  )
}
