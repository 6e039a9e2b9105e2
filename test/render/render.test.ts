import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MailRequest } from '../../src/mail.js'
import { type RenderOptions, render } from '../../src/render/render.js'

let folder = ''
let templates: RenderOptions['templates'] = {}
const incident = { id: 7, name: 'R&D laptop <lost>', severity_code: 'High' }

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'render-')))
  const write = (name: string, content: string) => writeFile(join(folder, name), content)
  await mkdir(join(folder, 'elsewhere'))
  await write('page.njk', '<html><body><p>{{ incident.name }}</p></body></html>')
  await write('plain.njk', 'Name: {{ incident.name }}\n')
  await write('twin.html', '<p>{{ incident.name }}</p>')
  await write('twin.txt', 'text of {{ incident.name }}')
  await write('bad.njk', '<p>\n{{ incident.name | uper }}')
  await write('missing.njk', '<p>{{ incident.nmae }}{{ incident.nmae }}</p>')
  await write('child.njk', '{% extends "frame.njk" %}{% block a %}{{ incident.name }}{% endblock %}')
  await write('frame.njk', '<div>{% block a %}{% endblock %}</div>')
  await symlink(join(folder, 'page.njk'), join(folder, 'elsewhere', 'linked.njk'))
  templates = {
    page: join(folder, 'page.njk'),
    plain: join(folder, 'plain.njk'),
    twin: {
      html: join(folder, 'twin.html'),
      text: join(folder, 'twin.txt'),
      subject: 'Own: {{ incident.name }}',
    },
    textOnly: { text: join(folder, 'twin.txt') },
    neither: { subject: 'x' },
    bad: join(folder, 'bad.njk'),
    missing: join(folder, 'missing.njk'),
    child: join(folder, 'child.njk'),
    linked: join(folder, 'elsewhere', 'linked.njk'),
    gone: join(folder, 'gone.njk'),
  }
})
afterAll(() => rm(folder, { recursive: true }))

const go = (request: MailRequest, options: RenderOptions = {}) =>
  render({ templates, ...options })({ subject: 'S', incident, ...request }, {})

