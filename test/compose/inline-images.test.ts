import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Composed, composed, contentOf, leaf, leaves, outline, PNG, warningsOf } from './composing.js'

const GIF = Buffer.from('GIF89a\x01\x00\x01\x00\x00\x00\x00;', 'latin1')
const dataUri = (bytes: Buffer, type = 'image/png') => `data:${type};base64,${bytes.toString('base64')}`
/** The HTML part, decoded. */
const htmlOf = ({ tree }: Composed) =>
  leaf(tree, 'text/html')
    .body.toString()
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
    .trimEnd()
const cidsOf = ({ tree }: Composed) =>
  leaves(tree).flatMap(({ headers }) => headers.get('content-id')?.slice(1, -1) ?? [])

describe('An attachment with a cid', () => {
  it('is shown where the HTML names it', async () => {
    const result = await composed(
      { attachments: [{ name: 'logo.png', content: PNG, cid: '<logo@x>' }] },
      { html: '<p>Hi</p><IMG SRC = cid:logo%40x>' },
    )
    expect(outline(result.tree)).toBe(
      'multipart/alternative(text/plain, multipart/related(text/html, image/png))',
    )
    const image = leaf(result.tree, 'image/png')
    expect(image.headers.get('content-id')).toBe('<logo@x>')
    expect(image.headers.get('content-disposition')).toBe('inline; filename="logo.png"')
    expect(contentOf(image)).toEqual(PNG)
    expect(warningsOf(result)).toEqual([])
  })

  it.each([
    '<td background="cid:logo">',
    '<td style="background: url( \'cid:logo\' )">',
    '<style>.a { background: url(cid:logo) }</style>',
    '<td style="background:url(&quot;cid:logo&quot;)">',
    '<!--[if mso]><v:fill src="cid:logo"/><![endif]-->',
    '<img src="&#99;id:logo">',
    '<object data="cid:logo">',
  ])('is found in %s', async (html) => {
    const result = await composed({ attachments: [{ content: PNG, cid: 'logo' }] }, { html })
    expect(cidsOf(result)).toEqual(['logo'])
    expect(htmlOf(result)).toBe(html)
    expect(warningsOf(result)).toEqual([])
  })

  it('is an ordinary one where the HTML does not name it, with a warning', async () => {
    const more = { html: '<p>cid:logo is only text here</p><a title="logo">' }
    const result = await composed({ attachments: [{ content: PNG, cid: 'logo' }] }, more)
    expect(outline(result.tree)).toBe(
      'multipart/mixed(multipart/alternative(text/plain, text/html), image/png)',
    )
    expect(cidsOf(result)).toEqual([])
    expect(warningsOf(result)).toEqual(['UNUSED_CID'])
  })

  it('is an ordinary one in a text mail', async () => {
    const result = await composed({ attachments: [{ content: PNG, cid: 'logo' }] })
    expect(outline(result.tree)).toBe('multipart/mixed(text/plain, image/png)')
    expect(warningsOf(result)).toEqual(['UNUSED_CID'])
  })

  it('is missed with a warning', async () => {
    const result = await composed({}, { html: '<img src="cid:nothing"><img src="cid:nothing">' })
    expect(result.mail.warnings).toMatchObject([
      { code: 'UNKNOWN_CID', message: expect.stringContaining('"cid:nothing"') },
    ])
  })
})

describe('A data: URI', () => {
  it('becomes a part, the same image only one', async () => {
    const html = `<img alt='a>b' src="${dataUri(PNG)}"><img src='${dataUri(GIF, 'image/gif')}'><td style="background:url(${dataUri(PNG)})">`
    const result = await composed({}, { html })
    const [png, gif] = cidsOf(result)
    expect(outline(result.tree)).toBe(
      'multipart/alternative(text/plain, multipart/related(text/html, image/png, image/gif))',
    )
    expect(htmlOf(result)).toBe(
      `<img alt='a>b' src="cid:${png}"><img src='cid:${gif}'><td style="background:url(cid:${png})">`,
    )
    expect(contentOf(leaf(result.tree, 'image/png'))).toEqual(PNG)
    expect(warningsOf(result)).toEqual([])
  })

  it('goes by what it is, not by what it says', async () => {
    expect(outline((await composed({}, { html: `<img src="${dataUri(GIF)}">` })).tree)).toContain('image/gif')
  })

  it.each([
    dataUri(Buffer.from('<svg onload="alert(1)">'), 'image/svg+xml'),
    dataUri(Buffer.from('<script>'), 'text/html'),
    dataUri(Buffer.from('not a PNG')),
    'data:image/png,raw',
    'data:image/png;base64,####',
    'data:',
  ])('stays as it is where it is no image: %s', async (uri) => {
    const html = `<img src="${uri}">`
    const result = await composed({}, { html })
    expect(htmlOf(result)).toBe(html)
    expect(outline(result.tree)).toBe('multipart/alternative(text/plain, text/html)')
    expect(warningsOf(result)).toEqual(['IMAGE_IGNORED'])
  })
})

