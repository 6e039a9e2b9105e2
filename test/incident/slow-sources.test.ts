import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { load } from 'cheerio'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Incident, IncidentFile } from '../../src/incident/incident.js'
import { jsonFolder } from '../../src/incident/json-folder.js'
import { checkConditions, queryIncidents } from '../../src/incident/query.js'
import { templateHelper } from '../../src/incident/template-helper.js'

const file: IncidentFile = {
  incident: { id: 2139, name: 'R&D <b>phished</b>', create_date: 1659708203441 },
  fields: { create_date: { input_type: 'datetimepicker', text: 'Created' }, name: { text: 'Name & title' } },
  tables: {
    hosts: {
      text: 'Hosts & "servers"',
      columns: [
        { name: 'host', text: 'Host <name>', input_type: 'text' },
        { name: 'seen', text: 'Last seen', input_type: 'datetimepicker' },
        { name: 'remark', input_type: 'textarea' },
      ],
      rows: [
        {
          cells: {
            remark: { value: { format: 'html', content: '<b>bold</b>' } },
            host: { value: 'R&D' },
            seen: { value: 1659708203000 },
          },
        },
        { cells: { host: { value: 'pc-8' }, seen: { value: null } } },
      ],
    },
    short: { rows: [{ host: 'pc-7', port: 443 }] },
  },
  action: {
    properties: { urgency: 2, reason: 'drill<script>alert(1)</script>' },
    fields: { urgency: { input_type: 'select', values: [{ value: 2, label: 'Tonight' }] } },
  },
}

const helper = (of: IncidentFile | null = file) => templateHelper({ file: of })
const call = (name: string, ...args: unknown[]): unknown => helper()[name]?.call(...args)

describe('get_datatable', () => {
  it('is a table with a header cell for each column, in order, and cells by their definitions', () => {
    const page = load(String(call('get_datatable', 'hosts', 2139)))
    const texts = (selector: string) =>
      page(selector)
        .toArray()
        .map((element) => page(element).html())
    expect(texts('caption')).toEqual(['Hosts &amp; "servers"'])
    expect(texts('thead th')).toEqual(['Host &lt;name&gt;', 'Last seen', 'remark'])
    expect(page('th[scope="col"]')).toHaveLength(3)
    expect(texts('tbody tr:nth-child(1) td')).toEqual(['R&amp;D', '2022-08-05T14:03:23', '<b>bold</b>'])
    expect(texts('tbody tr:nth-child(2) td')).toEqual(['pc-8', '', ''])
  })

  it('names columns by the cells where none are defined', () => {
    const page = load(String(call('get_datatable', 'short', 2139)))
    expect(page('th').text()).toBe('hostport')
    expect(page('td').text()).toBe('pc-7443')
  })

  it('is data with html=false', () => {
    expect(call('get_datatable', 'short', 2139, false)).toEqual({ rows: [{ host: 'pc-7', port: 443 }] })
    expect(call('get_datatable', 'nope', 2139, false)).toEqual({ text: 'nope', columns: [], rows: [] })
  })

  it.each([
    ['a table that is not there', 'nope', 2139],
    ['the table of another incident', 'hosts', 2140],
    ['what every object inherits', 'constructor', 2139],
    ['a prototype', '__proto__', 2139],
  ])('is "-" for %s', (_, name, id) => {
    expect(call('get_datatable', name, id)).toBe('-')
    expect(call('get_datatable_value_array', id, name, 'host')).toBe('-')
  })

  const hostile = [
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '</td></tr></table><h1>forged</h1>',
    '<td>forged</td><tr><td>forged',
    '</td><td style="position:fixed">over',
    '"><a href="javascript:alert(1)">x',
    '<style>td{display:none}</style>',
    '<!--',
  ]

  it.each(hostile)('%j stays in its cell, whatever the column, and does nothing', (value) => {
    const types = [
      { name: 'a', input_type: 'text', text: value },
      { name: 'b', input_type: 'textarea' },
      { name: 'c', input_type: 'select' },
      { name: value },
    ]
    const cells = { a: { value }, b: { value }, c: { value: { name: value } }, [value]: { value } }
    const tables = { t: { text: value, columns: types, rows: [{ cells }, { cells }] } }
    const html = String(helper({ incident: { id: 1 }, tables }).get_datatable?.call('t', 1))
    const page = load(html)
    expect(
      page('body')
        .children()
        .toArray()
        .map(({ name }) => name),
    ).toEqual(['table'])
    expect(page('table')).toHaveLength(1)
    expect(page('thead > tr > th')).toHaveLength(4)
    expect(page('tbody > tr')).toHaveLength(2)
    expect(page('tbody > tr > td')).toHaveLength(8)
    expect(page('script, style, img, [onerror], a[href^="javascript"], [style*="fixed"]')).toHaveLength(0)
  })
})