describe('which content a mail has', () => {
  it('a template by its label, escaped where it is HTML', async () => {
    const mail = await go({ template: 'page' })
    expect(mail.html).toBe('<html><body><p>R&amp;D laptop &lt;lost&gt;</p></body></html>')
    expect(mail.text).toBe('R&D laptop <lost>')
    expect(mail.imageFolder).toBe(folder)
  })

  it('a plain-text template is never escaped', async () => {
    const mail = await go({ template: 'plain' })
    expect(mail).toMatchObject({ html: null, text: 'Name: R&D laptop <lost>', imageFolder: null })
  })

  it('what an incident says does not make a text HTML', async () => {
    const mail = await go({ template: 'plain', incident: { id: 1, name: '<b>bold</b><table><tr><td>' } })
    expect(mail).toMatchObject({ html: null, text: 'Name: <b>bold</b><table><tr><td>' })
  })

  it('a template with a twin and a subject of its own', async () => {
    const mail = await go({ template: 'twin', subject: '' })
    expect(mail).toMatchObject({
      html: '<p>R&amp;D laptop &lt;lost&gt;</p>',
      text: 'text of R&D laptop <lost>',
      subject: 'Own: R&D laptop <lost>',
    })
  })

  it('a child template is HTML when what it extends is', async () => {
    expect((await go({ template: 'child' })).html).toBe('<div>R&amp;D laptop &lt;lost&gt;</div>')
  })

  it('a template that is only text, or a linked file', async () => {
    expect(await go({ template: 'textOnly' })).toMatchObject({
      html: null,
      text: 'text of R&D laptop <lost>',
    })
    expect((await go({ template: 'linked' })).imageFolder).toBe(folder)
  })

  it('an inline template, HTML or text', async () => {
    const html = await go({ inlineTemplate: '<b>{{ incident.name }}</b>' })
    expect(html).toMatchObject({ html: '<b>R&amp;D laptop &lt;lost&gt;</b>', imageFolder: null })
    const text = await go({ inlineTemplate: '{{ incident.name }}' })
    expect(text).toMatchObject({ html: null, text: 'R&D laptop <lost>' })
  })

  it('a body as it is, never rendered', async () => {
    const body = '<p>{{ incident.name }} {% nope %} &copy; <b>x</b></p>'
    expect(await go({ body })).toMatchObject({ html: body, text: '{{ incident.name }} {% nope %} © x' })
    expect(await go({ body: 'R&D {{ x }}' })).toMatchObject({ html: null, text: 'R&D {{ x }}' })
  })

  it('a body with a text of its own', async () => {
    expect(await go({ body: '<p>x</p>', textBody: 'own text' })).toMatchObject({
      html: '<p>x</p>',
      text: 'own text',
    })
    expect(await go({ textBody: 'only text' })).toMatchObject({ html: null, text: 'only text' })
  })

  it.each([
    'a < b and c > d',
    'Mail <alice@example.com>',
    'See <https://example.com/a>',
    'x <y and z> w',
    '1 <b 2',
    '{"a": "<x>"}',
  ])('%s is plain text', async (body) => {
    expect(await go({ body })).toMatchObject({ html: null, text: body })
  })

  it.each([
    '<p>x',
    'Hello<br>there',
    '<!DOCTYPE html><title>x</title>y',
    '<b>x</b>',
    'x <a href="https://e.example">y</a>',
    '\n <TABLE><TR><TD>x',
  ])('%s is HTML', async (body) => {
    expect((await go({ body })).html).toBe(body)
  })

  it('format wins over what the content looks like', async () => {
    expect(await go({ body: '<p>x</p>', format: 'text' })).toMatchObject({ html: null, text: '<p>x</p>' })
    expect((await go({ body: 'x', format: 'html' })).html).toBe('x')
    expect(await go({ template: 'twin', format: 'text' })).toMatchObject({
      html: null,
      text: 'text of R&D laptop <lost>',
    })
    expect((await go({ inlineTemplate: '{{ incident.name }}', format: 'html' })).html).toBe(
      'R&amp;D laptop &lt;lost&gt;',
    )
    expect(await go({ inlineTemplate: '<b>{{ incident.name }}</b>', format: 'text' })).toMatchObject({
      html: null,
      text: '<b>R&D laptop <lost></b>',
    })
  })

  it('the default template where the request says nothing', async () => {
    expect((await go({}, { defaultTemplate: 'plain' })).text).toContain('Name: ')
    expect(
      (await go({ template: '', inlineTemplate: '', body: '' }, { defaultTemplate: 'plain' })).text,
    ).toContain('Name: ')
    expect((await go({ body: 'x' }, { defaultTemplate: 'plain' })).text).toBe('x')
  })
})

describe('what cannot be rendered', () => {
  it.each<[MailRequest, string, string | RegExp]>([
    [{}, 'NO_CONTENT', 'body'],
    [{ template: 'page', inlineTemplate: 'x' }, 'TEMPLATE_CONFLICT', 'inlineTemplate'],
    [{ template: 'pgae' }, 'UNKNOWN_TEMPLATE', /did you mean page\?.*incident-summary/],
    [{ template: '../page' }, 'UNKNOWN_TEMPLATE', '../page'],
    [{ template: '_base' }, 'UNKNOWN_TEMPLATE', '_base'],
    [{ template: 'constructor' }, 'UNKNOWN_TEMPLATE', 'constructor'],
    [{ template: 'neither' }, 'INVALID_CONFIG', 'templates.neither'],
    [{ template: 'gone' }, 'FILE_NOT_FOUND', 'gone.njk'],
    [{ template: 'bad' }, 'TEMPLATE_ERROR', /bad\.njk, line 2, column \d+: .*uper.*did you mean upper/],
    [{ inlineTemplate: '{{ 1 +' }, 'TEMPLATE_ERROR', 'inlineTemplate'],
    [{ inlineTemplate: '{% include "page.njk" %}' }, 'TEMPLATE_ERROR', 'page.njk'],
    [
      { inlineTemplate: '{{ template_helper.get_nothing("x") }}' },
      'TEMPLATE_ERROR',
      /get_nothing is undefined, so it cannot be called$/,
    ],
    [
      { inlineTemplate: '{{ template_helper.get_artefacts(artifact) }}' },
      'TEMPLATE_ERROR',
      'get_artefacts is undefined, so it cannot be called; did you mean get_artifacts?',
    ],
    [
      { inlineTemplate: '{{ template_helper["get_note"](note) }}' },
      'TEMPLATE_ERROR',
      'did you mean get_notes?',
    ],
    [{ inlineTemplate: '{{ mail.subject.uper() }}', subject: 'x' }, 'TEMPLATE_ERROR', 'did you mean upper?'],
    [{ inlineTemplate: '{{ template_helper.generate_incident_url(1) }}' }, 'TEMPLATE_ERROR', 'links.baseUrl'],
    [{ body: 'x', subject: '{{ 1 +' }, 'TEMPLATE_ERROR', 'subject'],
    [{ body: 'x', incident: 7 }, 'UNKNOWN_INCIDENT', 'no incident source'],
    [
      { template: 'missing', strictUndefined: true },
      'UNDEFINED_VARIABLE',
      /missing\.njk, line 1, column 7: incident\.nmae is undefined/,
    ],
    [{ body: 'x', subject: 'a\r\nBcc: eve@example.com' }, 'HEADER_INJECTION', 'subject'],
    [{ body: 'x', subject: 'a\nb' }, 'HEADER_INJECTION', 'subject'],
    [{ body: 'x', subject: '', incident: {} }, 'INVALID_REQUEST', 'subject'],
  ])('%j', async (request, code, message) => {
    const error: unknown = await go(request).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ name: 'IncidentMailerError', code, stage: 'render' })
    expect(String(error)).toMatch(message)
  })

  it('a job that was stopped', async () => {
    const stopped = render({})({ body: 'x', subject: 's' }, { signal: AbortSignal.abort() })
    await expect(stopped).rejects.toMatchObject({ code: 'ABORTED', stage: 'render' })
  })
})

