import { describe, expect, it } from 'vitest'
import type { MailRequest } from '../../../src/mail.js'
import { contrast } from '../../../src/render/contrast.js'
import { filesize } from '../../../src/render/filters/filesize.js'
import { plain } from '../../../src/render/filters/plain.js'
import { safeHtml } from '../../../src/render/filters/safe-html.js'
import { severityColor } from '../../../src/render/filters/severity.js'
import { type RenderOptions, render } from '../../../src/render/render.js'

async function shown(
  source: string,
  request: MailRequest = {},
  options: RenderOptions = {},
): Promise<string> {
  const { html, text } = await render(options)({ subject: 'x', inlineTemplate: source, ...request }, {})
  return html ?? text
}
const inHtml = (source: string, request: MailRequest = {}) => shown(`<p>${source}</p>`, request)

describe('filters in a template', () => {
  it('take time zone and language from the job, unless told', async () => {
    const source =
      '{{ 1763688203441 | datetime }}|{{ 1763688203441 | datetime("Asia/Tokyo", "time", locale="en") }}'
    expect(await shown(source)).toBe('Nov 21, 2025, 01:23 UTC|10:23 GMT+9')
    expect(await shown(source, { locale: 'de', timeZone: 'Europe/Zurich' })).toBe(
      '21. Nov. 2025, 02:23 MEZ|10:23 GMT+9',
    )
  })

  it('do not mix up mails that are rendered at the same time', async () => {
    const go = render({})
    const zones = ['UTC', 'Europe/Zurich', 'Asia/Tokyo', 'America/New_York']
    const requests = Array.from({ length: 40 }, (_, index) => zones[index % zones.length] ?? 'UTC')
    const texts = await Promise.all(
      requests.map(async (timeZone) => {
        const source = '{{ 1763688203441 | datetime(format="%H:%M") }}'
        return (await go({ subject: 'x', inlineTemplate: source, timeZone }, {})).text
      }),
    )
    const hours = ['01:23', '02:23', '10:23', '20:23']
    expect(texts).toEqual(requests.map((_, index) => hours[index % hours.length]))
  })

  it('print nothing for what is not there, and warn of it', async () => {
    const source =
      '[{{ incident.a | datetime }}{{ none | datetime }}{{ none | ago }}{{ none | tlp }}{{ none | defang }}]'
    const { text, warnings } = await render({})({ subject: 'x', inlineTemplate: source }, {})
    expect(text).toBe('[]')
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringContaining('incident.a is undefined'),
    ])
  })

  it('escape in HTML what they did not make HTML of', async () => {
    const incident = { name: '<b>https://evil.example</b>' }
    expect(await inHtml('{{ incident.name | defang }}', { incident })).toBe(
      '<p>&lt;b&gt;hxxps://evil[.]example&lt;/b&gt;</p>',
    )
    expect(await inHtml('{{ incident.name | safe | defang }}', { incident })).toBe(
      '<p><b>hxxps://evil[.]example</b></p>',
    )
    expect(await inHtml('{{ incident.name | plain }}', { incident })).toBe('<p>https://evil.example</p>')
    expect(await inHtml('{{ incident.name | html }}', { incident })).toBe(
      '<p>&lt;b&gt;https://evil.example&lt;/b&gt;</p>',
    )
  })
})

describe('tlp', () => {
  it('is a label with its colours in HTML, and words in text and subjects', async () => {
    const html = await inHtml('{{ mail.tlp | tlp }}', { tlp: 'amber+strict' })
    expect(html).toMatch(
      /^<p><span style="[^"]*background-color: #000000; color: #ffc000[^"]*">TLP:AMBER\+STRICT<\/span><\/p>$/,
    )
    expect(await shown('{{ mail.tlp | tlp }}', { tlp: 'amber+strict' })).toBe('TLP:AMBER+STRICT')
    const { subject } = await render({})({ body: 'x', subject: '{{ "white" | tlp }} hello' }, {})
    expect(subject).toBe('TLP:CLEAR hello')
  })

  it.each([
    ['red', '#ff2b2b'],
    ['TLP:AMBER', '#ffc000'],
    ['amber_strict', '#ffc000'],
    ['green', '#33ff00'],
    ['clear', '#ffffff'],
  ])('%s is %s', async (label, colour) => {
    expect(await inHtml(`{{ "${label}" | tlp }}`)).toContain(`color: ${colour}`)
  })

  it('refuses a label that does not exist', async () => {
    await expect(inHtml('{{ "orange" | tlp }}')).rejects.toMatchObject({
      code: 'TEMPLATE_ERROR',
      message: expect.stringContaining('tlp knows red, amber, amber+strict, green, clear, not "orange"'),
    })
  })
})

