import { load } from 'cheerio'
import { describe, expect, it } from 'vitest'
import { cleanHtml } from '../../src/incident/clean-html.js'
import { attacks } from './hostile-html.js'

describe('harmless text and markup come through byte for byte', () => {
  const harmless = [
    '',
    'plain text, R&D, "quotes" & an em—dash',
    'a > b, {{ braces }}, &lt;tags&gt;',
    'if a < b and b <= c then 1 <2',
    '<div class="rte"><div>The laptop was <b>stolen</b> &amp; reported.</div></div>',
    '<p style="color: red; margin: 0 0 10px; font-family: \'Segoe UI\', Arial">x</p>',
    '<a target="_blank" href="https://soar.example.com:443/#incidents/2139?orgId=201&amp;taskId=994">Task</a>',
    '<a href=\'mailto:soc@example.com?subject=Hi\'>mail</a> <a href="tel:+49123">call</a>',
    '<UL>\n <LI>one</LI>\n <LI>two<br/>lines</LI>\n</UL>',
    '<table width="100%" border=1><thead><tr><th scope="col">A</th></tr></thead><tbody><tr><td colspan="2">1<table><tr><td>in</td></tr></table></td></tr></tbody></table>',
    '<img src="cid:logo@example" alt="Logo" width="120" height="40px">',
    '<h1>A</h1><hr><blockquote>q</blockquote><pre>  two  spaces\n</pre><font color="#ff0000" face="Arial" size="2">x</font>',
    '<span style="background-color: rgb(255, 255, 0)">marked</span><wbr>&nbsp;',
    '<p class="MsoNormal" style="margin: 0cm 0cm 8pt; line-height: 107%; font-size: 11pt; font-family: Calibri, sans-serif">x</p>',
    '<span style="color: rgb(36, 41, 46); font-family: Arial, \'Segoe UI\'">x</span>',
    '<span style="font-weight: bold; font-style: italic; text-decoration: underline; background: yellow none repeat scroll 0% 0%">x</span>',
    '<table style="width: 100%; border-collapse: collapse" border="1" cellpadding="4"><tr><td style="width: 311.75pt; padding: 0cm 5.4pt; border: 1pt solid windowtext; vertical-align: top">x</td></tr></table>',
    '<div style="text-align: center; padding: 8px 12px; border-left: 4px solid #CCC; margin-left: 40px; font: 14px/1.5 Arial, sans-serif">x</div>',
    '<h2 style="font-size: 1.5em; color: #c00 !important">x</h2><span style="font-size: 2em">x<small>y<sup>2</sup></small></span>',
    '<span style="background-color: transparent; color: rgba(0, 0, 0, 1); letter-spacing: normal">x</span>',
  ]
  it.each(harmless)('%s', (html) => {
    expect(cleanHtml(html)).toBe(html)
  })

  it('an address or link in angle brackets is kept as text', () => {
    expect(cleanHtml('From: Eve <eve@example.com>, see <https://example.com/a?b=c>')).toBe(
      'From: Eve &lt;eve@example.com&gt;, see &lt;https://example.com/a?b=c&gt;',
    )
  })

  it('what is open is closed, and what stands crosswise is put right', () => {
    expect(cleanHtml('<b><i>x</b></i>y<div><p>a<p>b')).toBe('<b><i>x</i></b>y<div><p>a</p><p>b</p></div>')
    expect(cleanHtml('<ul><li>a<li>b</ul>')).toBe('<ul><li>a</li><li>b</li></ul>')
  })
})

const forbidden = new Set(
  'script style iframe object embed applet form input button select option textarea svg math link meta base video audio source frame frameset template noscript title marquee plaintext xmp'.split(
    ' ',
  ),
)

/** Reads the cleaned text where templates put it, in a cell, as a browser does. */
function inCell(html: string) {
  const page = `<table id="mail"><tr id="row"><td id="cell">${cleanHtml(html)}</td><td id="next">next</td></tr><tr><td id="last">last</td></tr></table>`
  return load(page)
}