describe('warnings', () => {
  it('name an undefined variable once, with its place', async () => {
    const { warnings, html } = await go({ template: 'missing' })
    expect(html).toBe('<p></p>')
    expect(warnings).toEqual([
      {
        code: 'UNDEFINED_VARIABLE',
        message: 'missing.njk, line 1, column 7: incident.nmae is undefined and prints nothing',
      },
    ])
  })

  it('say that a body is not used', async () => {
    expect((await go({ template: 'page', body: 'x' })).warnings).toMatchObject([{ code: 'UNUSED_BODY' }])
    expect((await go({ template: 'page', body: 'x' })).html).not.toContain('x</')
    expect((await go({ template: 'page', body: 'x', mergeBody: true })).warnings).toEqual([])
  })
})

describe('mergeBody', () => {
  const merge = (inlineTemplate: string, body: string, more: MailRequest = {}) =>
    go({ inlineTemplate, body, mergeBody: true, ...more })

  it('puts a fragment into a document', async () => {
    const { html, text } = await merge('<html><body><p>T</p></body></html>', '<p>B</p>')
    expect(html?.replace(/\n/g, '')).toBe('<html><body><p>T</p><p>B</p></body></html>')
    expect(text).toBe('T\n\nB')
  })

  it('puts a fragment in front of a document, whose head stays', async () => {
    const body =
      '<!doctype html><html><head><style>p{}</style></head><body class="a>b"><p>B</p></body></html>'
    const { html } = await merge('<p>T</p>', body)
    expect(html?.replace(/\n/g, '')).toBe(body.replace('<p>B</p>', '<p>T</p><p>B</p>'))
  })

  it('puts the inside of a document into a document, with its styles', async () => {
    const body =
      '<html><head><title>no</title><style>p{}</style></head><body bgcolor="#fff"><p>B</p></body></html>'
    const { html } = await merge('<html><body><p>T</p></body></html>', body)
    expect(html?.replace(/\n/g, '')).toBe('<html><body><p>T</p><style>p{}</style><p>B</p></body></html>')
  })

  it('keeps the lines of a plain-text body, escaped', async () => {
    const { html, text } = await merge('<p>T</p>', 'a < b\nR&D  x')
    expect(html).toContain('<div>a &lt; b<br>\nR&amp;D&nbsp; x</div>')
    expect(text).toBe('T\n\na < b\nR&D  x')
  })

  it('turns a plain-text template into HTML for an HTML body', async () => {
    const { html, text } = await merge('a < {{ incident.id }}', '<html><body><p>B</p></body></html>')
    expect(html?.replace(/\n/g, '')).toBe('<html><body><div>a &lt; 7</div><p>B</p></body></html>')
    expect(text).toBe('a < 7\n\nB')
  })

  it('joins texts, and the twins of either', async () => {
    expect(await merge('T', 'B')).toMatchObject({ html: null, text: 'T\n\nB' })
    expect((await merge('<p>T</p>', '<p>B</p>', { textBody: 'own' })).text).toBe('T\n\nown')
    expect((await go({ template: 'twin', body: '<p>B</p>', mergeBody: true })).text).toBe(
      'text of R&D laptop <lost>\n\nB',
    )
  })

  it('never renders the body', async () => {
    expect((await merge('<p>T</p>', '<p>{{ 1 + 1 }}{% nope %}</p>')).html).toContain('{{ 1 + 1 }}{% nope %}')
  })

  it('is the body alone where there is no template', async () => {
    expect((await go({ body: 'B', mergeBody: true })).text).toBe('B')
  })
})

