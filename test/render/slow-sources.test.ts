import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { load } from 'cheerio'
import { describe, expect, it } from 'vitest'
import { IncidentMailerError } from '../../src/errors.js'
import type { Incident, IncidentSource, IncidentWant } from '../../src/incident/incident.js'
import { jsonFolder } from '../../src/incident/json-folder.js'
import type { MailRequest } from '../../src/mail.js'
import { createNotifier } from '../../src/notifier/notifier.js'
import { render } from '../../src/render/render.js'

const incident = { id: 2139, name: 'Lost laptop' }

interface CountingSource extends IncidentSource {
  /** What each call of `fetch` was asked for. */
  readonly rounds: readonly (readonly IncidentWant[])[]
}

/** A source that has nothing but the incident's name until it is asked, and counts how often it is. */
function counting(
  answer: (want: IncidentWant) => unknown,
  more: Partial<IncidentSource> = {},
): CountingSource {
  const rounds: (readonly IncidentWant[])[] = []
  return {
    rounds,
    get: async (id) => ({ incident: { ...incident, id } }),
    fetch: async (wants) => {
      rounds.push(wants)
      return wants.map(answer)
    },
    ...more,
  }
}

/** What a whole incident system would answer. */
function known(want: IncidentWant): unknown {
  switch (want.kind) {
    case 'field':
      return `the ${want.name}`
    case 'artifacts':
      return [{ value: '203.0.113.7', description: null }]
    case 'notes':
      return [{ text: 'Contained.', children: [{ text: 'Good.' }] }]
    case 'datatable':
      return { text: want.name, rows: [{ host: `${want.name}-1` }, { host: `${want.name}-2` }] }
    case 'query':
      return [incident, { id: 7, name: 'Other laptop' }] satisfies Incident[]
  }
}

const go = (
  incidents: IncidentSource,
  inlineTemplate: string,
  more: MailRequest = {},
  signal?: AbortSignal,
) =>
  render({ incidents })({ incident: 2139, inlineTemplate, format: 'html', ...more }, signal ? { signal } : {})

describe('data that a source can only fetch', () => {
  const tenCalls = `
    {% set h = template_helper %}{% set all = [{'field_name': 'name', 'method': 'contains', 'value': 'laptop'}] %}
    <p id="1">{{ h.get_incident_value(incident, 'severity_code') }}</p>
    <p id="2">{{ h.get_incident_value(incident, 'plan_status') }}</p>
    <p id="3">{% for a in h.get_artifacts(artifact) %}{{ a.value }}{% endfor %}</p>
    <p id="4">{% for n in h.get_notes(note) %}{{ n.text }}{% endfor %}</p>
    <p id="5">{{ h.get_datatable('hosts', incident.id) | safe }}</p>
    <p id="6">{{ (h.get_datatable('users', incident.id, false).rows[1] | default({})).host }}</p>
    <p id="7">{{ h.get_datatable_value_array(incident.id, 'ports', 'host') }}</p>
    <p id="8">{{ h.get_datatable_value_array(4, 'hosts', 'host') }}</p>
    <p id="9">{{ h.get_query_result(all, ['name'], [incident.id]) | safe }}</p>
    <p id="10">{{ (h.get_query_result(all, ['id'], [], html=false)[1] | default({})).id }}</p>`

  it('costs one round trip for ten calls, the subject among those who ask', async () => {
    const source = counting(known)
    const subject = "{{ template_helper.get_incident_value(incident, 'severity_code') }}"
    const mail = await go(source, tenCalls, { subject })
    expect(source.rounds).toHaveLength(1)
    expect(source.rounds[0]).toHaveLength(10)
    const page = load(mail.html ?? '')
    const text = (id: number) => page(`[id="${id}"]`).text()
    expect([1, 2, 3, 4, 6, 7, 8, 10].map(text)).toEqual([
      'the severity_code',
      'the plan_status',
      '203.0.113.7',
      'Contained.Good.',
      'users-2',
      'ports-1, ports-2',
      'hosts-1, hosts-2',
      '7',
    ])
    const cells = page('td')
      .toArray()
      .map((cell) => page(cell).text())
    expect(cells).toEqual(['hosts-1', 'hosts-2', 'Other laptop'])
    expect(mail.subject).toBe('the severity_code')
    expect(mail.warnings).toEqual([])
  })

  it('is asked for in plain data', async () => {
    const source = counting(known)
    await go(source, tenCalls)
    expect(source.rounds[0]).toContainEqual({ kind: 'datatable', incidentId: 4, name: 'hosts' })
    expect(source.rounds[0]).toContainEqual({
      kind: 'query',
      conditions: [{ field_name: 'name', method: 'contains', value: 'laptop' }],
      fields: ['name'],
      exclude: [2139],
    })
  })

  it('is asked for once, by however many calls and parts of the mail', async () => {
    const source = counting(known)
    const again = "{{ template_helper.get_incident_value(incident, 'owner') }}"
    await go(source, `${again}${again}`, { subject: again, format: 'auto' })
    expect(source.rounds).toEqual([[{ kind: 'field', incidentId: 2139, name: 'owner' }]])
  })

  it('is not asked for where the incident file has it, or has it empty', async () => {
    const source = counting(known, {
      get: async () => ({
        incident: { ...incident, owner: null },
        artifacts: [],
        notes: [],
        tables: { hosts: { rows: [] } },
      }),
    })
    await go(
      source,
      `{{ template_helper.get_incident_value(incident, 'owner') }}{{ template_helper.get_artifacts(artifact) }}
      {{ template_helper.get_notes(note) }}{{ template_helper.get_datatable('hosts', 2139) }}`,
    )
    expect(source.rounds).toEqual([])
  })

  it('is not asked for where the source cannot get it', async () => {
    const source = counting(known, { fetches: ['notes'] })
    const { text } = await go(source, `${tenCalls}`)
    expect(source.rounds).toEqual([[{ kind: 'notes', incidentId: 2139 }]])
    expect(text).toContain('Contained.')
  })

  it('may lead to the next question', async () => {
    const source = counting((want) =>
      want.kind === 'field' && want.name === 'first' ? 'second' : known(want),
    )
    const { text } = await go(
      source,
      `{% set name = template_helper.get_incident_value(incident, 'first') %}
      {% if name %}{{ template_helper.get_incident_value(incident, name) }}{% endif %}`,
    )
    expect(source.rounds).toHaveLength(2)
    expect(text.trim()).toBe('the second')
  })

  it('that leads on for ever ends in an error that says what is still missing', async () => {
    const endless = counting((want) => (want.kind === 'field' ? `${want.name}x` : null))
    const chain = Array.from(
      { length: 9 },
      () => '{% set n = template_helper.get_incident_value(incident, n) or n %}',
    )
    await expect(go(endless, `{% set n = "a" %}${chain.join('')}{{ n }}`)).rejects.toMatchObject({
      code: 'TEMPLATE_ERROR',
      stage: 'render',
      message: expect.stringMatching(/5 times.*field "axxxxx" of incident 2139/),
    })
    expect(endless.rounds).toHaveLength(5)
  })

  it('is bounded, whatever a loop asks for', async () => {
    const source = counting(known)
    const loop = '{% for i in range(5000) %}{{ template_helper.get_datatable("t" ~ i, 1) }}{% endfor %}'
    await expect(go(source, loop)).rejects.toMatchObject({
      code: 'TEMPLATE_ERROR',
      message: expect.stringContaining('more than 1000 things'),
    })
  })
})

