import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { load } from 'cheerio'
import { describe, expect, it } from 'vitest'
import { loadBranding } from '../../src/render/branding.js'
import { contrast, readableOn, textOn } from '../../src/render/contrast.js'
import { type Branding, render } from '../../src/render/render.js'

const incident = { id: 1, name: 'Lost laptop' }
const rendered = (branding: Branding, template = 'incident-summary') =>
  render({ branding })({ template, incident }, {})

describe('branding', () => {
  it('puts name, logo, colours, signature and footer into HTML and text', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'branding-'))
    const logo = join(folder, 'logo.gif')
    await writeFile(logo, 'GIF89a')
    const { html, text } = await rendered({
      name: 'R&D <CERT>',
      logo,
      headerColor: '#0B5D1E',
      signature: 'Ann\nDuty <officer>',
      footer: 'Call 555-0100\nRoom 7',
    })
    const $ = load(html ?? '')
    expect($('img').attr('src')).toBe(`data:image/gif;base64,${Buffer.from('GIF89a').toString('base64')}`)
    expect($('img').attr('alt')).toBe('R&D <CERT>')
    expect(html).toContain('background-color: #0b5d1e')
    for (const content of [$('body').text(), text]) {
      for (const word of ['R&D <CERT>', 'Ann', 'Duty <officer>', 'Call 555-0100', 'Room 7']) {
        expect(content).toContain(word)
      }
    }
    expect(text).toContain(
      '-- \nAnn\nDuty <officer>\n\nSent automatically about incident 1.\nCall 555-0100\nRoom 7',
    )
  })

  it("is there for templates of one's own", async () => {
    const source = '{{ branding.name }} {{ branding.signature | join("/") }} {{ branding.accent_color }}'
    const { text } = await render({ branding: { name: 'CERT', signature: 'a\nb' } })(
      { subject: 'x', inlineTemplate: source },
      {},
    )
    expect(text).toBe('CERT a/b #175cd3')
  })

  it.each([
    [
      { headerColor: 'red' },
      'INVALID_CONFIG',
      /branding.headerColor has to be a colour such as "#175cd3", not "red"/,
    ],
    [{ accentColor: '#12345g' }, 'INVALID_CONFIG', /branding.accentColor/],
    [{ accentColor: '#fff;} body{display:none' }, 'INVALID_CONFIG', /branding.accentColor/],
    [{ logo: 'soc.p12' }, 'INVALID_CONFIG', /branding.logo has to be a .png, .jpg or .gif file/],
    [{ logo: '/nowhere/logo.png' }, 'FILE_NOT_FOUND', /the logo \/nowhere\/logo.png does not exist/],
  ] satisfies [Branding, string, RegExp][])('%j is refused', async (branding, code, message) => {
    await expect(rendered(branding)).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })

  it.each(['#ffffff', '#ffe14d', '#00ffff', '#ff0000', '#808080', '#000000', '#175cd3'])(
    'stays readable with %s as its colour',
    async (color) => {
      const made = await loadBranding({ headerColor: color, accentColor: color })
      expect(contrast(made.header_text, made.header_color)).toBeGreaterThanOrEqual(4.5)
      expect(contrast(made.accent_text, made.accent_color)).toBeGreaterThanOrEqual(4.5)
      expect(contrast(made.link_color, '#ffffff')).toBeGreaterThanOrEqual(4.5)
      expect(contrast(made.link_color_dark, '#1d2430')).toBeGreaterThanOrEqual(4.5)
    },
  )
})

describe('contrast', () => {
  it('is as WCAG has it', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5)
    expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2)
    expect(contrast('#ffffff', '#777777')).toBeCloseTo(4.48, 2)
    expect(textOn('#ffe14d')).toBe('#000000')
    expect(readableOn('#ffffff', '#175cd3')).toBe('#175cd3')
  })
})
