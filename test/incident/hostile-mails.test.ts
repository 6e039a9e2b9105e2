import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { render } from '../../src/render/render.js'
import { describeWith } from '../setup/with-peer.js'
import { attacks } from './hostile-html.js'

/** A template as people write it: rich text printed with `safe` into a cell of a table. */
const template = `<!doctype html><html><body><table id="mail" width="600">
<tr id="row"><td id="cell">{{ template_helper.get_incident_value(incident, 'description') | safe }}</td><td id="next">next</td></tr>
<tr><td id="note">{% for note in template_helper.get_notes(note) %}{{ note.text | safe }}{% endfor %}</td><td id="last">last</td></tr>
</table></body></html>`

/** What a browser makes of a mail, scripts allowed. */
interface Seen {
  /** Whether a script of the mail ran. */
  readonly ran: boolean
  /** What it tried to load, but for parts of the mail itself. */
  readonly requests: readonly string[]
  /** What the mail's table is like. */
  readonly rows: readonly string[]
  /** What stands, in the tree or on the screen, where the template does not put it. */
  readonly outside: readonly string[]
  /** Where links lead, by their protocols. */
  readonly protocols: readonly string[]
  /** Elements that take input, play or frame. */
  readonly active: readonly string[]
}

describeWith('chromium')('hostile mails in a real browser', () => {
  let browser: Browser
  let page: Page
  const requests: string[] = []
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
    })
    page = await browser.newPage()
    page.on('request', (request) => {
      const url = request.url()
      if (url !== 'about:blank' && !url.startsWith('cid:')) requests.push(url)
    })
    // Nothing leaves this machine, whatever is tried.
    await page.route('**/*', (route) => route.abort())
    await page.addInitScript('window.alert = () => { window.attacked = true }')
  })
  afterAll(() => browser.close())

  async function look(html: string): Promise<Seen> {
    await page.goto('about:blank')
    requests.length = 0
    await page.setContent(html, { waitUntil: 'load' })
    return { ...JSON.parse(String(await page.evaluate(LOOK))), requests: [...requests] }
  }

  const mail = async (description: string) => {
    const incident = {
      incident: { id: 2139, name: 'x', description: { format: 'html', content: description } },
      notes: [{ text: description, user_name: 'x', create_date: 0 }],
    }
    const { html } = await render({})(
      { subject: 'S', incident, inlineTemplate: template, format: 'html' },
      {},
    )
    return html ?? ''
  }

  it.each([
    ['scripts', '<img src=x onerror=alert(1)>', { ran: true }],
    ['what scripts do on a touch', '<b onmouseover=alert(1)>x</b>', { ran: true }],
    ['remote loads', '<img src="https://evil.example/p.gif">', { requests: ['https://evil.example/p.gif'] }],
    [
      'forged rows',
      '</td></tr><tr><td>forged</td></tr><tr><td>',
      { rows: expect.arrayContaining(['forged']) },
    ],
    ['overlays', '<div style="position:fixed;top:0;left:0">over</div>', { outside: ['DIV over'] }],
    ['links that run', '<a href="javascript:alert(1)">x</a>', { protocols: ['javascript:'] }],
    ['forms', '<form><input></form>', { active: ['FORM', 'INPUT'] }],
  ] as const)('are seen where nothing is cleaned: %s', async (_what, attack, found) => {
    const uncleaned = `<table id="mail"><tr id="row"><td id="cell">${attack}</td><td id="next">next</td></tr><tr><td id="note"></td><td id="last">last</td></tr></table>`
    expect(await look(uncleaned)).toMatchObject(found)
  })

  it.each(attacks)('%s', async (attack) => {
    const { rows, protocols, ...rest } = await look(await mail(attack))
    expect(rest).toEqual({ ran: false, requests: [], outside: [], active: [] })
    expect(rows).toEqual(['cell,next', 'note,last'])
    for (const protocol of protocols) expect(protocol).toMatch(/^(?:https?|mailto|tel|cid):$/)
  })
})

/** In the page: does what a reader does who touches everything, and tells what is there. */
const LOOK = `(async () => {
  const all = (selector) => [...document.querySelectorAll(selector)]
  for (const element of all('body, body *'))
    for (const event of ['mouseover', 'mouseenter', 'focus', 'toggle', 'load', 'error', 'start', 'animationend'])
      element.dispatchEvent(new Event(event))
  await new Promise((resolve) => setTimeout(resolve))
  const cells = all('#cell, #note')
  const inCell = (element) => cells.some((cell) => {
    if (!cell.contains(element)) return false
    const [box, room] = [element.getBoundingClientRect(), cell.getBoundingClientRect()]
    // A large letter may rise a little above its line.
    return box.width === 0 || (box.left >= room.left - 1 && box.right <= room.right + 1 && box.top >= room.top - 12 && box.bottom <= room.bottom + 12)
  })
  const known = (element) => element.matches('#mail, #mail > tbody, #mail > tbody > tr, #mail > tbody > tr > td')
  const text = [...document.body.childNodes].filter((node) => node.nodeType === 3 && node.data.trim() !== '')
  return JSON.stringify({
    ran: window.attacked === true,
    rows: all('#mail > tbody > tr').map((row) => [...row.cells].map((cell) => cell.id || cell.textContent).join()),
    outside: [
      ...all('body *').filter((element) => !known(element) && !inCell(element)).map((element) => element.tagName + ' ' + element.textContent),
      ...text.map((node) => node.data.trim()),
    ],
    protocols: all('a[href], area[href]').map((link) => link.protocol),
    active: all('script, iframe, object, embed, form, input, button, select, textarea, video, audio, svg, math, style, link, meta, base, marquee, dialog, details')
      .filter((element) => document.body.contains(element)).map((element) => element.tagName),
  })
})()`