describe('a render that lacked something', () => {
  it('leaves no warning, no error and no text behind', async () => {
    const source = counting(known)
    const template = `{% set table = template_helper.get_datatable('hosts', 2139, false) %}
      {{ table.rows[0].host.upper() }}{% if not table.rows %}{{ nowhere }}{{ 1 / 0 }}LEAK{% endif %}`
    const mail = await go(source, template, {
      subject: '{{ template_helper.get_incident_value(incident, "x") }}',
    })
    expect(mail.text.trim()).toBe('HOSTS-1')
    expect(mail.subject).toBe('the x')
    expect(mail.warnings).toEqual([])
  })

  it('asks for what stands behind the place where it stopped in the same round', async () => {
    const source = counting(known)
    const template = `
      {{ template_helper.get_datatable('hosts', 2139, false).rows[0].host }}
      {{ template_helper.get_incident_value(incident, 'owner_id') }}`
    const { text } = await go(source, template)
    expect(text.split(/\s+/).join(' ')).toBe('hosts-1 the owner_id')
    expect(source.rounds.map((wants) => wants.map(({ kind }) => kind))).toEqual([['datatable', 'field']])
  })

  it('is no reason to call a variable undefined', async () => {
    const template =
      "{% set table = template_helper.get_datatable('hosts', 2139, false) %}{{ table.rows[0] }}"
    const { text } = await go(counting(known), template, { strictUndefined: true })
    expect(text).toContain('hosts-1')
    await expect(
      go(
        counting(() => null),
        template,
        { strictUndefined: true },
      ),
    ).rejects.toMatchObject({ code: 'UNDEFINED_VARIABLE' })
  })

  it("keeps the error that is the template's own", async () => {
    const source = counting(known)
    await expect(
      go(source, "{{ template_helper.get_datatable('hosts', 2139) }}\n{{ nothing.here() }}"),
    ).rejects.toMatchObject({ code: 'TEMPLATE_ERROR', message: expect.stringContaining('line 2') })
    expect(source.rounds).toHaveLength(1)
  })
})

