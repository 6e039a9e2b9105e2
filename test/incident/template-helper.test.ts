import { describe, expect, it } from 'vitest'
import type { IncidentFile } from '../../src/incident/incident.js'
import { templateHelper } from '../../src/incident/template-helper.js'

const incident = {
  id: 2139,
  name: 'Lost',
  severity_code: 'Low',
  plan_status: 4,
  resolved: false,
  create_date: 1659708203441,
  due_date: 1659708203000,
  start_day: 1659657600000,
  incident_type_ids: ['Phishing', { id: 2, name: 'Malware' }],
  none_ids: [],
  description: { format: 'html', content: '<div>a <b>b</b><script>alert(1)</script></div>' },
  plain: { format: 'text', content: 'R&D' },
  empty: '',
  count: 0,
  properties: { owner: 'Ann', cost: 1.5, name: 'hidden' },
}

const file: IncidentFile = {
  incident,
  fields: {
    severity_code: { input_type: 'select' },
    plan_status: { input_type: 'select', values: [{ value: 4, label: 'Closed' }] },
    resolved: { input_type: 'boolean' },
    create_date: { input_type: 'datetimepicker' },
    due_date: { input_type: 'datetimepicker' },
    start_day: { input_type: 'datepicker' },
    incident_type_ids: { input_type: 'multiselect' },
    description: { input_type: 'textarea' },
    plain: { input_type: 'textarea' },
    count: { input_type: 'number' },
    owner: { input_type: 'text', prefix: 'properties' },
    lost: { input_type: 'text', prefix: 'properties' },
  },
  links: { baseUrl: 'https://soar.example.com:443', orgId: 201 },
  tables: {
    hosts: {
      columns: [{ name: 'seen', input_type: 'datetimepicker' }],
      rows: [
        { cells: { host: { value: 'a<script>' }, seen: { value: 1659708203000 } } },
        { cells: { host: { value: 'b' }, seen: { value: null } } },
        { cells: { host: { value: 'b' } } },
      ],
    },
  },
}

function call(name: string, ...args: unknown[]): unknown {
  return templateHelper({ file })[name]?.call(...args)
}
const value = (field: string) => call('get_incident_value', incident, field)

describe('get_incident_value', () => {
  it.each([
    ['severity_code', 'Low'],
    ['plan_status', 'Closed'],
    ['resolved', 'False'],
    ['create_date', '2022-08-05T14:03:23.441000'],
    ['due_date', '2022-08-05T14:03:23'],
    ['start_day', '2022-08-05T00:00:00'],
    ['incident_type_ids', 'Phishing, Malware'],
    ['none_ids', null],
    ['description', '<div>a <b>b</b></div>'],
    ['plain', 'R&D'],
    ['count', '0'],
    ['owner', 'Ann'],
    ['lost', null],
    ['empty', null],
    ['unknown', null],
    ['constructor', null],
    ['__proto__', null],
  ])('%s is %j', (field, expected) => {
    expect(value(field)).toBe(expected)
  })

  it("goes by each value's own kind where nothing is defined", () => {
    const bare = templateHelper({ file: { incident } }).get_incident_value
    const read = (field: string) => bare?.call(incident, field)
    expect(read('create_date')).toBe('2022-08-05T14:03:23.441000')
    expect(read('incident_type_ids')).toBe('Phishing, Malware')
    expect(read('description')).toBe('<div>a <b>b</b></div>')
    expect(read('resolved')).toBe('False')
    expect(read('cost')).toBe('1.5')
    expect(read('name')).toBe('Lost')
  })

  it('prints dates as the date format says', () => {
    const helper = templateHelper({ file, dateFormat: '%d.%m.%Y %H:%M:%S.%f %a %b %j %p %%' })
    expect(helper.get_incident_value?.call(incident, 'create_date')).toBe(
      '05.08.2022 14:03:23.441000 Fri Aug 217 PM %',
    )
  })
})

describe('artifacts and notes', () => {
  it('artifacts are cleaned where they hold markup, and only there', () => {
    const data = [
      { value: 'https://x.example/?a=1&b=2', description: null },
      { value: '<img src=x onerror=alert(1)>x', deep: ['<script>'] },
    ]
    expect(call('get_artifacts', { data })).toEqual([data[0], { value: 'x', deep: [''] }])
    expect(call('get_artifacts', {})).toEqual([])
  })

  const notes = {
    root_comments: [
      { text: '1', children: [{ text: '1.1', children: [{ text: '1.1.1' }] }, { text: '1.2' }] },
      { text: 'Email Sent if mail server is valid/authenticated\n', children: [{ text: 'reply' }] },
      { text: { format: 'html', content: '<b onclick=x>2</b>' }, user_name: '<i>Ann' },
      { text: null },
    ],
  }
  const texts = (...args: unknown[]) =>
    (call('get_notes', ...args) as { text: string }[]).map(({ text }) => text)

  it("notes come in the order of the thread, without the app's own", () => {
    expect(texts(notes, true)).toEqual(['1', '1.1', '1.1.1', '1.2', '<b>2</b>', ''])
    expect(texts(notes)).toEqual(['1', '1.1', '1.1.1', '1.2', '<b>2</b>', ''])
    expect(texts(notes, false)).toEqual(['1', '<b>2</b>', ''])
  })

  it('notes that hold one another for ever are refused', () => {
    const note: Record<string, unknown> = { text: 'x' }
    note.children = [note, note]
    expect(() => call('get_notes', { root_comments: [note] }, true)).toThrow(/too many|too much/)
  })
})

describe('links', () => {
  it("use the base letter for letter, in the formats of IBM's", () => {
    expect(call('generate_incident_url', 2139)).toBe('https://soar.example.com:443/#incidents/2139?orgId=201')
    expect(call('generate_task_url', 2139, 994)).toBe(
      'https://soar.example.com:443/#incidents/2139?orgId=201&taskId=994&tabName=details',
    )
  })

  it('an id cannot lead elsewhere', () => {
    expect(call('generate_incident_url', '1?x=&"><script>')).toBe(
      'https://soar.example.com:443/#incidents/1%3Fx%3D%26%22%3E%3Cscript%3E?orgId=201',
    )
    expect(() => call('generate_incident_url', {})).toThrow(/needs an id/)
  })

  it('need a base that is a web address', () => {
    const link = (baseUrl?: string) => {
      const links = baseUrl === undefined ? {} : { links: { baseUrl } }
      return templateHelper({ file: { incident, ...links } }).generate_incident_url?.call(1)
    }
    expect(() => link()).toThrow(/links.baseUrl/)
    expect(() => link('javascript:alert(1)//')).toThrow(/https/)
    expect(link('https://soar.example.com/')).toBe('https://soar.example.com/#incidents/1')
  })
})

describe('the rest', () => {
  it('tables give the different values of a column', () => {
    expect(call('get_datatable_value_array', 2139, 'hosts', 'host')).toBe('a, b')
    expect(call('get_datatable_value_array', 2139, 'hosts', 'seen')).toBe('2022-08-05T14:03:23')
    expect(call('get_datatable_value_array', 2139, 'nope', 'x')).toBe('-')
  })

  it('text becomes a list, a number a moment, a value a text', () => {
    expect(call('get_list_from_string', 'a, b;c a')).toEqual(['a', 'b', 'c'])
    expect(call('format_timestamp', 0)).toBe('1970-01-01T00:00:00')
    expect(call('get_value_as_string', { input_type: 'multiselect' }, [{ name: 'x' }, 'y'])).toBe('x, y')
    expect(() => call('format_timestamp', 'x')).toThrow(/milliseconds/)
  })
})
