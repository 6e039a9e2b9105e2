// Random sources of templates, mostly well formed, and random data, mostly odd.
import fc from 'fast-check'

/** Names that a template may try: those of the data, of the language, and of JavaScript's insides. */
const names =
  'a b c item loop self caller varargs kwargs range dict namespace cycler joiner lipsum super'.split(' ')
const insides = '__proto__ constructor prototype toString valueOf hasOwnProperty __class__ __globals__'.split(
  ' ',
)
const members = ['x', 'y', 'name', 'items', 'list', 'index', 'next', 'current', ...insides]

const odd = fc.constantFrom(
  ...[
    '',
    ' ',
    '\0',
    '\n',
    '\r\n',
    '<',
    '&',
    "'",
    '"',
    '\\',
    '%',
    '%s',
    '%(a)s',
    '{0}',
    '{0.x!r:>9}',
    '\u2028',
  ],
  ...[
    '\ud800',
    '\udfff',
    'ß',
    'İ',
    '漢字',
    '\u{1f600}',
    'https://evil.example/?a=b',
    'a@b.example',
    '<script>',
  ],
  ...['{{', '}}', '{%', '%}', '{#', '#}', '1e400', '-0', '2022-08-05T14:03:23', '203.0.113.7', ...insides],
)
const text = fc.oneof(
  odd,
  fc.string({ maxLength: 20, unit: 'binary' }),
  fc.tuple(odd, fc.integer({ min: 2, max: 3000 })).map(([part, count]) => part.repeat(count)),
)
const number = fc.oneof(
  fc.constantFrom(
    0,
    1,
    -1,
    2,
    3,
    10,
    99_999,
    1e9,
    2 ** 53,
    -(2 ** 31),
    1e16,
    1e308,
    1.5,
    -0.1,
    1659708203441,
  ),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
)

/** Data as an incident has it, and as no incident should have it. */
export const data = fc.dictionary(
  fc.constantFrom('a', 'b', 'c', 'item'),
  fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      text,
      number,
      fc.constantFrom(null, true, false, undefined),
      fc.array(tie('value'), { maxLength: 5 }),
      fc.dictionary(fc.oneof(fc.constantFrom(...members), odd), tie('value'), {
        maxKeys: 5,
        noNullPrototype: true,
      }),
    ),
  })).value,
  { noNullPrototype: true },
)

const word = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...names) },
  { weight: 1, arbitrary: fc.constantFrom(...insides) },
)
const literal = fc.oneof(
  text.filter((value) => value.length < 100).map((value) => JSON.stringify(value)),
  number.map(String),
  fc.constantFrom('none', 'true', 'false', '[]', '{}', '()', "''"),
)
const operators = '+ - * / // % ** ~ == != < <= > >= and or in'.split(' ').concat('not in')

/**
 * Sources of templates that use these filters, tests and methods.
 *
 * @param {{ filters: string[], tests: string[], methods: string[], files: string[] }} known
 */