function expectHarmless(html: string): void {
  const $ = inCell(html)
  expect($('body').children().length, 'nothing stands outside of the table').toBe(1)
  expect($('body').text().endsWith('nextlast')).toBe(true)
  expect($('#cell').parent().attr('id')).toBe('row')
  expect($('#row').children('td').length, 'the row has the cells of the template').toBe(2)
  expect($('#mail > tbody > tr').length, 'the table has the rows of the template').toBe(2)
  expect($('#next').html()).toBe('next')
  const nodes = $('#cell *').toArray()
  for (const node of nodes) {
    expect(forbidden.has(node.name), `<${node.name}>`).toBe(false)
    for (const [name, value] of Object.entries(node.attribs)) {
      expect(name).toMatch(/^(?!on)[a-z]+$/)
      expect([
        'id',
        'name',
        'action',
        'formaction',
        'ping',
        'srcset',
        'srcdoc',
        'background',
        'poster',
      ]).not.toContain(name)
      if (name === 'href') expect(value.trim()).toMatch(/^(?:https?:\/\/|mailto:|tel:|cid:)/i)
      if (name === 'src') expect(value).toMatch(/^cid:/i)
      if (name === 'style')
        expect(value).not.toMatch(
          /url|expression|position|display|opacity|float|transform|behavior|binding|import|[\\@]|-\d|\d{5}/i,
        )
      if (name.endsWith('span')) expect(Number(value)).toBeLessThan(1000)
    }
  }
  expect(cleanHtml(html)).not.toMatch(/<!|<\?/)
}

describe('what attackers write is taken out', () => {
  it.each(attacks)('%s', (attack) => {
    expectHarmless(attack)
    expectHarmless(`before ${attack} after`)
  })

  it('any two attacks after one another', () => {
    for (const first of attacks) for (const second of attacks) cleanHtml(first + second)
    for (const [index, attack] of attacks.entries())
      expectHarmless(attack + (attacks[(index * 7 + 3) % attacks.length] ?? ''))
  })

  it('whatever is left is left alone the second time', () => {
    for (const attack of attacks) expect(cleanHtml(cleanHtml(attack))).toBe(cleanHtml(attack))
  })

  it('tags in any order', () => {
    const pieces =
      '<table> </table> <tr> </tr> <td> </td> <th> <tbody> </tbody> <caption> </caption> <colgroup> <col> <ul> </ul> <li> </li> <p> </p> <div> </div> <b> </b> <i> </i> <h1> </h1> <h2> <dl> <dt> <dd> </dl> x <a href="https://a.example"> </a> <br> </br> <hr> <!-- --> <pre> </pre> <blockquote> <font> </font>'.split(
        ' ',
      )
    let seed = 42
    const next = () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
      return pieces[Math.floor((seed / 2_147_483_648) * pieces.length)] ?? ''
    }
    for (let round = 0; round < 1500; round++) expectHarmless(Array.from({ length: 12 }, next).join(''))
  })
})

