import { h } from './dom.js'

const usual = [['', 'As usual']]
const yesNo = [...usual, ['true', 'Yes'], ['false', 'No']]

/** The job's fields, as a person fills them in. */
const FIELDS = [
  { name: 'to', label: 'To', hint: 'recipient@example.com' },
  { name: 'cc', label: 'Cc' },
  { name: 'bcc', label: 'Bcc' },
  { name: 'from', label: 'From', hint: 'as configured' },
  { name: 'subject', label: 'Subject', hint: "the template's own" },
  {
    name: 'importance',
    label: 'Importance',
    choices: [...usual, ['high', 'High'], ['normal', 'Normal'], ['low', 'Low']],
  },
  {
    name: 'tlp',
    label: 'TLP',
    choices: [
      ['', 'None'],
      ['red', 'TLP:RED'],
      ['amber+strict', 'TLP:AMBER+STRICT'],
      ['amber', 'TLP:AMBER'],
      ['green', 'TLP:GREEN'],
      ['clear', 'TLP:CLEAR'],
    ],
  },
  { name: 'locale', label: 'Language', hint: 'en', suggestions: ['en', 'en-GB', 'de', 'de-CH'] },
  { name: 'timeZone', label: 'Time zone', hint: 'UTC', suggestions: Intl.supportedValuesOf('timeZone') },
  { name: 'attachments', label: 'Attach', hint: '* for all files of the incident' },
  { name: 'sign', label: 'Sign', choices: yesNo },
  { name: 'encrypt', label: 'Encrypt', choices: yesNo },
  { name: 'body', label: 'Body', rows: 4 },
  { name: 'mergeBody', label: 'Append the body to the template', flag: true },
  { name: 'strictUndefined', label: 'Undefined variables are errors', flag: true },
]

/** The form of a job's fields; `change` gets all that are filled in. */
export function jobForm(fields, change) {
  const values = { ...fields }
  const set = (name, value, how) => {
    if (value === '' || value === undefined) delete values[name]
    else values[name] = value
    change({ ...values }, how)
  }
  return h(
    'form.job',
    { submit: (event) => event.preventDefault() },
    FIELDS.map((field) => control(field, values[field.name], set)),
  )
}

function control(field, value, set) {
  const { name, label, choices, rows, flag } = field
  const id = `job-${name}`
  if (flag) {
    const input = h('input', {
      type: 'checkbox',
      id,
      checked: value === true,
      change: () => set(name, input.checked ? true : undefined),
    })
    return h('p.flag', {}, input, h('label', { for: id }, label))
  }
  const input = choices
    ? select(id, field, value, set)
    : rows
      ? area(id, field, value, set)
      : line(id, field, value, set)
  return h('p.field', {}, h('label', { for: id }, label), input)
}

function select(id, { name, choices }, value, set) {
  const input = h(
    'select',
    {
      id,
      change: () => set(name, ['true', 'false'].includes(input.value) ? input.value === 'true' : input.value),
    },
    choices.map(([word, text]) => h('option', { value: word, selected: String(value ?? '') === word }, text)),
  )
  return input
}

function area(id, { name, rows }, value, set) {
  const input = h('textarea', { id, rows, input: () => set(name, input.value) }, value ?? '')
  return input
}

function line(id, { name, hint, suggestions }, value, set) {
  const input = h('input', {
    id,
    type: 'text',
    value: value ?? '',
    placeholder: hint,
    autocomplete: 'off',
    spellcheck: 'false',
    list: suggestions && `${id}-list`,
    input: () => set(name, input.value.trim()),
  })
  if (!suggestions) return input
  return [
    input,
    h(
      'datalist',
      { id: `${id}-list` },
      suggestions.map((each) => h('option', { value: each })),
    ),
  ]
}
