import { describe, expect, it } from 'vitest'
import { createEnvironment, templateVariables } from '../../src/jinja/environment.js'
import { TemplateError } from '../../src/jinja/template-error.js'

const environment = createEnvironment({ folders: [] })
const length = 1_000_000

/** What a field of data may hold that an attacker wrote, a million characters of it. */
const fields = Object.fromEntries(
  Object.entries({
    spaces: ' ',
    'opening angles': '<',
    ampersands: '&',
    brackets: '(',
    'letters and dots': 'a.',
    hyphens: 'a-',
    comments: '<!--',
    addresses: 'a@',
    'line breaks': '\n',
  }).map(([name, part]) => [name, part.repeat(length / part.length)]),
)

/** What is done with it. A quadratic step among these would take hours, not the seconds of the suite's time limit. */
const expressions = [
  'v|striptags|length',
  'v|trim|length',
  'v|wordwrap|length',
  'v|wordwrap(900000, false)|length',
  'v|urlize|length',
  'v|truncate(500000)|length',
  'v|indent|length',
  'v|replace("  ", "<")|length',
  'v|title|length',
  '{"a": v}|xmlattr|length',
  '[v]|pprint|length',
  'v|wordcount',
  'v|int',
  'v|float',
  'v|urlencode|length',
  'v|tojson|length',
  'v.split()|length',
  'v.rsplit(none, 3)|length',
  'v.splitlines()|length',
  'v.title()|length',
  'v.strip(" (<")|length',
  'v.isidentifier()',
  '("%s" % v)|length',
  'v.format(1)|length',
  '(v|safe).unescape()|length',
  'v|sort|length',
  'v|unique|list|length',
]

function rendered(source: string, v: string): string {
  try {
    return environment.source(source, 'linear', templateVariables({ v }), { autoescape: true }).text
  } catch (thrown) {
    if (thrown instanceof TemplateError) return `${thrown.kind}: ${thrown.message}`
    throw thrown
  }
}

describe('a million characters of one field take no longer than their length', () => {
  it.each(Object.keys(fields))(
    '%s',
    (name) => {
      for (const expression of expressions) {
        expect(rendered(`{{ ${expression} }}`, fields[name] ?? '')).toMatch(
          /^(\d|True|False|error: |steps: |output: )/,
        )
      }
    },
    120_000,
  )

  it('and a loop over such work ends at the bound of steps', () => {
    const bounded = createEnvironment({ folders: [], bounds: { steps: 20_000 } })
    const loop = '{% for i in range(100000) %}{% set x = v|title %}{% endfor %}'
    const render = () =>
      bounded.source(loop, 'loop', templateVariables({ v: fields.spaces }), { autoescape: true })
    expect(render).toThrow(expect.objectContaining({ name: 'TemplateError', kind: 'steps' }))
  })

  it.each([
    ['{{ "a" * 1000000000 }}', 'output'],
    ['{{ "a"|center(1000000000) }}', 'output'],
    ['{{ "a".ljust(1000000000) }}', 'output'],
    ['{{ "%1000000000d" % 1 }}', 'output'],
    ['{{ "{:1000000000}".format(1) }}', 'output'],
    ['{{ "a"|indent(1000000000) }}', 'output'],
    ['{{ [1] * 1000000000 }}', 'steps'],
    ['{{ range(1000000000)|list }}', 'steps'],
    ['{{ [1]|batch(1000000000, 0)|list }}', 'steps'],
    ['{{ [1]|slice(1000000000)|list }}', 'steps'],
    ['{{ lipsum(1000000000) }}', 'output'],
    [
      '{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}',
      'steps',
    ],
    [
      '{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x|tojson }}',
      'steps',
    ],
    [
      '{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% set ns.y = [ns.y, ns.y] %}{% endfor %}{{ ns.x == ns.y }}',
      'steps',
    ],
  ])('%s is refused for its %s', (source, kind) => {
    const render = () => environment.source(source, 'bounds', templateVariables({}), { autoescape: true })
    expect(render).toThrow(expect.objectContaining({ name: 'TemplateError', kind }))
  })
})
