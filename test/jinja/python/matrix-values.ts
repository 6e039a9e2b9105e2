import { fromData } from '../../../src/jinja/values/data.js'
import { Float, Markup, Range, Tuple, type Value } from '../../../src/jinja/values/values.js'

/** A value as Python writes it, and as it is here. JavaScript's undefined is what is not there. */
export interface MatrixValue {
  readonly python: string | null
  readonly value: Value | undefined
}

function same(python: string, data: unknown): MatrixValue {
  return { python, value: fromData(data) }
}

/** Data that JSON can write is written so. */
function json(data: unknown): MatrixValue {
  return { python: `json(${JSON.stringify(JSON.stringify(data))})`, value: fromData(data) }
}

const people = [
  { name: 'Bob', age: 30, tags: ['x', 'y'], home: { city: 'Oslo' } },
  { name: 'alice', age: 25, tags: [], home: { city: 'Bergen' } },
  { name: 'Carl', age: 30, tags: ['z'], home: { city: 'oslo' } },
]

const long =
  'The quick brown fox jumps over the lazy dog. Well-known e-mail-based phishing -- a man-in-the-middle\tattack -- ' +
  'was seen at the perimeter; a supercalifragilisticexpialidocious-and-unbreakable-identifier followed.\n\n' +
  'Second paragraph, with "quotes", it\'s apostrophes & <tags>.  Double  spaces too.'

/** Numbers, None, booleans, and what is not there. */
const scalars: readonly MatrixValue[] = [
  { python: null, value: undefined },
  same('None', null),
  same('True', true),
  same('False', false),
  ...[0, 1, -1, 2, 7, 42, -13, 1000, 999_999, 1_234_567, 2 ** 40].map(json),
  ...[0.5, 2.5, -2.75, 3.14, 1e-5, 0.1, 1234.5678, 1e-7].map(json),
  same('1.0', new Float(1)),
  same('-0.0', new Float(-0)),
  same('1e16', new Float(1e16)),
  same('1e300', new Float(1e300)),
  same('inf', new Float(Number.POSITIVE_INFINITY)),
  same('-inf', new Float(Number.NEGATIVE_INFINITY)),
  same('nan', new Float(Number.NaN)),
]

/** Texts of many kinds. */
const texts: readonly MatrixValue[] = [
  ...[
    '',
    'a',
    'hello world',
    'Hello World foo-bar (baz) [qux] {x} <y',
    '  padded \t\n',
    'line1\nline2\r\nline3\n\n  line4',
    "it's",
    'say "hi"',
    `both ' and "`,
    '<b class="x">bold &amp; caf&eacute; &#8364; &lt;</b> <!-- gone --> text',
    'Straße ÜNÏCÖDÉ ß ﬁ ǆ Σίσυφος',
    '😀 emoji 日本語 𝒳',
    '\u00a0nbsp\u2028sep\u200bzero\ufeff\u0007\\',
    '42',
    ' -7 ',
    '3.14',
    '0x1f',
    '1e3',
    'inf',
    'a,b,,c',
    'aaa',
    '%s and %d%%',
    '%(a)s',
    '{} {0} {x}',
    'ABC',
    'abc123',
    'http://example.com/a?b=c&d=1 me@example.org (www.foo.net), mailto:a@b.co <https://x.y.com/(z)>. ftp://q.de',
    'see https://203.0.113.7:8080/p and http://[2001:db8::1]/ example.com example.dev foo@bar',
    long,
    `${'word '.repeat(60)}end`,
  ].map(json),
  same("Markup('<i>x &amp; y</i>')", new Markup('<i>x &amp; y</i>')),
  same("Markup('')", new Markup('')),
  same("Markup('plain words here')", new Markup('plain words here')),
]

/** Lists, tuples, mappings, ranges. */
export const collections: readonly MatrixValue[] = [
  ...[
    [],
    [1, 2, 3],
    [3, 1, 2, 10],
    ['b', 'A', 'c', 'a'],
    [1, 'a', null],
    [[1, 2], [3]],
    [1.5, 2, true],
    ['x', '<y>', "z'"],
    people,
    [
      ['a', 1],
      ['b', 2],
    ],
    Array.from({ length: 40 }, (_, index) => `item ${index}`),
    {},
    { a: 1 },
    { b: 'x', a: 2, C: null },
    people[0],
    { 'data-id': 5, class: 'a b', title: '<"q">', none: null },
    { outer: { inner: [1, { deep: 'x'.repeat(70) }], other: 'y' }, list: people },
  ].map(json),
  same("['x', Markup('<b>')]", ['x', new Markup('<b>')]),
  same('[1.0, 2.5]', [new Float(1), 2.5]),
  same('()', new Tuple([])),
  same('(1,)', new Tuple([1])),
  same("('a', 2, None)", new Tuple(['a', 2, null])),
  same('range(5)', new Range(0, 5, 1)),
  same('range(10, 0, -3)', new Range(10, 0, -3)),
]

export const allValues: readonly MatrixValue[] = [...scalars, ...texts, ...collections]

/** Fewer values, for what is tried on every pair of them. */
export const pairValues: readonly MatrixValue[] = [
  ...scalars.filter((_, index) => [0, 1, 2, 3, 4, 5, 6, 8, 10, 15, 16, 17, 23, 24, 27, 29].includes(index)),
  ...texts.filter((_, index) => [0, 1, 2, 6, 9, 11, 20, 21, 30].includes(index)),
  ...collections.filter((_, index) => [0, 1, 3, 4, 5, 11, 12, 13, 19, 20, 21, 22].includes(index)),
]
