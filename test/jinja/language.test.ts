import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createEnvironment, Markup, templateVariables } from '../../src/jinja/environment.js'
import { TemplateError } from '../../src/jinja/template-error.js'

const data = {
  incident: {
    id: 7,
    name: 'R&D <x>',
    tags: ['b', 'a', 'C'],
    nothing: null,
    yes: true,
    items: 'a field',
    nested: { a: { b: 1 } },
  },
}
const environment = createEnvironment({ folders: [] })

function rendered(source: string, options = {}) {
  return environment.source(source, 'mail', templateVariables(data), { autoescape: true, ...options })
}
const text = (source: string) => rendered(source).text

function errorOf(source: string, options = {}): TemplateError {
  try {
    rendered(source, options)
  } catch (error) {
    if (error instanceof TemplateError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('what is undefined', () => {
  it('prints nothing and is named with its place', () => {
    const { text: printed, undefinedVariables } = rendered(
      'a{{ nope }}\n {{ incident.x }}{{ incident["two words"] | upper }}{% for a in missing %}{% endfor %}{{ f(1) if g }}',
    )
    expect(printed).toBe('a\n ')
    expect(undefinedVariables.map(({ name, line }) => `${name}:${line}`)).toEqual([
      'nope:1',
      'incident.x:2',
      'incident.two words:2',
      'missing:2',
    ])
  })

  it('is not reported where the template asks whether it is there', () => {
    const { undefinedVariables } = rendered(
      '{{ nope | default("x") }}{% if nope %}{% endif %}{{ nope is defined }}{{ nope or 1 }}{{ incident.nothing }}',
    )
    expect(undefinedVariables).toEqual([])
  })

  it('is an error when the render is strict', () => {
    const error = errorOf('\n{{ incident.nope }}', { strictUndefined: true })
    expect(error.kind).toBe('undefined')
    expect(error.message).toBe('incident.nope is undefined')
    expect(error.location).toEqual({ template: 'mail', line: 2, column: 4 })
  })
})

describe('errors say where', () => {
  it.each([
    ['\n\n  {{ 1 | uper }}', 'uper', 3],
    ['\n{{ nope() }}', 'nope is undefined, so it cannot be called', 2],
    ['\n{{ template_helper.get_datatable("x") }}', "'template_helper' is undefined", 2],
    ['\n{{ incident.get_datatable("x") }}', 'incident.get_datatable is undefined', 2],
    ['\n{{ incident.x.y }}', "'dict object' has no attribute 'x'", 2],
    ['{% if %}', '', 1],
    ['a\n{% for x in 1 %}{% endfor %}', "'int' object is not iterable", 2],
    ['a\n{{ 1 / 0 }}', 'division by zero', 2],
    ['a\n{% autoescape nope.x %}{% endautoescape %}', "'nope' is undefined", 2],
    ['{{ 1 }}\n{% macro m(a=nope.x) %}{% endmacro %}{{ m() }}', "'nope' is undefined", 2],
    ['a\n{% nope %}', 'there is no tag named "nope"', 2],
    ['{% if x %}\n{% endfor %}', 'expected elif or else or endif', 2],
    ['{% for x y %}{% endfor %}', 'expected in, found "y"', 1],
    ['{{ 1\n 2 }}', 'expected }}, found "2"', 2],
    ['{% macro m(a) %}{% endmacro %}\n{{ m(1, 2) }}', 'at most 1 argument, not 2', 2],
    ['{% macro m(a) %}\n{{ a / 0 }}{% endmacro %}\n\n{{ m(1) }}', 'division by zero', 2],
    ['{{ "a" is odder }}', 'odder', 1],
    ['\n{% include "x.html" %}', 'x.html', 2],
  ])('%j', (source, message, line) => {
    const error = errorOf(source)
    expect(error.message).toContain(message)
    expect(error.location).toMatchObject({ template: 'mail', line })
  })

  it('a tag that is not closed is named with its line, the innermost first', () => {
    const source = '{% if a %}{% endif %}\n{% if b %}\n{% for c in d %}\n'
    expect(() => text(source)).toThrow('is missing for the {% for %} of line 3')
    expect(() => text(`${source}{% endfor %}`)).toThrow('is missing for the {% if %} of line 2')
  })

  it('an unknown test, tag and argument come with those there are', () => {
    expect(errorOf('{{ 1 is od }}').unknown).toMatchObject({ known: expect.arrayContaining(['odd']) })
    expect(errorOf('{% fro x in y %}').unknown).toMatchObject({ known: expect.arrayContaining(['for']) })
    expect(errorOf('{% if 1 %}{% endfi %}').unknown).toMatchObject({
      known: expect.arrayContaining(['endif']),
    })
    const macro = '{% macro m(colour) %}{% endmacro %}{{ m(color=1) }}'
    expect(errorOf(macro).unknown).toEqual({ name: 'color', known: ['colour'] })
  })

  it('an unknown filter comes with those there are', () => {
    expect(errorOf('{{ 1 | uper }}').unknown).toMatchObject({
      name: 'uper',
      known: expect.arrayContaining(['upper']),
    })
  })

  it.each([
    '{{',
    '{% if x',
    '{{ a.',
    '{{ "a',
    '{# x',
    '{% block a %}',
    '{{ (1',

    '{% set x %}',
    '{{ a[',
    '{{ a(',
    '{{ 1 + }}',
  ])('%s, which just ends', (source) => {
    expect(errorOf(source).message).not.toBe('')
  })
})

describe('template files', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'jinja-'))
    await writeFile(
      join(folder, 'base.html'),
      '<{% block a %}base{% endblock %}|{% block b %}b{% endblock %}>',
    )
    await writeFile(
      join(folder, 'child.html'),
      '{% extends "base.html" %}{% set x = 1 %}{% block a %}{{ super() }}+{{ x }}{{ incident.id }}{% endblock %}',
    )
    await writeFile(
      join(folder, 'grand.html'),
      '{% extends "child.html" %}{% block a %}{{ super() }}!{% endblock %}{% block b %}B{% endblock %}',
    )
    await writeFile(
      join(folder, 'macros.html'),
      '{% macro hi(n) %}<b>{{ n }}</b>{% endmacro %}{% set v = 5 %}',
    )
    await writeFile(
      join(folder, 'use.html'),
      '{% import "macros.html" as m %}{% from "macros.html" import hi as hello, v %}{{ m.hi("<") }}{{ hello(2) }}{{ v }}',
    )
    await writeFile(
      join(folder, 'inc.html'),
      '{% for t in incident.tags %}{% set n = loop.index %}{% include "part.html" %}{% endfor %}{% include "nope.html" ignore missing %}',
    )
    await writeFile(join(folder, 'part.html'), '[{{ t }}{{ n }}]')
    await writeFile(join(folder, 'broken.html'), 'x\n\n{{ 1 | nofilter }}')
    await writeFile(join(folder, 'outer.html'), '\n{% include "broken.html" %}')
    await writeFile(join(folder, 'self.html'), '{% include "self.html" %}')
    await writeFile(join(folder, 'circle.html'), '{% extends "circle.html" %}')
  })
  afterAll(() => rm(folder, { recursive: true }))

  const file = (name: string, env = createEnvironment({ folders: [folder] })) =>
    env.file(name, templateVariables(data), { autoescape: true }).text

  it('extend one another over several levels', () => {
    expect(file('child.html')).toBe('<base+17|b>')
    expect(file('grand.html')).toBe('<base+17!|B>')
  })

  it('import and include one another', () => {
    expect(file('use.html')).toBe('<b>&lt;</b><b>2</b>5')
    expect(file('inc.html')).toBe('[b1][a2][C3]')
  })

  it('are named in errors, the inner one with its own line', () => {
    try {
      file('outer.html')
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({ location: { template: 'broken.html', line: 3 } })
    }
  })

  it('cannot include or extend themselves for ever', () => {
    expect(() => file('self.html')).toThrow(/levels inside one another/)
    expect(() => file('circle.html')).toThrow(/levels inside one another|nested too deeply/)
  })

  it('are read again after they changed', async () => {
    const env = createEnvironment({ folders: [folder] })
    await writeFile(join(folder, 'changing.html'), 'one')
    expect(file('changing.html', env)).toBe('one')
    await writeFile(join(folder, 'changing.html'), 'two')
    await utimes(join(folder, 'changing.html'), new Date(), new Date(Date.now() + 5000))
    expect(file('changing.html', env)).toBe('two')
  })
})

