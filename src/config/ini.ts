/** A value of an INI file, and the line on which its key stands. */
export interface IniValue {
  readonly text: string
  readonly line: number
}

/** An INI file: its sections by name, and in each the values by key, in lower case. */
export type IniSections = ReadonlyMap<string, ReadonlyMap<string, IniValue>>

/**
 * Reads an INI file as Python's `configparser` does without interpolation, for that is what reads an app.config:
 * `=` and `:` end a key, keys have no case, a line that is indented further continues the value, and `#` and `;`
 * start a comment only where they start a line. npm's `ini` cuts a password at its first `#`.
 *
 * @throws SyntaxError such as `line 3: expected key=value`, which never quotes the line: there may be a password
 * on it
 */
export function parseIni(text: string): IniSections {
  const sections = new Map<string, Map<string, IniValue>>()
  let section: Map<string, IniValue> | undefined
  let open: { readonly key: string; readonly indent: number } | undefined
  for (const [index, whole] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .entries()) {
    const line = index + 1
    const words = whole.trim()
    if (/^[#;]/.test(words)) continue
    const indent = whole.length - whole.trimStart().length
    const before = open && section?.get(open.key)
    if (open && before && (words === '' || indent > open.indent)) {
      section?.set(open.key, { ...before, text: `${before.text}\n${words}` })
      continue
    }
    if (words === '') continue
    const header = /^\[(.+)\]/.exec(words)?.[1]
    if (header !== undefined) {
      if (sections.has(header)) throw at(line, 'this section is there twice; put its lines under one heading')
      section = new Map()
      sections.set(header, section)
      open = undefined
      continue
    }
    if (section === undefined) throw at(line, 'a setting stands before the first [section]')
    const [, name = '', value = ''] = /^([^=:]+?)\s*[=:]\s*(.*)$/.exec(words) ?? []
    if (name === '') throw at(line, 'expected key=value')
    const key = name.toLowerCase()
    if (section.has(key)) throw at(line, 'this key is there twice in its section; keep one of them')
    section.set(key, { text: value, line })
    open = { key, indent }
  }
  return new Map([...sections].map(([name, values]) => [name, trimmed(values)]))
}

/** Blank lines that follow a value are no part of it. */
function trimmed(values: ReadonlyMap<string, IniValue>): ReadonlyMap<string, IniValue> {
  return new Map([...values].map(([key, value]) => [key, { ...value, text: value.text.trim() }]))
}

function at(line: number, sentence: string): SyntaxError {
  return new SyntaxError(`line ${line}: ${sentence}`)
}