describe('what is no value for a filter', () => {
  it.each([
    ['{{ {"a": 1} | iso8601 }}', 'iso8601 needs milliseconds since 1970, not {"a":1}'],
    ['{{ -8640000000000001 | iso8601 }}', 'iso8601 needs milliseconds since 1970, not -8640000000000001'],
    ['{{ {"a": 1} | soar_datetimeformat }}', 'is no date as'],
    ['{{ 1 | json({"a": 1}) }}', 'json needs a number'],
    ['{{ template_helper.get_datatable_value_array(1, "t", {"a": 1}) }}', 'a column is named by text'],
  ])('%s is an error in words', async (source, message) => {
    const incident = { incident: { id: 1 }, tables: { t: { rows: [] } } }
    const failure = render({})({ subject: 'S', incident, inlineTemplate: source }, {})
    await expect(failure).rejects.toMatchObject({
      code: 'TEMPLATE_ERROR',
      message: expect.stringContaining(message),
    })
  })
})

describe('severity_color', () => {
  it.each(['Critical', 'high', 'MEDIUM', 'Low', 'Kritisch', 'SEV-2', 'p3', '', 'constructor', '<x>'])(
    '%s has a colour that white can be read on',
    (severity) => {
      expect(contrast('#ffffff', severityColor(severity))).toBeGreaterThanOrEqual(4.5)
    },
  )
})

describe('filesize', () => {
  it.each([
    [0, '0 bytes', '0 Byte'],
    [1, '1 byte', '1 Byte'],
    [999, '999 bytes', '999 Byte'],
    [1000, '1 kB', '1 kB'],
    [1_434_000, '1.4 MB', '1,4 MB'],
    [999_999, '1 MB', '1 MB'],
    [-2_500, '-2.5 kB', '-2,5 kB'],
  ])('%d', (bytes, english, german) => {
    expect(filesize(bytes, 'en', false)).toBe(english)
    expect(filesize(bytes, 'de', false).replace('\u00a0', ' ')).toBe(german)
  })

  it('counts in 1024s where told', async () => {
    expect(await shown('{{ 1434000 | filesize(binary=true) }}, {{ 1434000 | filesize }}')).toBe(
      '1.4 MiB, 1.4 MB',
    )
  })
})

describe('plain', () => {
  it.each([
    ['<div>One</div><div>Two<br>Three</div>', 'One\nTwo\nThree'],
    ['<p>One</p><p>Two</p>', 'One\n\nTwo'],
    ['<ul><li>a</li><li>b</li></ul>', '- a\n- b'],
    ['R&amp;D &lt;all&gt; &eacute;', 'R&D <all> é'],
    ['<a href="https://a.example/?x=1&amp;y=2">there</a>', 'there <https://a.example/?x=1&y=2>'],
    ['<a href="https://a.example/">https://a.example/</a>', 'https://a.example/'],
    ['<style>p { color: red }</style>x<script>alert(1)</script>', 'x'],
    ['  a\n  b  ', 'a\n  b'],
    ['<table><tr><td>a</td><td>b</td></tr></table>', 'a b'],
  ])('%s', (html, text) => {
    expect(plain(html)).toBe(text)
  })

  it.each(['<b>'.repeat(100_000), '<a href="'.repeat(50_000), '</a>'.repeat(100_000), '&'.repeat(200_000)])(
    'goes through hostile text once: case %#',
    (hostile) => {
      expect(plain(hostile).length).toBeLessThanOrEqual(hostile.length)
    },
  )
})