describe('what an environment adds', () => {
  const own = createEnvironment({
    folders: [],
    filters: { shout: { parameters: ['text', 'mark'], call: (text, mark = '!') => `${text}${mark}` } },
    tests: { short: { parameters: ['text'], call: (text) => String(text).length < 3 } },
    globals: {
      product: 'mailer <3',
      twice: { parameters: ['number'], call: (number: unknown) => Number(number) * 2 },
    },
    tags: {
      box: {
        body: true,
        render: ({ named }, body) => new Markup(`<div class="${named.kind}">${body}</div>`),
      },
      greet: { render: ({ placed }) => `hello ${placed.join(' and ')}` },
    },
  })
  const go = (source: string) =>
    own.source(source, 'mail', templateVariables(data), { autoescape: true }).text

  it('filters, whose results are escaped', () => {
    expect(go('{{ "<a>" | shout }} {{ "b" | shout(mark="?") }} {{ ["x"] | map("shout") | first }}')).toBe(
      '&lt;a&gt;! b? x!',
    )
  })

  it('tests', () => {
    expect(
      go('{{ "ab" is short }} {{ "abc" is not short }} {{ ["a", "bcd"] | select("short") | list }}'),
    ).toBe('True True [&#39;a&#39;]')
  })

  it('globals, which imported templates see too', () => {
    expect(go('{{ product }} {{ twice(4) }} {{ twice(number=5) }}')).toBe('mailer &lt;3 8 10')
  })

  it('globals that are none, and so are there', () => {
    const { source } = createEnvironment({ folders: [], globals: { nobody: null } })
    const asked = '{{ nobody is defined }} {{ nobody is none }} {{ nobody }}'
    const how = { autoescape: true, strictUndefined: true }
    expect(source(asked, 'mail', templateVariables({}), how)).toEqual({
      ...{ text: 'True True None', undefinedVariables: [] },
    })
  })

  it('globals that are data, which no render changes for the next', () => {
    const shared = createEnvironment({ folders: [], globals: { list: [1] } })
    const source = '{% do list.append(2) %}{{ list }}'
    const once = () => shared.source(source, 'mail', templateVariables({}), { autoescape: true }).text
    expect([once(), once()]).toEqual(['[1, 2]', '[1, 2]'])
  })

  it('tags with and without a body; text is escaped, markup is not', () => {
    expect(go('{% box kind="note" %}{{ incident.name }}{% endbox %}')).toBe(
      '<div class="note">R&amp;D &lt;x&gt;</div>',
    )
    expect(go('{% greet "a", "<b>" %}')).toBe('hello a and &lt;b&gt;')
    expect(() => go('{% box %}')).toThrow('{% endbox %} is missing for the {% box %} of line 1')
  })

  it('none of which another environment knows', () => {
    expect(() => text('{{ 1 | shout }}')).toThrow('there is no filter named "shout"')
    expect(() => text('{% greet 1 %}')).toThrow('there is no tag named "greet"')
  })
})

describe('the bounds of a render', () => {
  it.each([
    ['steps', { steps: 100 }, '{% for i in range(1000) %}{% endfor %}'],
    ['output', { output: 100 }, '{% for i in range(1000) %}text{% endfor %}'],
    ['nesting', { nesting: 10 }, '{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}'],
    ['time', { time: -1 }, '{% for i in range(99999) %}{% endfor %}'],
  ] as const)('%s, with an error of its own', (kind, bounds, source) => {
    const bounded = createEnvironment({ folders: [], bounds })
    const run = () => bounded.source(source, 'mail', templateVariables({}), { autoescape: true })
    expect(run).toThrow(expect.objectContaining({ kind }))
  })
})