describe('what comes from a source', () => {
  const hostile = '<img src=x onerror=alert(1)><script>alert(1)</script></td></tr></table><b>x</b>'

  it('is cleaned like all else', async () => {
    const source = counting((want) => {
      if (want.kind === 'field') return hostile
      if (want.kind === 'artifacts') return [{ value: hostile }]
      if (want.kind === 'notes') return [{ text: hostile }]
      if (want.kind === 'datatable') return { text: hostile, rows: [{ [hostile]: hostile }] }
      return [{ id: 1, name: hostile }]
    })
    const { html } = await go(
      source,
      `{% set h = template_helper %}{{ h.get_incident_value(incident, 'x') | safe }}
      {{ h.get_artifacts(artifact)[0].value | safe }}{{ h.get_notes(note)[0].text | safe }}
      {{ h.get_datatable('t', 2139) | safe }}{{ h.get_datatable('t', 2139, false).text | safe }}
      {{ h.get_datatable_value_array(2139, 't', 'x') | safe }}
      {{ h.get_query_result([], ['name'], [2139]) | safe }}`,
    )
    const page = load(html ?? '')
    expect(page('script, img, [onerror]')).toHaveLength(0)
    expect(page('table')).toHaveLength(2)
  })

  it('may have any shape', async () => {
    const template = `{% set h = template_helper %}{{ h.get_incident_value(incident, 'x') }}
      {{ h.get_artifacts(artifact) }}{{ h.get_notes(note) }}{{ h.get_datatable('t', 2139) }}
      {{ h.get_datatable_value_array(2139, 't', 'x') }}{{ h.get_query_result([], ['name'], [2139]) }}`
    const odd = [7, 'x', true, [], [1, null, 'x'], {}, { rows: 'x' }, { columns: [1], rows: [1, null] }, null]
    for (const answer of odd) {
      await expect(
        go(
          counting(() => answer),
          template,
        ),
      ).resolves.toMatchObject({ warnings: [] })
    }
  })

  it.each([
    ['too few answers', () => Promise.resolve([]), 'gave 0 answers for 1 wants'],
    ['no list', () => Promise.resolve(JSON.parse('{}')), 'gave no list of answers'],
    ['an error', () => Promise.reject(new TypeError('fetch failed')), 'fetch failed'],
  ])('and is %s, is an error that says what was asked for', async (_, fetch, message) => {
    const error: unknown = await go(
      counting(known, { fetch }),
      "{{ template_helper.get_datatable('hosts', 2139) }}",
    ).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'INCIDENT_SOURCE_FAILED',
      stage: 'render',
      field: 'incidents',
      temporary: true,
    })
    expect(String(error)).toContain('the incident source failed to get table "hosts" of incident 2139')
    expect(String(error)).toContain(message)
  })

  it("is the source's own error where it throws one of this package's", async () => {
    const own = new IncidentMailerError('FILE_UNREADABLE', 'no')
    const fetch = () => Promise.reject(own)
    await expect(go(counting(known, { fetch }), '{{ template_helper.get_notes(note) }}')).rejects.toBe(own)
  })

  it('is an error too where the incident itself cannot be got', async () => {
    const get = () => Promise.reject(new Error('503'))
    await expect(go(counting(known, { get }), 'x')).rejects.toMatchObject({
      code: 'INCIDENT_SOURCE_FAILED',
      message: expect.stringContaining('incident 2139: "503"'),
    })
  })

  it.each([
    ['heeds the signal', true],
    ['never ends by itself', false],
  ])('comes no more once the caller stops a source that %s', async (_, heeds) => {
    const controller = new AbortController()
    const fetch: IncidentSource['fetch'] = (_wants, { signal }) =>
      new Promise((_resolve, reject) => {
        if (heeds) signal?.addEventListener('abort', () => reject(signal.reason))
        setImmediate(() => controller.abort())
      })
    const stopped = go(
      counting(known, { fetch }),
      '{{ template_helper.get_notes(note) }}',
      {},
      controller.signal,
    )
    await expect(stopped).rejects.toMatchObject({ code: 'ABORTED', stage: 'render' })
  })
})

describe('a folder of incident files', () => {
  it('tells a mail about other incidents, their tables and the action', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'related-'))
    const write = (name: string, content: unknown) => writeFile(join(folder, name), JSON.stringify(content))
    await write('2139.json', {
      incident: { id: 2139, name: 'Lost laptop', owner: 'Ann' },
      action: {
        properties: { urgency: 2 },
        fields: { urgency: { values: [{ value: 2, label: 'Tonight' }] } },
      },
    })
    await write('7.json', {
      incident: { id: 7, name: 'Other laptop', owner: 'Ann' },
      tables: { hosts: { columns: [{ name: 'host', text: 'Host' }], rows: [{ host: 'pc-7' }] } },
    })
    await write('8.json', { incident: { id: 8, name: 'Phishing', owner: 'Bob' } })
    const notifier = await createNotifier({ incidents: jsonFolder(folder) })
    const { html, text, warnings } = await notifier.render({
      incident: 2139,
      inlineTemplate: `{{ template_helper.get_query_result(
          [{'field_name': 'owner', 'method': 'equals', 'value': incident.owner}], ['name'], [incident.id]) | safe }}
        {{ template_helper.get_datatable('hosts', 7) | safe }}
        <p>{{ template_helper.get_action_field_value(action, 'urgency') }}</p>`,
    })
    await notifier.close()
    await rm(folder, { recursive: true })
    const page = load(html ?? '')
    expect(page('td').text()).toBe('Other laptoppc-7')
    expect(page('p').text()).toBe('Tonight')
    expect(text).toContain('Other laptop')
    expect(warnings).toEqual([])
  })
})
