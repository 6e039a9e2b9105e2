import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createEnvironment, templateVariables } from '../../src/jinja/environment.js'
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

describe('expressions', () => {
  it.each([
    ['{{ 1 + 2 * 3 }} {{ 7 // 2 }} {{ 7 % 4 }} {{ 2 ** 3 }} {{ - -5 }} {{ (1 + 2) * 3 }}', '7 3 3 8 5 9'],
    ['{{ "a" ~ 1 ~ "b" }} {{ "a" + "b" }} {{ [1] + [2] }}', 'a1b ab [1, 2]'],
    ['{{ 1 < 2 < 3 }} {{ 3 > 2 > 2 }} {{ "a" == "a" }} {{ 1 == "1" }}', 'True False True False'],
    [
      '{{ 1 in [1, 2] }} {{ 3 not in [1, 2] }} {{ "a" in "cat" }} {{ "id" in incident }}',
      'True True True True',
    ],
    ['{{ None }}{{ none }}|{{ True }} {{ false }}', '|True False'],
    ['{{ "yes" if [] else "no" }} {{ "yes" if {} else "no" }} {{ "yes" if not "" }}', 'no no yes'],
    ['{{ incident.nothing or "x" }} {{ incident.id and "y" }} {{ [] or 0 or "z" }}', 'x y z'],
    [
      '{{ incident.tags[0] }} {{ incident.tags[-1] }} {{ incident["id"] }} {{ incident.nested.a.b }}',
      'b C 7 1',
    ],
    ['{{ incident.get("id") }} {{ incident.get("nope", "-") }} {{ incident.nested.keys() }}', "7 - ['a']"],
    ['{{ "abc".startswith("a") }} {{ "abc".endswith(("b", "c")) }}', 'True True'],
    [
      '{{ " x ".strip() }}{{ "--x-".strip("-") }} {{ "a,b".split(",") }} {{ "aa".replace("a", "b") }}',
      "xx ['a', 'b'] bb",
    ],
    [
      '{{ "Ab".lower() }} {{ "Ab".upper() }} {{ ", ".join(incident.tags) }} {{ incident.items() | length }}',
      'ab AB b, a, C 7',
    ],
    [
      '{{ incident.name }}|{{ incident.name | safe }}|{{ incident.name | e }}',
      'R&amp;D &lt;x&gt;|R&D <x>|R&amp;D &lt;x&gt;',
    ],
    ['{{ incident.tags | sort | join }} {{ incident.tags | first }} {{ incident.tags | length }}', 'abC b 3'],
    [
      '{{ "<p>a</p> <b>b</b> &amp; c" | striptags }}|{{ "<p>a</p><p>b</p>" | striptags(true) }}',
      'a b &amp; c|a\nb',
    ],
    [
      '{{ nope | default("d") }} {{ "" | default("d", true) }} {{ incident.nope | default("d", boolean=true) }}',
      'd d d',
    ],
    ['{{ {"a": [1, none, "x"]} }} {{ {"a": 1} | tojson }}', '{&#39;a&#39;: [1, None, &#39;x&#39;]} {"a": 1}'],
    [
      '{{ 1 is defined }} {{ nope is undefined }} {{ none is none }} {{ 4 is divisibleby(2) }} {{ 1 is not string }}',
      'True True True True True',
    ],
    [
      '{{ "a long text" | truncate(6) }} {{ 3.456 | round(1) }} {{ "x y" | title }} {{ "12" | int + 1 }}',
      'a long... 3.5 X Y 13',
    ],
    [
      '{{ [{"n": {"k": 2} }, {"n": {"k": 1} }] | sort(attribute="n.k") | map(attribute="n.k") | join(",") }}',
      '1,2',
    ],
  ])('%s', (source, expected) => {
    expect(text(source).replaceAll('&#39;', "'")).toBe(expected.replaceAll('&#39;', "'"))
  })
})

describe('statements', () => {
  it('loop over lists, the keys of a mapping, and its pairs', () => {
    expect(
      text('{% for t in incident.tags %}{{ loop.index }}{{ t }}{{ "," if not loop.last }}{% endfor %}'),
    ).toBe('1b,2a,3C')
    expect(text('{% for k in incident.nested %}{{ k }}{% endfor %}')).toBe('a')
    expect(text('{% for k, v in incident.nested %}{{ k }}{{ v.b }}{% endfor %}')).toBe('a1')
    expect(text('{% for k, v in incident.nested.items() %}{{ k }}{{ v.b }}{% endfor %}')).toBe('a1')
    expect(text('{% for x in [] %}x{% else %}none{% endfor %}')).toBe('none')
  })

  it('branch, switch, set, capture, filter blocks and raw text', () => {
    expect(text('{% if [] %}a{% elif incident.id == 7 %}b{% else %}c{% endif %}')).toBe('b')
    expect(
      text('{% set a, b = 1 %}{{ a }}{{ b }}{% set c %}<i>{{ incident.name }}</i>{% endset %}{{ c }}'),
    ).toBe('11<i>R&amp;D &lt;x&gt;</i>')
    expect(text('{% filter upper %}a{{ 1 }}b{% endfilter %}{% raw %}{{ x }}{% endraw %}')).toBe('A1B{{ x }}')
    expect(text('{% switch 2 %}{% case 1 %}a{% case 2 %}b{% default %}c{% endswitch %}')).toBe('b')
  })

  it('macros take arguments by place, by name and by default, and a caller', () => {
    expect(
      text('{% macro m(a, b=2) %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }} {{ m(1, 3) }} {{ m(b=5, a=4) }}'),
    ).toBe('12 13 45')
    expect(text('{% macro m() %}[{{ caller() }}]{% endmacro %}{% call m() %}x{% endcall %}')).toBe('[x]')
  })

  it('white space control takes off what it stands beside', () => {
    expect(text('a \n {%- if 1 -%} \n b \n {%- endif -%} \n c {{- 1 -}} d {#- x -#} e')).toBe('abc1de')
    expect(text('a {% if 1 %} b {% endif %} c')).toBe('a  b  c')
  })
})

describe('what is undefined', () => {
  it('prints nothing and is named with its place', () => {
    const { text: printed, undefinedVariables } = rendered(
      'a{{ nope }}\n {{ incident.x.y }}{{ incident["two words"] | upper }}{% for a in missing %}{% endfor %}{{ f(1) if g }}',
    )
    expect(printed).toBe('a\n ')
    expect(undefinedVariables.map(({ name, line }) => `${name}:${line}`)).toEqual([
      'nope:1',
      'incident.x.y:2',
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
    ['\n{{ template_helper.get_datatable("x") }}', 'template_helper.get_datatable is undefined', 2],
    ['{% if %}', '', 1],
    ['a\n{% for x in 1 %}{% endfor %}', '1 is not a list', 2],
    ['a\n{{ 1 / 0 }}', 'division by zero', 2],
    ['a\n{% nope %}', 'unknown block tag: nope', 2],
    ['{{ "a" is odder }}', 'odder', 1],
    ['\n{% include "x.html" %}', 'x.html', 2],
  ])('%j', (source, message, line) => {
    const error = errorOf(source)
    expect(error.message).toContain(message)
    expect(error.location).toMatchObject({ template: 'mail', line })
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
      '{% for t in incident.tags %}{% include "part.html" %}{% endfor %}{% include "nope.html" ignore missing %}',
    )
    await writeFile(join(folder, 'part.html'), '[{{ t }}{{ loop.index }}]')
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