describe('the subject', () => {
  const subject = async (request: MailRequest) => (await go({ body: 'x', subject: '', ...request })).subject

  it("is a template that is not escaped, else the incident's number and name", async () => {
    expect(await subject({ subject: 'Re: {{ incident.name }}' })).toBe('Re: R&D laptop <lost>')
    expect(await subject({})).toBe('[7] R&D laptop <lost>')
    expect(await subject({ incident: { name: 'x' } })).toBe('x')
    expect(await subject({ incident: { id: 7 } })).toBe('[7]')
    expect(await subject({ headers: { Subject: 'Own' } })).toBe('[7] R&D laptop <lost>'.replace(/.*/, 'Own'))
  })

  it.each([
    ['a\r\nBcc: eve@example.com', 'a Bcc: eve@example.com'],
    ['a\u2028b\u0085c\u000bd\te', 'a b c d e'],
    ['\u202egnp.exe\u202c \u2066x\u2069 \u200f', 'gnp.exe x'],
    ['a\u0000b\u001b[31mc\u007f', 'ab[31mc'],
    ['x\ud800y', 'x\ufffdy'],
    ['{{ 7 * 7 }}', '{{ 7 * 7 }}'],
  ])("an incident's name of %j is one harmless line", async (name, expected) => {
    expect(await subject({ incident: { name } })).toBe(expected)
    expect(await subject({ incident: { name }, subject: '{{ incident.name }}' })).toBe(expected)
  })
})

describe('what a template sees', () => {
  it("the incident, its artifacts and notes as IBM's templates do, the mail, and the helper", async () => {
    const file = { incident, artifacts: [{ value: 'v' }], notes: [{ text: 'n', children: [{ text: 'r' }] }] }
    const source = `{{ incident.id }}{{ artifact.data[0].value }}{{ note.root_comments[0].text }}{{ mail.to }}{{ mail.tlp }}
      {%- for n in template_helper.get_notes(note, get_children=True) %}{{ n.get("text", "") }}{% endfor %}
      {{- template_helper.get_incident_value(incident, 'severity_code') }}`
    const { text } = await go({ incident: file, inlineTemplate: source, to: 'a@example.com', tlp: 'red' })
    expect(text).toBe('7vna@example.comrednrHigh')
  })

  it('neither blind copies nor certificates', async () => {
    const source = '{{ mail.bcc }}{{ mail.encryptionCertificates }}{{ mail.headers }}{{ mail }}'
    const { text } = await go({
      inlineTemplate: source,
      bcc: 'eve@example.com',
      encryptionCertificates: 'SECRET',
    })
    expect(text).not.toMatch(/eve|SECRET/)
  })

  it.each(['mail', 'mail.keys() | list', 'mail.items() | list', 'mail | tojson'])(
    'neither of them nor their names in {{ %s }}',
    async (printed) => {
      const { text } = await go({
        inlineTemplate: `{{ ${printed} }}`,
        format: 'text',
        to: 'ann@example.com',
        bcc: 'eve@example.com',
        encryptionCertificates: 'SECRET',
        headers: { 'X-Secret': 'SECRET' },
      })
      expect(text).toMatch(/\bto\b/)
      expect(text).not.toMatch(/bcc|eve|ertificate|headers|SECRET/i)
    },
  )

  it('an incident that is nested too deeply is said to be wrong, not the template', async () => {
    const deep: unknown = JSON.parse('['.repeat(3000) + ']'.repeat(3000))
    await expect(
      go({ incident: { ...incident, owner_id: deep }, template: 'incident-summary' }),
    ).rejects.toMatchObject({
      code: 'INVALID_INCIDENT',
      stage: 'render',
      field: 'incident',
      message: expect.stringContaining('levels deep'),
    })
    const endless: Record<string, unknown> = { ...incident }
    endless.owner_id = endless
    await expect(go({ incident: endless, template: 'incident-summary' })).rejects.toMatchObject({
      code: 'INVALID_INCIDENT',
    })
  })

  it('rich text that is cleaned before `safe` lets it through', async () => {
    const hostile = {
      id: 1,
      name: 'x',
      description: { format: 'html', content: '</td></tr></table><script>alert(1)</script><b>ok</b>' },
    }
    const { html } = await go({
      incident: hostile,
      inlineTemplate:
        "<table><tr><td>{{ template_helper.get_incident_value(incident, 'description') | safe }}</td></tr></table>",
    })
    expect(html).toBe('<table><tr><td><b>ok</b></td></tr></table>')
  })
})