describe('rich text stays in its own place and can be seen', () => {
  it.each([
    'padding: 330px 700px 0 0',
    'padding: 1px',
    'border: 1px solid red',
    'border: 9999px solid',
    'border-top: medium solid #fff',
    'font-size: 0',
    'font-size: 1px',
    'font-size: 60px',
    'font-size: 40vw',
    'font-size: 3em',
    'font-size: 300%',
    'font: 0/0 a',
    'font: 60px/1 Arial',
    'font: 12px/0 Arial',
    'line-height: 0',
    'line-height: 0.2',
    'line-height: 4px',
    'line-height: 10%',
    'color: transparent',
    'color: #0000',
    'color: #ffffff00',
    'color: rgba(0,0,0,0)',
    'color: rgb(0 0 0 / 0%)',
    'color: rgba(0, 0, 0, .01)',
    'background: rgba(255, 255, 255, 0.5)',
    'width: 0',
    'max-width: 0',
    'max-width: 1px',
    'width: 300px',
    'width: 9999px',
    'min-width: 5000px',
    'white-space: nowrap',
    'white-space: pre',
    'text-indent: 9999px',
    'vertical-align: 300px',
    'vertical-align: 50%',
    'letter-spacing: 99px',
    'word-spacing: 999px',
    'tab-size: 9999',
    'margin-top: 9999px',
    'margin-left: 90%',
    'text-decoration: line-through 300px #fff',
    "list-style-type: 'Severity: Low'",
    'border-spacing: 999px',
    'height: 900px',
  ])('%s', (style) => {
    expect(cleanHtml(`<span style="${style}">x</span>`)).toBe('<span>x</span>')
    expect(cleanHtml(`<span style="color: red; ${style}">x</span>`)).toBe('<span style="color: red">x</span>')
  })

  it('nor do blocks, cells and images take more room than they need', () => {
    for (const style of [
      'padding: 330px 0 0',
      'padding: 60em',
      'padding: 50%',
      'border: 99px solid',
      'width: 0',
    ]) {
      expect(cleanHtml(`<div style="${style}">x</div>`)).toBe('<div>x</div>')
      expect(cleanHtml(`<table><tr><td style="${style}">x</td></tr></table>`)).toBe(
        '<table><tr><td>x</td></tr></table>',
      )
    }
    expect(cleanHtml('<img src="cid:a" width="9999" height="9999">')).toBe('<img src="cid:a">')
    expect(cleanHtml('<img src="cid:a" width="0" height="0">')).toBe('<img src="cid:a">')
    expect(cleanHtml('<font size="7">x</font><hr size="999">')).toBe('<font>x</font><hr>')
    expect(cleanHtml('<table height="9999" border="99" cellpadding="999"></table>')).toBe('<table></table>')
    expect(cleanHtml('<table><tr height="900"><td rowspan="999" colspan="101"></table>')).toBe(
      '<table><tr><td></td></tr></table>',
    )
  })

  it.each([
    '<span style="font-size: 2em">',
    '<span style="font: 200% Arial">',
    '<span style="font-size: larger">',
    '<big>',
  ])('%s in itself does not grow beyond 40 pixels', (tag) => {
    const cleaned = cleanHtml(`${tag.repeat(50)}x`)
    const factor = /2em|200%/.test(tag) ? 2 : 1.2
    expect(16 * factor ** (cleaned.split(tag).length - 1)).toBeLessThanOrEqual(40)
    expect(cleaned).toContain('x')
  })

  it.each(['<small>', '<sub>', '<sup>', '<span style="font-size: 50%">'])(
    '%s in itself stays large enough to read',
    (tag) => {
      expect(cleanHtml(`${tag.repeat(50)}x`).split(tag).length).toBeLessThan(7)
    },
  )

  it('headings in tables in headings, and sizes that overrule the last one, are counted too', () => {
    expect(cleanHtml('<h1><table><tr><td>'.repeat(5)).split('<h1>').length - 1).toBe(1)
    const overruled = '<span style="font-size: 2em !important; font-size: 1em">'
    expect(cleanHtml(overruled.repeat(9))).not.toContain('2em')
  })

  it('a value that is longer than 300 characters is dropped', () => {
    const families = (length: number) => `font-family: ${'a'.repeat(length)}`
    expect(cleanHtml(`<b style="${families(300)}">x</b>`)).toContain('font-family')
    expect(cleanHtml(`<b style="${families(301)}">x</b>`)).toBe('<b>x</b>')
  })

  it.each([
    'https://ok.example/a b',
    'https://ok.example/\u0001',
    'https://ok.example/\tx',
    'https://ok\n.example',
    'https://ok.example/\u0085',
  ])('a link with white space or control characters is dropped: %j', (url) => {
    expect(cleanHtml(`<a href="${url}">x</a>`)).toBe('<a>x</a>')
  })
})

describe('the work grows with the length alone', () => {
  const units = [
    '<',
    '<a ',
    '<a href="',
    '<!--',
    '</',
    '<a b=c ',
    '&',
    '<p>',
    '</p>',
    '<table><tr><td>',
    '<b><i>',
    '<?',
    '<ul><li>',
    '<svg>',
    '</svg>',
    '<a\t\t',
    '<p style="a:b;',
    '&#60;',
  ]
  it.each(units)('%s, 50,000 times', (unit) => {
    const cleaned = cleanHtml(`<p>${unit.repeat(50_000)}`)
    expect(cleaned.length).toBeLessThan(unit.length * 50_000 * 6 + 1000)
  })

  it('elements stand at most 60 deep in one another', () => {
    const cleaned = cleanHtml('<div>'.repeat(10_000) + '</div>'.repeat(10_000))
    expect(cleaned.split('<div>').length - 1).toBe(60)
    expect(cleaned.split('</div>').length - 1).toBe(60)
  })
})