export function sources({ filters, tests, methods, files }) {
  const { expression, statements } = fc.letrec((tie) => {
    const list = fc.array(tie('expression'), { maxLength: 3 }).map((items) => items.join(', '))
    const named = fc
      .dictionary(word, tie('expression'), { maxKeys: 2 })
      .map((pairs) => Object.entries(pairs).map(([name, value]) => `${name}=${value}`))
    const args = fc
      .tuple(list, fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, named))
      .map(([placed, pairs]) => [placed, ...pairs].filter((part) => part !== '').join(', '))
    const called = (callable) => fc.tuple(fc.constantFrom(...callable), args)
    const member = fc.constantFrom(...members, ...methods)
    const pieces = (...parts) => fc.tuple(...parts).map((made) => made.join(''))
    return {
      expression: fc.oneof(
        { maxDepth: 4, depthSize: 'small' },
        word,
        literal,
        pieces(tie('expression'), fc.constant('.'), member),
        pieces(tie('expression'), fc.constant('['), tie('expression'), fc.constant(']')),
        pieces(
          tie('expression'),
          fc.constant('['),
          fc.option(tie('expression'), { nil: '' }),
          fc.constant(':'),
          literal,
          fc.constant(']'),
        ),
        fc
          .tuple(tie('expression'), called(filters))
          .map(([value, [name, given]]) => `${value} | ${name}(${given})`),
        fc
          .tuple(tie('expression'), called(tests))
          .map(([value, [name, given]]) => `${value} is ${name}(${given})`),
        fc
          .tuple(tie('expression'), called(methods))
          .map(([value, [name, given]]) => `(${value}).${name}(${given})`),
        fc.tuple(word, args).map(([name, given]) => `${name}(${given})`),
        fc
          .tuple(tie('expression'), fc.constantFrom(...operators), tie('expression'))
          .map((made) => `(${made.join(' ')})`),
        fc
          .tuple(tie('expression'), tie('expression'), tie('expression'))
          .map(([a, b, c]) => `(${a} if ${b} else ${c})`),
        list.map((items) => `[${items}]`),
        fc.tuple(literal, tie('expression')).map(([key, value]) => `{${key}: ${value}}`),
      ),
      statements: fc.array(tie('statement'), { maxLength: 4 }).map((list) => list.join('')),
      statement: fc.oneof(
        { maxDepth: 4, depthSize: 'small' },
        text.filter((value) => value.length < 100 && !value.includes('{')),
        tie('expression').map((value) => `{{ ${value} }}`),
        fc.tuple(word, tie('expression')).map(([name, value]) => `{% set ${name} = ${value} %}`),
        tie('expression').map((value) => `{% do ${value} %}`),
        fc.tuple(word, tie('statements')).map(([name, body]) => `{% set ${name} %}${body}{% endset %}`),
        fc
          .tuple(
            word,
            tie('expression'),
            tie('statements'),
            tie('statements'),
            fc.constantFrom('', ' recursive'),
          )
          .map(
            ([name, value, body, other, how]) =>
              `{% for ${name} in ${value}${how} %}${body}{% else %}${other}{% endfor %}`,
          ),
        fc
          .tuple(tie('expression'), tie('statements'), tie('statements'))
          .map(([value, body, other]) => `{% if ${value} %}${body}{% else %}${other}{% endif %}`),
        fc
          .tuple(word, word, tie('statements'))
          .map(([name, given, body]) => `{% macro ${name}(${given}=1) %}${body}{% endmacro %}`),
        fc
          .tuple(word, args, tie('statements'))
          .map(([name, given, body]) => `{% call ${name}(${given}) %}${body}{% endcall %}`),
        fc
          .tuple(fc.constantFrom(...filters), tie('statements'))
          .map(([name, body]) => `{% filter ${name} %}${body}{% endfilter %}`),
        fc.tuple(word, tie('statements')).map(([name, body]) => `{% block ${name} %}${body}{% endblock %}`),
        fc
          .tuple(word, tie('expression'), tie('statements'))
          .map(([name, value, body]) => `{% with ${name} = ${value} %}${body}{% endwith %}`),
        fc
          .tuple(tie('expression'), tie('statements'))
          .map(([value, body]) => `{% autoescape ${value} %}${body}{% endautoescape %}`),
        fc.constantFrom(...files).map((file) => `{% include "${file}" ignore missing %}`),
        fc
          .tuple(fc.constantFrom(...files), word)
          .map(([file, name]) => `{% import "${file}" as ${name} with context %}`),
      ),
    }
  })
  const junk = fc.oneof(
    odd,
    fc.constantFrom(
      '{{',
      '}}',
      '{%',
      '%}',
      '{% end',
      '|',
      '(',
      ')',
      '[',
      '.',
      ',',
      "'",
      '"',
      '`',
      '\\',
      '${',
      '=',
      'r/x/',
    ),
    fc.string({ maxLength: 10 }),
  )
  const broken = fc
    .tuple(statements, fc.array(fc.tuple(fc.nat(400), fc.nat(5), junk), { minLength: 1, maxLength: 4 }))
    .map(([source, cuts]) =>
      cuts.reduce(
        (made, [place, count, put]) => made.slice(0, place) + put + made.slice(place + count),
        source,
      ),
    )
  const words = fc
    .array(
      fc.oneof(junk, word, expression, fc.constantFrom(...filters, ...tests, 'for', 'if', 'else', 'set')),
      { maxLength: 30 },
    )
    .map((list) => `{{ ${list.join(' ')} }}`)
  return fc.oneof(
    { weight: 6, arbitrary: statements },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom(...files), statements)
        .map(([file, rest]) => `{% extends "${file}" %}${rest}`),
    },
    { weight: 2, arbitrary: broken },
    { weight: 1, arbitrary: words },
  )
}
