import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseIni } from '../../src/config/ini.js'
import { describeWith } from '../setup/with-peer.js'

const FILES: Readonly<Record<string, string>> = {
  'keys in any case, with = or : and spaces': '[a]\nOne=1\nTWO : 2\n three = x = y: z\n',
  'comments on lines of their own alone': '[a]\n# no\n; no\nkey=Abcd#1234;5 # yes\n  # no\nother=1\n',
  'values that are empty, or hold a percent sign': '[a]\nkey=\nother=%(x)s 100%\n',
  'values that go on': '[a]\nkey=one\n  two\n\n  three\nother=1\n',
  'quotes, which are letters': '[a]\nkey="x"\n',
  'several sections': '[a]\nkey=1\n[fn:templates]\nKey=2\n[DEFAULT]\nz=3\n',
  'Windows line ends and a byte order mark': '\uFEFF[a]\r\nkey=1\r\n\r\n[b]\r\nkey=2\r\n',
}

/** The sections as plain objects. */
function read(text: string) {
  return Object.fromEntries(
    [...parseIni(text)].map(([name, values]) => [
      name,
      Object.fromEntries([...values].map(([key, value]) => [key, value.text])),
    ]),
  )
}

describe('an INI file', () => {
  it('tells on which line a key stands', () => {
    expect(parseIni('# x\n[a]\n\nkey=1').get('a')?.get('key')).toEqual({ text: '1', line: 4 })
  })

  it.each([
    ['[a]\nhunter2', 'line 2: expected key=value'],
    ['pass=hunter2', 'line 1: a setting stands before the first [section]'],
    ['[a]\npass=hunter2\nPASS=hunter3', 'line 3: this key is there twice in its section; keep one of them'],
    ['[a]\n[a]', 'line 2: this section is there twice; put its lines under one heading'],
  ])('%j is refused without a word of it', (text, message) => {
    expect(() => parseIni(text)).toThrow(new SyntaxError(message))
  })
})

describeWith('jinja2')("an INI file means what Python's configparser makes of it", () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ini-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  it.each(Object.entries(FILES))('%s', async (_, text) => {
    const file = join(folder, 'app.config')
    await writeFile(file, text)
    const script = [
      'import configparser, json, sys',
      "c = configparser.ConfigParser(interpolation=None, default_section='none of ours')",
      "c.read(sys.argv[1], encoding='utf-8-sig')",
      'print(json.dumps({s: dict(c.items(s)) for s in c.sections()}))',
    ]
    const { stdout } = await promisify(execFile)('/usr/bin/python3', ['-c', script.join('\n'), file])
    expect(read(text)).toEqual(JSON.parse(stdout))
  })
})