const incidents: readonly Incident[] = [
  { id: 1, name: 'Phishing', severity_code: { id: 5, name: 'High' }, create_date: 100, tags: ['a', 'b'] },
  { id: 2, name: 'Malware', severity_code: 4, create_date: 300, properties: { site: 'Bonn' }, closed: true },
  { id: 3, name: 'phishing again', severity_code: null, create_date: 200, description: '' },
]

describe('the conditions of get_query_result', () => {
  it.each([
    [[], [2, 3, 1]],
    [[{ field_name: 'name', method: 'equals', value: 'Phishing' }], [1]],
    [[{ field_name: 'name', method: 'not_equals', value: 'Phishing' }], [2, 3]],
    [[{ field_name: 'name', method: 'contains', value: 'PHISH' }], [3, 1]],
    [[{ field_name: 'name', method: 'not_contains', value: 'phish' }], [2]],
    [[{ field_name: 'id', method: 'in', value: [1, 3, '9'] }], [3, 1]],
    [[{ field_name: 'id', method: 'not_in', value: [1, 3] }], [2]],
    [[{ field_name: 'create_date', method: 'gt', value: 200 }], [2]],
    [[{ field_name: 'create_date', method: 'gte', value: 200 }], [2, 3]],
    [[{ field_name: 'create_date', method: 'lt', value: 200 }], [1]],
    [[{ field_name: 'create_date', method: 'lte', value: 200 }], [3, 1]],
    [[{ field_name: 'create_date', method: 'gt', value: '0' }], []],
    [[{ field_name: 'severity_code', method: 'equals', value: 'High' }], [1]],
    [[{ field_name: 'severity_code', method: 'equals', value: 5 }], [1]],
    [[{ field_name: 'severity_code', method: 'equals', value: null }], [3]],
    [[{ field_name: 'severity_code', method: 'has_a_value' }], [2, 1]],
    [[{ field_name: 'description', method: 'not_has_a_value' }], [2, 3, 1]],
    [[{ field_name: 'tags', method: 'contains', value: 'b' }], [1]],
    [[{ field_name: 'tags', method: 'in', value: ['b', 'c'] }], [1]],
    [[{ field_name: 'closed', method: 'equals', value: true }], [2]],
    [[{ field_name: 'site', method: 'equals', value: 'Bonn' }], [2]],
    [[{ field_name: 'properties.site', method: 'equals', value: 'Bonn' }], [2]],
    [[{ field_name: 'constructor', method: 'has_a_value' }], []],
    [
      [
        { field_name: 'name', method: 'contains', value: 'phish' },
        { field_name: 'create_date', method: 'gt', value: 100 },
      ],
      [3],
    ],
  ])('%j finds %j, the newest first', (conditions, expected) => {
    expect(queryIncidents(incidents, checkConditions(conditions)).map(({ id }) => id)).toEqual(expected)
  })

  it.each([
    [{ field_name: 'id', method: 'equals', value: 1 }, 'a list of conditions'],
    [undefined, 'a list of conditions'],
    [['x'], 'condition 1 of get_query_result needs "field_name" and "method"'],
    [[{ field_name: 'id' }], 'condition 1'],
    [[{ field_name: 'id', method: 'equal', value: 1 }], 'did you mean equals?'],
    [[{ field_name: 'id', method: 'changed', value: 1 }], 'no method "changed"; there are equals, '],
    [[{ field_name: 'id', method: 'constructor', value: 1 }], 'no method "constructor"'],
    [[{ field_name: 'id', method: 'in', value: 1 }], 'by in with a list'],
    [[{ field_name: 'id', method: 'equals', value: [1] }], 'by equals with text'],
    [[{ field_name: 'id', method: 'equals', value: {} }], 'by equals with text'],
  ])('%j is refused with what is wrong', (conditions, message) => {
    expect(() => call('get_query_result', conditions, ['name'])).toThrow(message)
  })
})