describe("IBM's filters", () => {
  it.each([
    ["{{ '2021-10-22T20:53:53.913Z' | soar_datetimeformat(split_at='.') }}", '1634936033000'],
    ["{{ '2021-10-22T20:53:53Z' | soar_datetimeformat(date_format='%Y-%m-%dT%H:%M:%SZ') }}", '1634936033000'],
    ["{{ '2021-10-22T20:53:53Z' | soar_datetimeformat(split_at='.') }}", '1634936033000'],
    ['{{ 1634936033000 | soar_display_datetimeformat }}', '2021-10-22T20:53:53Z'],
    ['{{ 1634936033 | soar_display_datetimeformat(false, "%d.%m.%Y") }}', '22.10.2021'],
    ['{{ "2" | soar_substitute(\'{"1": "Low", "2": "High"}\') }}', 'High'],
    ['{{ 2 | soar_substitute(\'{"1": "Low", "DEFAULT": "Medium"}\') }}', 'Medium'],
    ['{{ "x" | soar_substitute(\'{"1": "Low"}\') }}', 'x'],
    ['{{ "constructor" | soar_substitute(\'{"1": "Low"}\') }}', 'constructor'],
    ['{{ "abc - def" | soar_splitpart(1) }}', 'def'],
    ['{{ "abc - def" | soar_splitpart(5) }}', 'abc - def'],
    ['{{ "abc/def" | soar_splitpart(0, split_chars="/") }}', 'abc'],
    ['{{ [" a", "b "] | soar_trimlist | join("|") }}', 'a|b'],
    ['{{ 1645820357123 | iso8601 }}', '2022-02-25T20:19:17+00:00'],
    ['{{ {"year": 2018, "month": 8, "day": 1} | timestamp }}', '1533081600000'],
    ['{{ [3, 1, 3, 2] | uniq | join(",") }}', '3,1,2'],
    ['{{ [{"a": 1, "b": 1}, {"a": 1, "b": 2}] | uniq("a") | length }}', '1'],
    ['{{ "a#bc_def" | camel }}', 'ABcDef'],
    ['{{ "https://a.example/b?c=(d)" | url }}', 'https%3A//a.example/b%3Fc%3D%28d%29'],
    ['{{ "bücher.example" | idna }}', 'xn--bcher-kva.example'],
    [
      '{{ {"b": "é", "a": [1, none]} | json(2) }}',
      '{\n  "a": [\n    1,\n    null\n  ],\n  "b": "\\u00e9"\n}',
    ],
    ['{{ "a\\"b" | js }}', 'a\\"b'],
    ['{{ "abc" | base64 }}', 'ImFiYyI=\n'],
  ])('%s', async (source, expected) => {
    expect(await shown(source)).toBe(expected)
  })

  it('say what is wrong with what they get', async () => {
    await expect(shown('{{ "soon" | soar_datetimeformat }}')).rejects.toThrow(/"soon" is no date/)
    await expect(shown('{{ "1" | soar_substitute("{") }}')).rejects.toThrow(/needs a JSON object/)
    await expect(shown('{{ "1" | soar_splitpart(0, "") }}')).rejects.toThrow(/separator that is not empty/)
  })
})

describe("filters of one's own", () => {
  const filters = {
    shout: (value: unknown, mark: unknown = '!') => `${String(value).toUpperCase()}${String(mark)}`,
    bold: (value: unknown) => safeHtml(`<b>${Number(value)}</b>`),
    upper: () => 'mine',
  }

  it('get the value and the arguments, and are escaped unless they say that it is HTML', async () => {
    const source = '<p>{{ "<a>" | shout }} {{ "b" | safe | shout("?") }} {{ 7 | bold }}</p>'
    expect(await shown(source, {}, { filters })).toBe('<p>&lt;A&gt;! B? <b>7</b></p>')
  })

  it('win over built-in ones of the same name, in that notifier alone', async () => {
    expect(await shown('{{ "x" | upper }}', {}, { filters })).toBe('mine')
    expect(await shown('{{ "x" | upper }}')).toBe('X')
    await expect(shown('{{ "x" | shout }}')).rejects.toMatchObject({ code: 'TEMPLATE_ERROR' })
  })

  it('cannot hand a template anything alive', async () => {
    const alive = { leak: () => ({ run: () => process, text: 'data', constructor: Function }) }
    const source = '{{ ("x" | leak).text }}[{{ ("x" | leak).run }}{{ ("x" | leak).constructor }}]'
    expect(await shown(source, {}, { filters: alive })).toBe('data[]')
  })
})
