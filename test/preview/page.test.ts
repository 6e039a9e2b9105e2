import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { describeWith } from '../setup/with-peer.js'
import { mailIn, previewInChromium } from './browser.js'

describeWith('chromium')('the preview page', () => {
  const { open, newContext } = previewInChromium()

  it('shows a built-in mail about an example incident in an empty folder', async () => {
    const { page, complaints } = await open()
    await mailIn(page).getByRole('heading', { name: 'Credential phishing against R&D' }).waitFor()
    expect(await page.title()).toContain('Credential phishing')
    expect(await page.getByRole('radio', { name: 'incident-summary' }).isChecked()).toBe(true)
    expect(complaints).toEqual([])
  })

  it('shows what is chosen, keeps it in the address, and shows it again after a reload', async () => {
    const { page } = await open()
    await page.getByText('closing-report').click()
    await page.getByText('2131 · Lost laptop').click()
    await mailIn(page).getByText('Closing report').first().waitFor()
    await page.getByLabel('To', { exact: true }).fill('ciso@example.com')
    await page.getByLabel('TLP', { exact: true }).selectOption('amber')
    await page.getByLabel('Language').fill('de')
    await mailIn(page).getByText('TLP:AMBER').first().waitFor()
    await page.locator('.people').getByText('ciso@example.com').waitFor()
    await page.locator('.segments').getByText('Phone').click()
    const address = page.url()
    expect(address).toMatch(/#.*template=closing-report.*job\.tlp=amber.*width=phone/)
    await page.reload()
    await mailIn(page).getByText('TLP:AMBER').first().waitFor()
    expect(page.url()).toBe(address)
    expect(await page.getByLabel('To', { exact: true }).inputValue()).toBe('ciso@example.com')
    expect(await page.locator('.desk iframe').evaluate((frame) => frame.clientWidth)).toBe(375)
  })

  it('shows an incident that is pasted, and where it is no JSON', async () => {
    const { page } = await open()
    await page.getByText('Paste an incident').click()
    const area = page.getByLabel('An incident as JSON')
    await area.fill('{ "id": 7, "name": "Pasted by hand" }')
    await mailIn(page).getByRole('heading', { name: 'Pasted by hand' }).waitFor()
    await area.fill('{\n  "id": 7,\n  "name": \n}')
    await page.getByRole('alert').getByText('line 4, column 1').waitFor()
    // The last good mail stays.
    await mailIn(page).getByRole('heading', { name: 'Pasted by hand' }).waitFor()
  })

  it('shows a template that is opened, and the place of what is wrong in it', async () => {
    const { page } = await open()
    const file = (source: string) => ({ name: 'x.njk', mimeType: 'text/plain', buffer: Buffer.from(source) })
    await page
      .getByLabel('Open a file')
      .setInputFiles(file('<h1>Own: {{ incident.name }}</h1>\n<p>{{ incident.id }}</p>'))
    await mailIn(page).getByRole('heading', { name: 'Own: Credential phishing' }).waitFor()
    await page
      .getByLabel('Open a file')
      .setInputFiles(file('<p>one</p>\n<p>{{ incident.name | nofilter }}</p>'))
    await page.getByRole('alert').getByText('line 2').first().waitFor()
    expect(await page.locator('mark.line').textContent()).toContain('nofilter')
  })

  it('shows text, source, parts with downloads, header fields and S/MIME', async () => {
    const { page } = await open({ choice: { 'job.attachments': '*', 'job.encrypt': 'true' } })
    await page.getByRole('tab', { name: 'Text' }).click()
    await page.getByRole('tabpanel').getByText('hxxps://payroll-example[.]test/login').waitFor()
    await page.getByRole('tab', { name: 'Source' }).click()
    await page.getByRole('tabpanel').getByText('MIME-Version: 1.0').waitFor()
    const row = page.getByRole('row', { name: /suspicious-mail\.eml/ })
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      row.getByRole('link', { name: 'Download' }).click(),
    ])
    expect(download.suggestedFilename()).toBe('suspicious-mail.eml')
    await page.getByRole('tab', { name: 'Headers' }).click()
    await page.getByRole('row', { name: /Auto-Submitted auto-generated/ }).waitFor()
    await page.getByRole('tab', { name: 'S/MIME' }).click()
    await page.getByText('It cannot be encrypted, and would not be sent.').waitFor()
    await page.getByRole('row', { name: /recipient@example.com to none/ }).waitFor()
  })

  it('tells what looks wrong', async () => {
    const { page } = await open({ choice: { source: '<p>{{ incident.nmae }}</p><a href="">x</a>' } })
    await page.getByRole('tab', { name: 'Findings' }).getByText('2').waitFor()
    await page.getByRole('tab', { name: 'Findings' }).click()
    await page.getByText(/incident\.nmae is undefined/).waitFor()
    await page.getByText(/leads nowhere/).waitFor()
  })

  it('shows light and dark as the mail means them, whatever the machine prefers', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page } = await open({ browser: { colorScheme } })
      const ink = () =>
        mailIn(page)
          .getByRole('heading')
          .first()
          .evaluate((heading) => heading.ownerDocument.defaultView?.getComputedStyle(heading).color)
      await mailIn(page).getByRole('heading').first().waitFor()
      const light = await ink()
      await page.locator('.segments').getByText('Dark').click()
      await page
        .frameLocator('.desk iframe[title*="dark"]:not(.coming)')
        .getByRole('heading')
        .first()
        .waitFor()
      const dark = await ink()
      expect(light).toBe('rgb(21, 36, 59)')
      expect(dark).toBe('rgb(245, 247, 250)')
    }
  })

  it('lets nothing of a hostile mail run, load, or leave its frame', async () => {
    const asked: string[] = []
    const outside = createServer((request, response) => {
      asked.push(request.url ?? '')
      response.end()
    }).listen(0, '127.0.0.1')
    // A connection alone would already tell somebody that the mail is read.
    outside.on('connection', () => asked.push('a connection'))
    await once(outside, 'listening')
    const { port } = outside.address() as AddressInfo
    const evil = `http://127.0.0.1:${port}`
    const { page } = await open({
      choice: {
        source: `<html><head><meta http-equiv="refresh" content="0;url=${evil}/refresh">
          <link rel="preconnect" href="${evil}/preconnect"><link rel="stylesheet" href="${evil}/sheet.css">
          <base href="${evil}/base/"><style>@import "${evil}/import.css"; @font-face { font-family: x; src: url(${evil}/font) }
          body { font-family: x; background: url(${evil}/background) }
          #over { position: fixed; inset: 0; width: 300vw; height: 300vh; z-index: 99999; margin: -100vh -100vw }</style></head>
          <body onload="top.hacked = 1"><script>parent.hacked = 1; fetch('${evil}/fetch')</script>
          <img src="${evil}/pixel" onerror="parent.hacked = 1"><img src="x" onerror="parent.hacked = 1">
          <svg onload="parent.hacked = 1"><script>parent.hacked = 1</script></svg>
          <iframe src="${evil}/frame"></iframe><iframe srcdoc="<script>top.hacked = 1</script>"></iframe>
          <object data="${evil}/object"></object><embed src="${evil}/embed"><video src="${evil}/video" autoplay></video>
          <form id="form" action="${evil}/form" method="post"><button id="send">Send</button></form>
          <a id="top" target="_top" href="${evil}/top">top</a><a id="self" target="_self" href="${evil}/self">self</a>
          <a id="blank" href="${evil}/blank" ping="${evil}/ping">blank</a><a id="js" href="javascript:parent.hacked=1">js</a>
          <a id="own" href="../choices">own</a>
          <p>Still here: {{ incident.name }}</p></body></html>`,
        incident: 'example/2142.json',
      },
    })
    const mail = mailIn(page)
    await mail.getByText('Still here').waitFor()
    for (const id of ['send', 'top', 'self', 'blank', 'js', 'own']) {
      await mail.locator(`#${id}`).click({ noWaitAfter: true })
    }
    // A round trip, so that whatever the clicks set off has had its turn.
    await page.getByRole('tab', { name: 'Text' }).click()
    await page.getByRole('tab', { name: 'HTML' }).click()
    await mail.getByText('Still here').waitFor()
    expect(await page.evaluate('window.hacked')).toBeUndefined()
    expect(asked).toEqual([])
    expect(page.context().pages()).toHaveLength(1)
    await page.getByText(/things blocked/).click()
    await page.getByText(`${evil}/pixel`).waitFor()
    // The mail's styles stay in the frame.
    expect(await page.getByRole('tab', { name: 'Text' }).isVisible()).toBe(true)
    outside.close()
  })

  it('cleans what attackers wrote into an incident', async () => {
    const { page, complaints } = await open({ choice: { incident: 'example/2142.json' } })
    await mailIn(page).getByRole('heading', { name: 'What attackers write: <b>bold</b>' }).waitFor()
    expect(await mailIn(page).locator('script, form, iframe, [onclick]').count()).toBe(0)
    expect(complaints).toEqual([])
  })

  it('is closed to other pages in the same browser, even with its address', async () => {
    const { url } = await open()
    const other = createServer((_, response) => {
      response.setHeader('Content-Type', 'text/html')
      response.end('<p>Elsewhere</p>')
    }).listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const context = await newContext()
    const page = await context.newPage()
    await page.goto(`http://localhost:${port}/`)
    const seen = await page.evaluate(`(async (address) => {
      const read = await fetch(address + 'choices').then(
        (response) => 'read ' + response.status,
        () => 'refused',
      )
      const blind = await fetch(address + 'preview', { method: 'POST', mode: 'no-cors', body: '{}' }).then(
        (response) => response.type,
        () => 'refused',
      )
      const framed = await new Promise((resolve) => {
        const frame = document.createElement('iframe')
        frame.onload = () => resolve(frame.contentDocument === null ? 'opaque' : 'readable')
        frame.src = address
        document.body.append(frame)
      })
      const events = await new Promise((resolve) => {
        const source = new EventSource(address + 'events')
        source.onopen = () => resolve('open')
        source.onerror = () => resolve('refused')
      })
      const socket = await new Promise((resolve) => {
        const connection = new WebSocket(address.replace('http', 'ws'))
        connection.onopen = () => resolve('open')
        connection.onerror = () => resolve('refused')
      })
      const script = await new Promise((resolve) => {
        const tag = document.createElement('script')
        tag.onload = () => resolve('run')
        tag.onerror = () => resolve('refused')
        tag.src = address + 'page.js'
        document.head.append(tag)
      })
      return { read, blind, framed, events, socket, script }
    })('${url}')`)
    // The framed one is an error of the browser's own: nothing of the page is in it.
    expect(seen).toEqual({
      read: 'refused',
      blind: 'refused',
      framed: 'opaque',
      events: 'refused',
      socket: 'refused',
      script: 'refused',
    })
    await context.close()
    other.close()
  })

  it('opens where only the keyboard is, and moves with arrow keys', async () => {
    const { page } = await open()
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the mail')
    await page.getByRole('radio', { name: 'incident-summary' }).focus()
    await page.keyboard.press('ArrowDown')
    await page.waitForURL(/template=reply/)
    await page.getByRole('tab', { name: 'HTML' }).focus()
    await page.keyboard.press('ArrowRight')
    await page.locator('pre.text').waitFor()
    expect(await page.evaluate('document.activeElement.id')).toBe('tab-text')
  })
})