describe('A local image', () => {
  let root = ''
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'images-'))
    await mkdir(join(root, 'templates/img'), { recursive: true })
    await mkdir(join(root, 'templates-evil'))
    const files = {
      'templates/logo.png': PNG,
      'templates/img/a b.gif': GIF,
      'templates-evil/x.png': PNG,
      'outside.png': PNG,
    }
    for (const [name, content] of Object.entries(files)) await writeFile(join(root, name), content)
    await writeFile(join(root, 'templates/soc.p12'), 'PRIVATE')
    await writeFile(join(root, 'templates/.env'), 'PRIVATE')
    await writeFile(join(root, 'templates/key.png'), '-----BEGIN PRIVATE KEY-----')
    await writeFile(join(root, 'templates/huge.png'), PNG)
    await truncate(join(root, 'templates/huge.png'), 6 * 1024 * 1024)
    await symlink(join(root, 'outside.png'), join(root, 'templates/link.png'))
    await symlink(join(root, 'templates/.env'), join(root, 'templates/env.png'))
    await mkdir(join(root, 'templates/folder.png'))
  })
  afterAll(async () => await rm(root, { recursive: true }))

  const inFolder = async (html: string) => await composed({}, { html, imageFolder: join(root, 'templates') })

  it('becomes a part, wherever the HTML shows it, and every other byte stays', async () => {
    const html =
      '<!DOCTYPE html>\r\n<Body BGCOLOR=red background=logo.png ><IMG src="./logo.png?v=1"  alt=\'x\' /><p>&nbsp;&copy <td style="a:b; background:url(\'img/a%20b.gif\')"><style>td{background:url(logo.png)}</style><!-- <img src="logo.png"> --><script>"<img src=logo.png>"</script><textarea><img src="logo.png"></textarea>'
    const result = await inFolder(html)
    const [png, gif] = cidsOf(result)
    expect(cidsOf(result)).toHaveLength(2)
    expect(htmlOf(result)).toBe(
      html
        .replace('background=logo.png', `background=cid:${png}`)
        .replace('./logo.png?v=1', `cid:${png}`)
        .replace('img/a%20b.gif', `cid:${gif}`)
        .replace('td{background:url(logo.png)}', `td{background:url(cid:${png})}`),
    )
    expect(leaf(result.tree, 'image/gif').headers.get('content-disposition')).toBe(
      'inline; filename="a b.gif"',
    )
    expect(warningsOf(result)).toEqual([])
  })

  it.each([
    ['no.png', 'IMAGE_NOT_FOUND'],
    ['soc.p12', 'IMAGE_IGNORED'],
    ['.env', 'IMAGE_IGNORED'],
    ['key.png', 'IMAGE_IGNORED'],
    ['env.png', 'IMAGE_IGNORED'],
    ['huge.png', 'IMAGE_IGNORED'],
    ['link.png', 'IMAGE_IGNORED'],
    ['folder.png', 'IMAGE_IGNORED'],
    ['../outside.png', 'IMAGE_IGNORED'],
    ['%2e%2e/outside.png', 'IMAGE_IGNORED'],
    ['../templates-evil/x.png', 'IMAGE_IGNORED'],
    ['img/../../outside.png', 'IMAGE_IGNORED'],
    ['soc.p12%00.png', 'IMAGE_IGNORED'],
    ['soc.p12?x=.png', 'IMAGE_IGNORED'],
    ['soc.p12#.png', 'IMAGE_IGNORED'],
    ['file:///etc/hostname.png', 'IMAGE_IGNORED'],
    ['C:\\x.png', 'IMAGE_IGNORED'],
  ])('is left where it is, with a warning: %s', async (src, code) => {
    const html = `<img src="${src}">`
    const result = await inFolder(html)
    expect(htmlOf(result)).toBe(html)
    expect(outline(result.tree)).toBe('multipart/alternative(text/plain, text/html)')
    expect(warningsOf(result)).toEqual([code])
  })

  it.each([
    'https://x.example/logo.png',
    '//x.example/logo.png',
    '/logo.png',
    'HTTP://x.example/a.png',
    '#a',
    '',
  ])('is not what is elsewhere: %s', async (src) => {
    const result = await inFolder(`<img src="${src}">`)
    expect(htmlOf(result)).toBe(`<img src="${src}">`)
    expect(warningsOf(result)).toEqual([])
  })

  it('has no place in HTML without a template', async () => {
    expect(warningsOf(await composed({}, { html: '<img src="package.json"><img src="x.png">' }))).toEqual([
      'IMAGE_NOT_FOUND',
      'IMAGE_NOT_FOUND',
    ])
  })

  it('is one of so many that a mail can take', async () => {
    const html = Array.from({ length: 1000 }, (_, index) => `<img src="no-${index}.png">`).join('')
    expect((await inFolder(html)).mail.warnings).toHaveLength(201)
  })
})
