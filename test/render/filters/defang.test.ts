import { describe, expect, it } from 'vitest'
import { defang, refang } from '../../../src/render/filters/defang.js'

const pairs: readonly (readonly [string, string])[] = [
  ['https://evil.example', 'hxxps://evil[.]example'],
  ['HTTP://EVIL.EXAMPLE:8080/a.php?x=1', 'HXXP://EVIL[.]EXAMPLE:8080/a.php?x=1'],
  ['ftp://files.evil.example/', 'fxp://files[.]evil[.]example/'],
  ['https://localhost.lan1/x', 'hxxps://localhost[.]lan1/x'],
  ['https://user:secret@evil.example/', 'hxxps://user:secret[@]evil[.]example/'],
  ['user@evil.example', 'user[@]evil[.]example'],
  ['first.last+tag@mail.evil.example', 'first.last+tag[@]mail[.]evil[.]example'],
  ['<user@evil.example>, other@evil.example.', '<user[@]evil[.]example>, other[@]evil[.]example.'],
  ['203.0.113.7', '203[.]0[.]113[.]7'],
  ['203.0.113.7:8080, then 203.0.113.0/24', '203[.]0[.]113[.]7:8080, then 203[.]0[.]113[.]0/24'],
  ['2001:db8::1', '2001[:]db8[:][:]1'],
  ['http://[2001:db8::1]:8080/', 'hxxp://[2001[:]db8[:][:]1]:8080/'],
  ['::ffff:203.0.113.7', '[:][:]ffff[:]203[.]0[.]113[.]7'],
  ['see www.evil.example.', 'see www[.]evil[.]example.'],
  ['xn--evl-dma.xn--p1ai', 'xn--evl-dma[.]xn--p1ai'],
  ['böse.рф', 'böse[.]рф'],
  ['evil。example', 'evil[。]example'],
  ['https://a.example/?u=https://b.example', 'hxxps://a[.]example/?u=hxxps://b[.]example'],
]

describe('defang', () => {
  it.each(pairs)('%s', (live, dead) => {
    expect(defang(live)).toBe(dead)
    expect(refang(dead)).toBe(live)
  })

  it.each(pairs)('leaves what is defanged already as it is: %s', (_, dead) => {
    expect(defang(dead)).toBe(dead)
  })

  it.each([
    'At 12:30:45, e.g. on Monday. Then it stopped.',
    'invoice.pdf.exe and Report.docx',
    '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    '00:1a:2b:3c:4d:5e',
    'C:\\Windows\\System32\\cmd.exe, std::vector',
    'version 1.2.3, 3.14',
  ])('leaves alone what nothing makes a link of: %s', (text) => {
    expect(defang(text)).toBe(text)
  })

  it.each([
    'a.'.repeat(100_000),
    'a@'.repeat(100_000),
    ':'.repeat(200_000),
    'http://'.repeat(40_000),
    `${'a'.repeat(200_000)}.example`,
    '[.'.repeat(100_000),
  ])('takes no longer than the text is long: case %#', (hostile) => {
    expect(refang(defang(hostile)).length).toBe(hostile.length)
  })
})

describe('refang', () => {
  it.each([
    ['hxxp://evil(.)example', 'http://evil.example'],
    ['user [at] evil [dot] example', 'user @ evil . example'],
    ['user(at)evil{dot}example', 'user@evil.example'],
    ['hxxps[://]evil[.]example', 'https://evil.example'],
    ['203[.]0[.]113[.]7', '203.0.113.7'],
  ])('undoes what others write: %s', (dead, live) => {
    expect(refang(dead)).toBe(live)
  })
})