describe('the plain-text alternative', () => {
  const text = async (body: string) => (await go({ body })).text

  it('shows data tables in columns', async () => {
    expect(
      await text(
        '<table><tr><th>Value</th><th>Type</th></tr><tr><td>203.0.113.7</td><td>IP</td></tr></table>',
      ),
    ).toBe('Value         Type\n203.0.113.7   IP')
  })

  it('shows tables of a layout as lines', async () => {
    expect(
      await text(
        '<table><tr><td><h2>A</h2></td></tr><tr><td>Severity:</td><td>Low</td></tr><tr><td>x</td></tr></table>',
      ),
    ).toBe('A\n\nSeverity: Low\nx')
  })

  it('shows links with their addresses, lists, headings, and what images show', async () => {
    expect(await text('<h1>Title</h1><ul><li>one</li><li>two</li></ul><ol><li>a</li></ol>')).toBe(
      'Title\n\n - one\n - two\n\n 1. a',
    )
    expect(
      await text(
        '<p><a href="https://a.example/x">open</a> <a href="https://b.example">https://b.example</a></p>',
      ),
    ).toBe('open <https://a.example/x> https://b.example')
    expect(
      await text('<p><img src="x.png" alt="Chart of logins"><img src="y.png" alt=""> &amp; more</p>'),
    ).toBe('[Chart of logins] & more')
    expect(await text('<p>next<img alt="Chart"></p>')).toBe('next[Chart]')
  })

  it('costs no more than its length, however deep the elements stand', async () => {
    for (const unit of ['<b>', '<table><tr><td>', '<ul><li>', '<a href="x">']) {
      expect(await text(`${unit.repeat(30_000)}end`)).toContain('end')
    }
    expect(await text(`<pre>a${' '.repeat(200_000)}b</pre>`)).toMatch(/^a\s+b$/)
  })

  it.each([
    '<table><tr><td colspan=100000>a</td><td>b</td></tr></table>',
    '<table><tr><td rowspan=10000 colspan=10000>a</td><td>b</td></tr></table>',
    '<table><tr><td colspan=1e9>a</td><td rowspan=Infinity colspan=-1>b</td></tr></table>',
    `<table><tr>${'<td rowspan=99 colspan=99>a</td>'.repeat(500)}<td>b</td></tr></table>`,
  ])('does not fill in what cells span for ever: %.60s', async (body) => {
    expect(await text(body)).toMatch(/^a[\sa]*b$/)
  })

  it.each(['<b></i>', '<b></br>', '<br>', '<p>x</p>', '<li>', '<img>', '<x-y></x>', '<td colspan=9>'])(
    'does not take quadratic time on %s, 100,000 times',
    async (unit) => {
      expect(await text(`<p>first</p>${unit.repeat(100_000)}<p>last</p>`)).toMatch(/^first[\sx]*last$/)
    },
  )

  it('is not many times as long as the mail', async () => {
    const body = `${'<blockquote>'.repeat(400)}${'x y '.repeat(5000)}`
    expect((await text(body))?.length).toBeLessThan(11 * body.length)
  })

  it('of a mail too large to be laid out has its words, and no styles or scripts', async () => {
    const page = `<style>p { color: red }</style><p>first &amp; ${'word '.repeat(450_000)}</p><script>x()</script><p>last</p>`
    expect(await text(page)).toMatch(/^first & word [word ]*word\nlast$/)
    expect(await text(`${'<br>'.repeat(50_000)}a<style>${'<style>'.repeat(100_000)}`)).toBe('a')
  })
})