it('a query over a list nested without end has an end', () => {
  const nested: unknown = JSON.parse(`${'['.repeat(100_000)}1${']'.repeat(100_000)}`)
  const conditions = checkConditions([{ field_name: 'x', method: 'equals', value: 1 }])
  expect(queryIncidents([{ id: 1, x: nested }], conditions)).toEqual([])
})

describe('get_query_result', () => {
  const all = [{ field_name: 'id', method: 'has_a_value' }]

  it('goes over the one incident there is, and is a table of the fields by their labels', () => {
    const page = load(String(call('get_query_result', all, ['name', 'create_date', 'other'])))
    expect(
      page('th')
        .toArray()
        .map((cell) => page(cell).text()),
    ).toEqual(['Name & title', 'Created', 'other'])
    expect(
      page('td')
        .toArray()
        .map((cell) => page(cell).text()),
    ).toEqual(['R&D <b>phished</b>', '2022-08-05T14:03:23.441000', ''])
  })

  it('leaves out those to exclude', () => {
    expect(call('get_query_result', all, ['id'], [2139], false)).toEqual([])
    expect(call('get_query_result', all, ['id'], 2139, false)).toEqual([])
    expect(call('get_query_result', all, ['id'], ['2139'], false)).toEqual([])
    expect(call('get_query_result', all, ['id'], [], false)).toEqual([{ id: '2139' }])
  })

  it('needs fields to show', () => {
    expect(() => call('get_query_result', all, [])).toThrow(/field names/)
  })
})

describe('get_action_field_value', () => {
  const action = { properties: file.action?.properties }

  it('is the label of a choice, and otherwise the value as people read it', () => {
    expect(call('get_action_field_value', action, 'urgency')).toBe('Tonight')
    expect(call('get_action_field_value', action, 'reason')).toBe('drill')
    expect(call('get_action_field_value', action, 'nothing')).toBeNull()
    expect(call('get_action_field_value', {}, 'constructor')).toBeNull()
  })
})

