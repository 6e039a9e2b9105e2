import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createEnvironment, templateVariables } from '../../src/jinja/environment.js'
import { TemplateError } from '../../src/jinja/template-error.js'

const canary = globalThis as { escaped?: unknown }
const incident = {
  id: 1,
  name: 'Phish',
  list: ['a', 'b'],
  properties: { owner: 'Ann' },
  live: () => 'a function',
}
const helpers = { template_helper: { shout: { parameters: ['text'], call: (text: unknown) => text } } }

function render(source: string, options = {}) {
  const environment = createEnvironment({ folders: [] })
  const variables = templateVariables({ incident }, helpers)
  return environment.source(source, 'test', variables, { autoescape: true, ...options }).text
}

/** The output, or the error's message: what a template can learn. */
function attempt(source: string): string {
  try {
    return render(source)
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
    return `error: ${error.message}`
  }
}

describe('a template cannot run code', () => {
  const code = 'globalThis.escaped = 1; return process'
  const attacks = [
    `{{ range.constructor("${code}")() }}`,
    `{{ range["constructor"]("${code}")() }}`,
    `{{ range["con" ~ "structor"]("${code}")() }}`,
    `{{ (range|default).constructor("${code}")() }}`,
    `{{ cycler("a").constructor.constructor("${code}")() }}`,
    `{{ cycler("a").next.constructor("${code}")() }}`,
    `{{ joiner().constructor("${code}")() }}`,
    `{{ joiner.call.constructor("${code}")() }}`,
    `{{ "".constructor.constructor("${code}")() }}`,
    `{{ ""["constructor"]["constructor"]("${code}")() }}`,
    `{{ "".startswith.constructor("${code}")() }}`,
    `{{ "".sub.constructor("${code}")() }}`,
    `{{ (1).constructor.constructor("${code}")() }}`,
    `{{ [].constructor.constructor("${code}")() }}`,
    `{{ [].map.constructor("${code}")() }}`,
    `{{ {}.constructor.constructor("${code}")() }}`,
    `{{ true.constructor.constructor("${code}")() }}`,
    `{{ incident.constructor.constructor("${code}")() }}`,
    `{{ incident.__proto__.constructor.constructor("${code}")() }}`,
    `{{ incident["__proto__"]["constructor"]("${code}")() }}`,
    `{{ incident.get("constructor")("${code}")() }}`,
    `{{ incident.get("__proto__").constructor("${code}")() }}`,
    `{{ incident.get.constructor("${code}")() }}`,
    `{{ incident.live.constructor("${code}")() }}`,
    `{{ incident.live() }}{{ incident.live.call() }}`,
    `{{ template_helper.shout.constructor("${code}")() }}`,
    `{{ template_helper.shout.call.constructor("${code}")() }}`,
    `{{ template_helper.constructor.constructor("${code}")() }}`,
    `{{ template_helper.shout.parameters.constructor("${code}")() }}`,
    `{% macro m() %}x{% endmacro %}{{ m.constructor("${code}")() }}`,
    `{% macro m() %}x{% endmacro %}{{ m().constructor.constructor("${code}")() }}`,
    `{% macro m() %}x{% endmacro %}{{ m().toString.constructor("${code}")() }}`,
    `{% macro m() %}{{ caller.constructor("${code}")() }}{% endmacro %}{% call m() %}x{% endcall %}`,
    `{% macro m(a=1) %}{{ kwargs.constructor.constructor("${code}")() }}{% endmacro %}{{ m(b=2) }}`,
    `{% for x in [1] %}{{ loop.constructor.constructor("${code}")() }}{% endfor %}`,
    `{{ "x"|constructor("${code}") }}`,
    '{{ "x"|__proto__ }}',
    '{{ "x"|toString }}',
    '{{ "x"|hasOwnProperty("y") }}',
    '{{ 1 is hasOwnProperty }}',
    '{{ 1 is constructor("return 1") }}',
    `{{ ["constructor"]|map(attribute="constructor.constructor")|first("${code}") }}`,
    `{{ ["a"]|sum(attribute="constructor") }}`,
    `{{ ["a"]|join(",", "constructor") }}`,
    `{{ [incident]|groupby("constructor") }}`,
    `{{ [incident]|sort(attribute="__proto__")|map(attribute="constructor")|list }}`,
    `{{ [incident]|selectattr("constructor")|list }}`,
    `{% set x = {"__proto__": range} %}{{ x.constructor("${code}")() }}`,
    `{% set x = dict(__proto__=range) %}{{ x.constructor("${code}")() }}`,
    '{{ constructor }}{{ __proto__ }}{{ toString }}{{ hasOwnProperty }}{{ valueOf }}',
    '{{ process }}{{ require }}{{ globalThis }}{{ global }}{{ runtime }}{{ context }}{{ frame }}{{ env }}{{ this }}',
    '{{ self.constructor }}{{ arguments }}{{ Function }}{{ eval("1") }}',
    '{{ {"toString": range} ~ "" }}{{ {"valueOf": range} + 1 }}{{ {"toJSON": range}|tojson }}',
    `{% macro m() %}{% endmacro %}{{ m.__init__.__globals__ }}{{ m._func.constructor("${code}")() }}`,
    `{{ self.__init__.constructor("${code}")() }}{{ self._TemplateReference__context }}`,
    `{% block a %}{{ super.constructor("${code}")() }}{{ self.a.call.constructor("${code}")() }}{% endblock %}`,
    `{% for x in [1] %}{{ loop.cycle.constructor("${code}")() }}{{ loop["constructor"]("${code}")() }}{% endfor %}`,
    `{% set n = namespace() %}{% set n.constructor = 1 %}{% set n.__proto__ = range %}{{ n.constructor.constructor("${code}")() }}`,
    `{{ "{0.constructor}".format(range) }}{{ "{0.__class__}"|format(range) }}`,
    `{{ range.__self__ }}{{ "".__class__.__mro__ }}{{ [].__class__ }}{{ lipsum.__globals__.os }}`,
    `{{ [range]|map("constructor")|list }}`,
    `{{ [range]|map(attribute="call.constructor")|list }}`,
    `{% for __proto__ in [range] %}{{ constructor }}{{ __proto__.constructor }}{% endfor %}`,
    `{% macro constructor(__proto__, hasOwnProperty=1) %}{{ kwargs }}{{ __proto__ }}{% endmacro %}{{ constructor(1, __proto__=2, toString=3) }}`,
    `{% with __proto__ = range, constructor = 2 %}{{ toString }}{% endwith %}`,
    '{{ r/x/.constructor }}',
    '{{ "x".replace(r/x/g, "y") }}',
    '{% import "x" as __proto__ %}',
    '{% set __proto__ = range %}{{ incident.constructor }}{{ __proto__.constructor }}',
  ]
  it.each(attacks)('%s', (attack) => {
    const result = attempt(attack)
    expect(canary.escaped).toBeUndefined()
    expect(result).not.toMatch(/native code|function\s*\w*\(|\[object|class |=>/)
  })

  const injections = [
    '{{ a"+(globalThis.escaped=1)+"b }}',
    '{{ a\\"+(globalThis.escaped=1)//b }}',
    '{{ a`$' + '{globalThis.escaped=1}` }}',
    '{% set a"+(globalThis.escaped=1)+"b = 1 %}',
    '{% set "a\\"+(globalThis.escaped=1)+\\"" = 1 %}',
    '{% set x.y = 1 %}',
    '{% set x["\\"+(globalThis.escaped=1)+\\""] = 1 %}',
    '{{ x["\\\\"](globalThis.escaped=1) }}',
    '{{ x["\\\\\\", context, [globalThis.escaped=1]);//"]() }}',
    '{{ "\\", (globalThis.escaped=1), \\""() }}',
    '{% for a"b in [1] %}{% endfor %}',
    '{% for "x\\");globalThis.escaped=1;(\\"" in [1] %}{% endfor %}',
    '{% for a, "x\\");globalThis.escaped=1;(\\"" in [[1,2]] %}{% endfor %}',
    '{% macro a"b() %}{% endmacro %}',
    '{% macro "a(){}});globalThis.escaped=1;" () %}{% endmacro %}',
    '{% macro a("b){globalThis.escaped=1}") %}{% endmacro %}',
    '{% macro a(b, "c\\");globalThis.escaped=1;"=1) %}{% endmacro %}{{ a() }}',
    '{{ range("x\\":(globalThis.escaped=1),\\""=1) }}',
    '{% block a(){}globalThis.escaped=1;function/**/b %}{% endblock %}',
    '{% block "a(){};globalThis.escaped=1" %}{% endblock %}',
    '{{ 1|a"](globalThis.escaped=1)+" }}',
    '{{ 1 is "a\\")+(globalThis.escaped=1)+(\\"" }}',
    '{{ 1 is "x\\").call(globalThis.escaped=1);//"() }}',
    '{% from "x" import a;globalThis.escaped=1 %}',
    '{% from "x" import "a;globalThis.escaped=1" %}',
    '{% import "x" as a=globalThis.escaped=1 %}',
    '{% import "x" as "a=globalThis.escaped=1" %}',
    '{{ {"a\\": (globalThis.escaped=1), \\"b": 1} }}',
    '{{ {a: 1, "\\\\\\"+(globalThis.escaped=1)//": 2} }}',
    '{{ "\u2028\\u2029\\\\" }}{{ "\\\\" + (globalThis.escaped=1) + "\\\\" }}',
    '{{ r/";globalThis.escaped=1;"/ }}',
    '{% asyncEach x=globalThis.escaped=1 in [1] %}{% endeach %}',
    '{% asyncAll x in [1] %}{% endall %}',
    '{% ifAsync x %}{% endif %}',
  ]
  it.each(injections)('not while it is compiled either: %s', (attack) => {
    attempt(attack)
    expect(canary.escaped).toBeUndefined()
  })

  it('whatever stands where a name is expected', () => {
    const hostile = [
      'a"+globalThis.escaped+"b',
      '\\',
      '\u2028',
      '`',
      "'",
      '$' + '{1}',
      '*/',
      'a;b',
      'a\u200bb',
      '@',
    ]
    const places = [
      '{{ # }}',
      '{{ x.# }}',
      '{{ x|# }}',
      '{{ x is # }}',
      '{% set # = 1 %}',
      '{% for # in x %}{% endfor %}',
    ]
    for (const name of hostile) {
      for (const place of places) expect(() => render(place.replace('#', () => name))).toThrow(TemplateError)
    }
  })
})

describe('a template cannot change what comes after it', () => {
  it('a set variable is gone in the next render', () => {
    const environment = createEnvironment({ folders: [] })
    const variables = templateVariables({ incident })
    const go = (source: string) => environment.source(source, 'test', variables, { autoescape: true }).text
    expect(go('{% set incident = "gone" %}{% set range = 1 %}{{ incident }}')).toBe('gone')
    expect(go('{{ incident.name }}{{ range(2)|join }}')).toBe('Phish01')
  })

  it("the caller's objects stay as they are", () => {
    const data = { incident: { list: ['b', 'a'], nested: { x: 1 } } }
    const before = structuredClone(data)
    const environment = createEnvironment({ folders: [] })
    const source = `{% set l = incident.list %}{{ l|sort|join }}{{ l|reverse|join }}{{ incident.list.copy() }}
      {% macro m(a) %}{{ a }}{% endmacro %}{{ m(incident.nested) }}{% for k, v in incident.nested.items() %}{% set v = 2 %}{% endfor %}{% do incident.list.append(1) %}{% do incident.nested.update({'x': 2}) %}`
    environment.source(source, 'test', templateVariables(data), { autoescape: true })
    expect(data).toEqual(before)
  })

  it('data that calls itself keyword arguments is data', () => {
    const variables = templateVariables({ x: { __keywords: true, caller: 'forged', a: 1 } })
    const source = '{% macro m(a) %}{{ a.caller }}/{{ caller }}{% endmacro %}{{ m(x) }}'
    expect(
      createEnvironment({ folders: [] }).source(source, 'test', variables, { autoescape: true }).text,
    ).toBe('forged/')
  })

  it('two environments do not see each other', () => {
    const [one, two] = [createEnvironment({ folders: [] }), createEnvironment({ folders: [] })]
    one.source('{% macro m() %}1{% endmacro %}', 'test', templateVariables({}), { autoescape: true })
    expect(two.source('{{ m }}', 'test', templateVariables({}), { autoescape: true }).text).toBe('')
  })
})

describe('data cannot harm the render', () => {
  it('a prototype in the data is a key like others', () => {
    const x = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": {"a": "own"}}')
    const variables = templateVariables({ x })
    const text = createEnvironment({ folders: [] }).source(
      '{{ x.polluted }}{{ x.constructor.a }}{{ x.__proto__.polluted }}',
      'test',
      variables,
      { autoescape: true },
    ).text
    expect(text).toBe('own1')
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })

  it('an object that contains itself is refused', () => {
    const loop: Record<string, unknown> = {}
    loop.loop = loop
    expect(() => templateVariables({ loop })).toThrow(/contains itself/)
  })

  it('data of more than two million parts are refused, be they in one list or in many', () => {
    expect(() => templateVariables({ list: new Array(2_000_001).fill('') })).toThrow(/parts/)
    let doubled: unknown = ['']
    for (let level = 0; level < 30; level++) doubled = [doubled, doubled]
    expect(() => templateVariables({ doubled })).toThrow(/parts/)
  })

  it('text is escaped in HTML, and only there', () => {
    const variables = templateVariables({ name: `<b>R&D's "x"</b>` })
    const environment = createEnvironment({ folders: [] })
    const go = (autoescape: boolean) =>
      environment.source('{{ name }}', 'test', variables, { autoescape }).text
    expect(go(true)).toBe('&lt;b&gt;R&amp;D&#39;s &#34;x&#34;&lt;/b&gt;')
    expect(go(false)).toBe(`<b>R&D's "x"</b>`)
  })

  it('joining, adding and macros do not lose the escaping', () => {
    const variables = templateVariables({ name: '<b>' })
    const environment = createEnvironment({ folders: [] })
    const source = `{% macro m(x) %}<i>{{ x }}</i>{% endmacro %}{{ m(name) }}|{{ name ~ "" }}|{{ name + name }}|{{ [name]|join(name) }}|{{ name|upper }}|{{ name|replace("b", "<s>") }}|{{ "<hr>"|safe|replace("hr", name) }}|{{ m(1) ~ name }}|{{ [m(1), name]|join }}|{% set c %}{{ name }}{% endset %}{{ c }}`
    const parts = environment.source(source, 'test', variables, { autoescape: true }).text.split('|')
    expect(parts[0]).toBe('<i>&lt;b&gt;</i>')
    for (const part of parts.slice(1))
      expect(part.replaceAll(/<\/?(?:i|hr)>/g, '').replace('<&lt;b&gt;>', '')).not.toMatch(/[<>]/)
  })
})

describe('a render is bounded', () => {
  const hungry = [
    '{{ range(1000000000) }}',
    '{{ range(0, 1, 0) }}',
    '{{ range(0, 1, 0.0000001) }}',
    '{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}',
    '{% set n = namespace(x="a") %}{% for i in range(99) %}{% set n.x = n.x ~ n.x %}{% endfor %}{{ n.x }}',
    '{% set n = namespace(x=[1]) %}{% for i in range(99) %}{% set n.x = n.x + n.x %}{% endfor %}',
    '{% set n = namespace(x=[1]) %}{% for i in range(99) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x }}',
    '{% set n = namespace(x=[1]) %}{% for i in range(90) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x|tojson }}',
    '{% set n = namespace(x=[1]) %}{% for i in range(60) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ template_helper.shout(n.x) }}',
    '{% set n = namespace(x=(1, 1)) %}{% for i in range(60) %}{% set n.x = (n.x, n.x) %}{% endfor %}{{ {n.x: 1} }}',
    '{% set l = [1] %}{% for x in l %}{% do l.append(1) %}{% endfor %}',
    '{% for n in [1] recursive %}{{ loop([1]) }}{% endfor %}',
    '{% set l = [1] %}{% do l.append(l) %}{% for n in l recursive %}{{ loop(l) }}{% endfor %}',
    '{% block a %}{{ self.a() }}{% endblock %}',
    '{{ "%1000000000d"|format(1) }}',
    '{{ "x"|center(500000000) }}',
    '{{ "x" * 500000000 }}',
    '{{ "a\nb"|indent(500000000) }}',
    '{% set x = "aaaaaaaaaa" * 100000 %}{{ x|replace("a", x) }}',
    '{% set x = "aaaaaaaaaa" * 100000 %}{{ x.replace("a", x) }}',
    '{% set x = "," * 100000 %}{{ x.join(x) }}',
    '{% set x = "aaaaaaaaaa" * 100000 %}{% for i in range(99) %}{{ x }}{% endfor %}',
    '{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}',
    '{% macro m(n) %}{{ m(n) ~ m(n) }}{% endmacro %}{{ m(1) }}',
    `{{ ${'('.repeat(50_000)}1${')'.repeat(50_000)} }}`,
    `{{ ${'-'.repeat(50_000)}1 }}`,
    `{% for i in range(99999) %}${'x'.repeat(1000)}{% endfor %}`,
    'x'.repeat(1_000_001),
    '{{ [1]|slice(999999999)|list }}',
  ]
  it.each(hungry)('%s', (source) => {
    expect(attempt(source)).toMatch(/^error: /)
  })

  it('long runs of spaces cost no more than their length', () => {
    const spaces = ' '.repeat(300_000)
    const variables = templateVariables({ x: `a${spaces}b<${spaces}` })
    const source = `{{ x|striptags }}{{ x|trim }}{{ x.strip() }}{{ x.split() }}{{ x|wordcount }}{{ x|title }}a${spaces}b{%- if 1 %}{% endif -%}${spaces}c`
    const { text } = createEnvironment({ folders: [] }).source(source, 'test', variables, {
      autoescape: true,
    })
    expect(text.endsWith('bc')).toBe(true)
  })
})

describe('templates are loaded from their folders only', () => {
  let root = ''
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'jinja-'))
    await mkdir(join(root, 'templates', 'sub'), { recursive: true })
    await mkdir(join(root, 'templates-private'))
    await writeFile(join(root, 'templates', 'good.html'), 'good {{ 1 }}')
    await writeFile(join(root, 'templates', 'sub', 'deep.html'), 'deep')
    await writeFile(join(root, 'templates-private', 'secret.html'), 'secret')
    await writeFile(join(root, 'secret.html'), 'secret')
    await symlink(join(root, 'secret.html'), join(root, 'templates', 'link.html'))
    await symlink(join(root, 'templates-private'), join(root, 'templates', 'linked'))
    await symlink('good.html', join(root, 'templates', 'inside.html'))
  })
  afterAll(() => rm(root, { recursive: true }))

  const include = (source: string) =>
    createEnvironment({ folders: [join(root, 'templates')] }).source(
      source,
      'test',
      templateVariables({ root }),
      {
        autoescape: true,
      },
    ).text

  it('by name, in sub-folders, and through links that stay inside', () => {
    expect(
      include('{% include "good.html" %}-{% include "sub/deep.html" %}-{% include "inside.html" %}'),
    ).toBe('good 1-deep-good 1')
  })

  const outside = [
    '"../secret.html"',
    '"sub/../../secret.html"',
    '"../templates-private/secret.html"',
    '"../templates-private/secret.html" ignore missing',
    'root ~ "/secret.html"',
    'root ~ "/templates/good.html"',
    '"link.html"',
    '"linked/secret.html"',
    '"good.html\\0"',
    '"."',
    '""',
    '"sub"',
    '"/etc/passwd"',
    '"file:///etc/passwd"',
    '["../secret.html", "link.html"]',
    'none',
    'range',
    '{"toString": range}',
  ]
  it.each(outside)('not by %s', (name) => {
    const tags = [`{% include ${name} %}`, `{% extends ${name.replace(' ignore missing', '')} %}`]
    tags.push(`{% import ${name.replace(' ignore missing', '')} as x %}`)
    for (const tag of tags) {
      let result = ''
      try {
        result = include(tag)
      } catch (error) {
        expect(error).toBeInstanceOf(TemplateError)
      }
      expect(result).toBe('')
    }
  })
})
