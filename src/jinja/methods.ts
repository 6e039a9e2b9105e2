import { bounded } from './limits.js'
import { TemplateError } from './template-error.js'
import { capitalize, replaceText, split, strip, title } from './text-tools.js'
import { Callable, type Dict, isDict, print, stringOf } from './values.js'

type Method<Self> = (self: Self, ...args: unknown[]) => unknown

/** What templates may call on text: Python's methods, and where nunjucks' users know them, JavaScript's. */
const textMethods = new Map<string, Method<string>>([
  ['startswith', (self, part) => prefixes(part).some((prefix) => self.startsWith(prefix))],
  ['endswith', (self, part) => prefixes(part).some((suffix) => self.endsWith(suffix))],
  ['startsWith', (self, part) => self.startsWith(text(part))],
  ['endsWith', (self, part) => self.endsWith(text(part))],
  ['includes', (self, part) => self.includes(text(part))],
  ['indexOf', (self, part) => self.indexOf(text(part))],
  ['find', (self, part) => self.indexOf(text(part))],
  ['count', (self, part) => self.split(text(part)).length - 1],
  ['strip', (self, characters) => strip(self, optional(characters), 'both')],
  ['lstrip', (self, characters) => strip(self, optional(characters), 'start')],
  ['rstrip', (self, characters) => strip(self, optional(characters), 'end')],
  ['trim', (self) => self.trim()],
  ['split', (self, separator, most) => split(self, optional(separator), number(most))],
  ['splitlines', (self) => self.replace(/\r\n|\r|\n$/, '\n').split(/\r\n|\r|\n/)],
  ['replace', (self, old, by, count) => replaceText(self, text(old), text(by), number(count))],
  ['join', (self, list) => bounded(items(list).map(print).join(self))],
  ['lower', (self) => self.toLowerCase()],
  ['upper', (self) => self.toUpperCase()],
  ['toLowerCase', (self) => self.toLowerCase()],
  ['toUpperCase', (self) => self.toUpperCase()],
  ['capitalize', (self) => capitalize(self)],
  ['title', (self) => title(self)],
  ['slice', (self, start, end) => self.slice(number(start), end === undefined ? undefined : number(end))],
  ['isdigit', (self) => /^\d+$/.test(self)],
])

const listMethods = new Map<string, Method<readonly unknown[]>>([
  ['join', (self, separator) => bounded(self.map(print).join(optional(separator) ?? ','))],
  ['index', (self, item) => self.indexOf(item)],
  ['indexOf', (self, item) => self.indexOf(item)],
  ['includes', (self, item) => self.includes(item)],
  ['count', (self, item) => self.filter((each) => each === item).length],
  ['copy', (self) => [...self]],
  ['slice', (self, start, end) => self.slice(number(start), end === undefined ? undefined : number(end))],
])

const dictMethods = new Map<string, Method<Dict>>([
  ['get', (self, key, fallback = null) => either(own(self, key), fallback)],
  ['keys', (self) => Object.keys(self)],
  ['values', (self) => Object.values(self)],
  ['items', (self) => Object.entries(self)],
  ['copy', (self) => Object.assign(Object.create(null), self)],
])

/**
 * What `value.key` and `value[key]` mean: own data, or a method of the fixed tables above. Prototypes,
 * functions and other live objects have nothing to offer.
 */
export function member(value: unknown, key: unknown): unknown {
  const self = stringOf(value) ?? value
  if (typeof self === 'string') return either(element(self, key), method(textMethods, self, key))
  if (Array.isArray(self)) return either(element(self, key), method(listMethods, self, key))
  return isDict(self) ? either(own(self, key), method(dictMethods, self, key)) : undefined
}

/** What `value.key(...)` calls: the method first, since a field named `items` must not hide it. */
export function calledMember(value: unknown, key: unknown): unknown {
  const found = isDict(value) ? own(value, key) : undefined
  return found instanceof Callable
    ? found
    : isDict(value)
      ? method(dictMethods, value, key)
      : member(value, key)
}

/** What is there, even when it is nothing: null is a value. */
function either(found: unknown, otherwise: unknown): unknown {
  return found === undefined ? otherwise : found
}

function own(self: Dict, key: unknown): unknown {
  const name = stringOf(key) ?? (typeof key === 'number' ? String(key) : undefined)
  // No prototype: there is nothing but own data.
  return name === undefined ? undefined : self[name]
}

function element(self: string | readonly unknown[], key: unknown): unknown {
  if (key === 'length') return self.length
  if (typeof key === 'number' && Number.isInteger(key)) return self.at(key)
  return undefined
}

function method<Self>(
  methods: ReadonlyMap<string, Method<Self>>,
  self: Self,
  key: unknown,
): Callable | undefined {
  const name = stringOf(key)
  const called = name === undefined ? undefined : methods.get(name)
  return called && new Callable((args) => called(self, ...args))
}

function text(value: unknown): string {
  const found = stringOf(value)
  if (found === undefined) throw new TemplateError('text is expected here')
  return found
}

function optional(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : text(value)
}

function number(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'number') throw new TemplateError('a number is expected here')
  return value
}

function items(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  if (isDict(value)) return Object.keys(value)
  return [...text(value)]
}

function prefixes(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(text) : [text(value)]
}
