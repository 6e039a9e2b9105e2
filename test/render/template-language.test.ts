import { describe, expect, it } from 'vitest'
import { IncidentMailerError } from '../../src/errors.js'
import { exitCodeOf } from '../../src/exit-codes.js'
import { createNotifier } from '../../src/notifier/notifier.js'
import { safeHtml } from '../../src/render/filters/safe-html.js'
import { type RenderOptions, render } from '../../src/render/render.js'

async function shown(inlineTemplate: string, options: RenderOptions = {}): Promise<string | null> {
  const incident = { id: 7, name: '<b>Lost</b>' }
  const { html } = await render(options)({ subject: 'S', format: 'html', incident, inlineTemplate }, {})
  return html
}

describe("a caller's own parts of the language", () => {
  const own: RenderOptions = {
    tests: { internal: (value, network = '10.') => String(value).startsWith(String(network)) },
    globals: {
      hotline: '<110>',
      twice: (value: unknown) => Number(value) * 2,
      list: [1],
      link: () => safeHtml('<a>'),
    },
    tags: {
      panel: {
        body: true,
        render: ({ named }, body) => safeHtml(`<div title="${Number(named.level)}">${body}</div>`),
      },
      name: { render: ({ placed }) => `<${placed.join()}>` },
    },
  }

  it('tests', async () => {
    expect(await shown('{{ "10.1" is internal }} {{ "10.1" is internal("192.") }}', own)).toBe('True False')
    expect(await shown('{{ ["10.1", "9"] | select("internal") | join }}', own)).toBe('10.1')
  })

  it('globals: data, which is escaped, and functions', async () => {
    expect(await shown('{{ hotline }} {{ twice(4) }} {{ link() }}', own)).toBe('&lt;110&gt; 8 <a>')
    await expect(shown('{{ twice(value=4) }}', own)).rejects.toThrow(
      /twice takes its arguments by place alone/,
    )
  })

  it('globals, of which no mail changes anything for the next', async () => {
    const stage = render(own)
    const request = { subject: 'S', inlineTemplate: '<p>{% do list.append(2) %}{{ list }}' }
    expect([(await stage(request, {})).html, (await stage(request, {})).html]).toEqual([
      '<p>[1, 2]',
      '<p>[1, 2]',
    ])
    expect(own.globals?.list).toEqual([1])
  })

  it("globals, which a mail's own variables win over", async () => {
    expect(await shown('{{ incident.id }}', { globals: { incident: { id: 'mine' } } })).toBe('7')
  })

  it('tags; what is no safe HTML is escaped, a body was before', async () => {
    expect(await shown('{% panel level=2 %}{{ incident.name }}{% endpanel %}{% name 1, 2 %}', own)).toBe(
      '<div title="2">&lt;b&gt;Lost&lt;/b&gt;</div>&lt;1,2&gt;',
    )
  })

  it('are none of them asked to wait', async () => {
    const slow = async () => Promise.reject(new Error('too late'))
    for (const options of [
      { filters: { slow } },
      { globals: { slow } },
      { tags: { slow: { render: slow } } },
    ]) {
      const source =
        'filters' in options ? '{{ 1 | slow }}' : 'tags' in options ? '{% slow %}' : '{{ slow() }}'
      await expect(shown(source, options)).rejects.toMatchObject({
        code: 'TEMPLATE_ERROR',
        message: expect.stringMatching(/line 1, column \d+: templates cannot wait/),
      })
    }
  })

  it('hand a template nothing alive', async () => {
    const alive = () => ({ run: () => process, constructor: Function, text: 'data' })
    const options = { globals: { alive, data: { run: () => process, text: 'data' } } }
    expect(
      await shown(
        '{{ alive().text }}{{ data.text }}[{{ alive().run }}{{ data.run }}{{ alive().constructor }}]',
        options,
      ),
    ).toBe('datadata[]')
    await expect(shown('{{ alive.constructor("return 1")() }}', options)).rejects.toThrow(IncidentMailerError)
  })
})

describe('options that cannot be', () => {
  it.each<[string, object, string, RegExp]>([
    ['a misspelt name', { test: {} }, 'test', /did you mean tests/],
    ['a filter that is no function', { filters: { up: 'upper' } }, 'filters.up', /must be a function/],
    ['a test that is no function', { tests: { up: {} } }, 'tests.up', /must be a function/],
    ['a name that no template can write', { globals: { 'a b': 1 } }, 'globals', /cannot use the name "a b"/],
    ['data without an end', { globals: { loop: endless() } }, 'globals.loop', /contains itself/],
    ['a list of tags', { tags: [] }, 'tags', /must be an object/],
    [
      'a misspelt key of a tag',
      { tags: { box: { bdy: true, render: () => '' } } },
      'tags.box.bdy',
      /did you mean tags\.box\.body/,
    ],
    ['a tag that prints nothing', { tags: { box: { body: true } } }, 'tags.box.render', /must be a function/],
    [
      'a misspelt limit',
      { templateLimits: { step: 1 } },
      'templateLimits.step',
      /did you mean templateLimits\.steps/,
    ],
    ['a limit that is no number', { templateLimits: { time: '1s' } }, 'templateLimits.time', /whole number/],
  ])('%s', async (_what, options, field, message) => {
    const refusal = { code: 'INVALID_CONFIG', field, message: expect.stringMatching(message) }
    expect(() => render(options)).toThrow(expect.objectContaining(refusal))
    await expect(createNotifier(options)).rejects.toMatchObject(refusal)
  })
})

describe('a bound that a template reaches', () => {
  it.each<[string, string, RenderOptions['templateLimits']]>([
    ['TEMPLATE_STEPS_EXCEEDED', '{% for i in range(1000) %}{% endfor %}', { steps: 100 }],
    ['TEMPLATE_STEPS_EXCEEDED', '{{ range(1000000000) }}', {}],
    ['TEMPLATE_OUTPUT_EXCEEDED', '{% for i in range(1000) %}text{% endfor %}', { output: 100 }],
    ['TEMPLATE_NESTING_EXCEEDED', '{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}', { nesting: 10 }],
    ['TEMPLATE_NESTING_EXCEEDED', `{{ ${'['.repeat(300)}${']'.repeat(300)} }}`, {}],
    [
      'TEMPLATE_TIME_EXCEEDED',
      `{% for i in range(99999) %}{% for i in range(99999) %}{% endfor %}{% endfor %}`,
      { steps: 1e12, time: 20 },
    ],
    ['TEMPLATE_SOURCE_EXCEEDED', ' '.repeat(1_000_001), {}],
  ])('is %s, a mistake of the job', async (code, inlineTemplate, templateLimits = {}) => {
    const error = await createNotifier({ templateLimits })
      .then((notifier) => notifier.render({ subject: 'S', inlineTemplate }))
      .catch((thrown) => thrown)
    expect(error).toMatchObject({ code, field: 'inlineTemplate', temporary: false })
    expect(exitCodeOf(error)).toBe(65)
  })
})

function endless(): object {
  const loop: Record<string, unknown> = {}
  loop.loop = loop
  return loop
}