describe('regex_replace', () => {
  // What Python 3.11's re.sub() makes of them.
  it.each([
    ['abxd', 'x*', '-', '-a-b--d-'],
    ['1.2.3.4', '(\\d+)\\.(\\d+)', '\\2-\\1', '2-1.4-3'],
    ['Müller & Söhne', '\\w+', '[\\g<0>]', '[Müller] & [Söhne]'],
    ['john@x.example', '(?P<user>[^@]+)@(?P<host>.+)', '\\g<host>: \\g<user>', 'x.example: john'],
    ['٣ apples', '\\d', '#', '# apples'],
    ['a\u00a0b c', '\\s', '_', 'a_b_c'],
    ['a b', '\\S+', 'S', 'S S'],
    ['x]y[z', '[]\\[]', '.', 'x.y.z'],
    ['[x]', '[[x]', 'q', 'qq]'],
    ['a:b', '[[:b]', 'z', 'azz'],
    ['aXb', '(?i)x', '-', 'a-b'],
    ['ab', '(a)|(b)', '{\\1\\2}', '{a}{b}'],
    ['end\n', '\\n\\Z', '!', 'end!'],
    ['aaa', 'a{,2}', 'b', 'bbb'],
    ['a.b', '\\.', '\\.', 'a\\.b'],
    ['a/b', '/', '\\\\n\\n', 'a\\n\nb'],
    ['😀a', '.', 'c', 'cc'],
    ['$1', '1', '$1$&', '$$1$&'],
  ])('of %j by %j with %j is %j', (text, pattern, replacement, expected) => {
    expect(call('regex_replace', text, pattern, replacement)).toBe(expected)
  })

  it.each([
    ['a', '(', 'x', 'cannot use the pattern "("'],
    ['a', '(a)\\1', 'x', 'neither look-around nor back-references'],
    ['a', 'a(?=b)', 'x', 'neither look-around nor back-references'],
    ['a', 'a'.repeat(1001), 'x', '1000 characters'],
    ['a', 'a', '\\1', 'names group 1'],
    ['a', 'a', '\\g<n>', 'names group n'],
    ['a', 'a', '\\g<constructor>', 'names group constructor'],
    ['a', 'a', '\\q', 'means nothing'],
    [1, 'a', 'b', 'needs a text'],
  ])('of %j by %j with %j is refused', (text, pattern, replacement, message) => {
    expect(() => call('regex_replace', text, pattern, replacement)).toThrow(message)
  })

  it('hands out what replacing makes as clean as any text', () => {
    expect(call('regex_replace', '(script)alert(1)(/script)x', '[(](/?script)[)]', '<\\1>')).toBe('x')
  })

  it.each([
    ['(a+)+$', 'a'],
    ['(a|aa)+$', 'a'],
    ['^(.*)*b$', 'a'],
    ['(.*b){5}', 'a'],
    ['\\s+$', ' '],
  ])('of %j, over which others brood for ever, ends', (pattern, character) => {
    const text = `${character.repeat(100_000)}!`
    expect(call('regex_replace', text, pattern, '')).toBe(text)
  })

  it.each([
    ['searches that each go to the end', 'a.*z|a', 'a'.repeat(200_000), 'b'],
    ['a pattern of many steps', '(\\pL{0,900})(\\pL)b$', 'ab'.repeat(50_000), ''],
    ['a result beyond measure', 'a', 'a'.repeat(20_000), 'b'.repeat(100_000)],
  ])('is stopped at %s', (_, pattern, text, replacement) => {
    expect(() => call('regex_replace', text, pattern, replacement)).toThrow(/takes longer|too much|too long/)
  })
})

describe('a folder of incident files', () => {
  let folder = ''
  const write = (name: string, content: unknown) => writeFile(join(folder, name), JSON.stringify(content))

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'folder-'))
    await write('1.json', { incident: { id: 1, name: 'One', create_date: 1 } })
    await write('other.json', {
      incident: { id: 2, name: 'Two', create_date: 2 },
      tables: { hosts: { rows: [] } },
    })
    await write('broken.json', { incident: [] })
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('answers queries over its incidents, and gives the tables of each', async () => {
    const source = jsonFolder(folder)
    expect(source.fetches).toEqual(['datatable', 'query'])
    const answers = await source.fetch?.(
      [
        { kind: 'query', conditions: [], fields: ['name'], exclude: [] },
        { kind: 'datatable', incidentId: 2, name: 'hosts' },
        { kind: 'datatable', incidentId: 2, name: 'constructor' },
        { kind: 'datatable', incidentId: '../2', name: 'hosts' },
      ],
      {},
    )
    expect(answers).toEqual([
      [
        { id: 2, name: 'Two', create_date: 2 },
        { id: 1, name: 'One', create_date: 1 },
      ],
      { rows: [] },
      undefined,
      undefined,
    ])
  })

  it('stops when it is told to', async () => {
    const want = { kind: 'query', conditions: [], fields: ['name'], exclude: [] } as const
    await expect(jsonFolder(folder).fetch?.([want], { signal: AbortSignal.abort() })).rejects.toThrow()
  })
})
