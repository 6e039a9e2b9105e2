import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, realpath, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compose } from '../../src/compose/compose.js'
import type { IncidentFile } from '../../src/incident/incident.js'
import type { MailRequest } from '../../src/mail.js'
import {
  composed,
  contentOf,
  leaf,
  leaves,
  outline,
  PNG,
  refusal,
  rendered,
  warningsOf,
} from './composing.js'

const base64 = (text: string) => Buffer.from(text).toString('base64')
const incident: IncidentFile = {
  incident: { id: 2139 },
  attachments: [
    { name: 'mail.eml', content: base64('From: x\n\nbare LF\r\nend') },
    { name: 'report, final.pdf', content: base64('%PDF') },
    { name: 'log.txt', content: base64('one') },
    { name: 'log.txt', content: base64('two') },
  ],
}
const named = async (attachments: MailRequest['attachments'], more: MailRequest = {}) =>
  await composed({ attachments, ...more }, { incident })
const names = ({ tree }: Awaited<ReturnType<typeof composed>>) =>
  leaves(tree).flatMap(
    ({ headers }) => /filename="([^"]*)"/.exec(headers.get('content-disposition') ?? '')?.[1] ?? [],
  )

describe('The incident’s files', () => {
  it.each([
    ['*', ['mail.eml', 'report, final.pdf', 'log.txt', 'log.txt']],
    [['*'], ['mail.eml', 'report, final.pdf', 'log.txt', 'log.txt']],
    ['mail.eml', ['mail.eml']],
    ['mail.eml, log.txt', ['mail.eml', 'log.txt', 'log.txt']],
    ['report, final.pdf', ['report, final.pdf']],
    [
      ['report, final.pdf', 'mail.eml'],
      ['report, final.pdf', 'mail.eml'],
    ],
    [
      ['mail.eml', '*', 'mail.eml'],
      ['mail.eml', 'report, final.pdf', 'log.txt', 'log.txt'],
    ],
    ['', []],
    [[], []],
  ])('are attached by name, each once: %j', async (attachments, expected) => {
    const result = await named(attachments)
    expect(names(result)).toEqual(expected)
    expect(warningsOf(result)).toEqual([])
  })

  it.each(['Mail.eml', 'mail', 'nothing.txt'])('are missed with a warning: %s', async (name) => {
    const result = await named(`${name},mail.eml`)
    expect(names(result)).toEqual(['mail.eml'])
    expect(result.mail.warnings).toMatchObject([
      { code: 'UNKNOWN_ATTACHMENT', message: expect.stringContaining(JSON.stringify(name)) },
    ])
  })

  it('are missed with an error where the request is strict', async () => {
    const error = await refusal({ attachments: ['mail.eml', 'x'], strictAttachments: true }, { incident })
    expect(error).toMatchObject({ code: 'UNKNOWN_ATTACHMENT', field: 'attachments[1]' })
  })

  it('are missed where there is no incident, and none of all is none', async () => {
    expect(warningsOf(await composed({ attachments: 'mail.eml' }))).toEqual(['UNKNOWN_ATTACHMENT'])
    expect(warningsOf(await composed({ attachments: '*' }))).toEqual([])
  })

  it('arrive byte for byte, an attached mail too, and it is not unfolded in the reader’s view', async () => {
    const { tree } = await named('mail.eml')
    const part = leaf(tree, 'application/octet-stream')
    expect(contentOf(part).toString()).toBe('From: x\n\nbare LF\r\nend')
    expect(part.headers.get('content-disposition')).toBe('attachment; filename="mail.eml"')
  })

  it.each([
    ['../../etc/passwd', '.._.._etc_passwd'],
    ['C:\\evil\\a.exe', 'C__evil_a.exe'],
    ['a\r\nBcc: x@evil.example', 'a Bcc_ x@evil.example'],
    ['invoice\u202efdp.exe', 'invoicefdp.exe'],
    ['..', 'attachment'],
    ['a"; filename="b.exe', 'a_; filename=_b.exe'],
  ])('get a harmless name and do not stop the mail: %j', async (name, expected) => {
    const files = { ...incident, attachments: [{ name, content: '' }] }
    expect(names(await composed({ attachments: '*' }, { incident: files }))).toEqual([expected])
  })

  it.each(['multipart/mixed; boundary=x', 'message/rfc822', 'text/html\r\nX: y', 'nonsense', ''])(
    'are plain bytes where they claim to be %j',
    async (contentType) => {
      const files = { ...incident, attachments: [{ name: 'x', content: '', contentType }] }
      const { tree } = await composed({ attachments: '*' }, { incident: files })
      expect(outline(tree)).toBe('multipart/mixed(text/plain, application/octet-stream)')
    },
  )

  it('are left out where there is only a name', async () => {
    const files = { ...incident, attachments: [{ name: 'x' }] }
    expect(warningsOf(await composed({ attachments: '*' }, { incident: files }))).toEqual([
      'UNKNOWN_ATTACHMENT',
    ])
    expect(await refusal({ attachments: '*', strictAttachments: true }, { incident: files })).toMatchObject({
      code: 'UNKNOWN_ATTACHMENT',
    })
  })

  it('cannot be named where the job has no incident, and the warning says so', async () => {
    const message =
      'attachments: the job has no incident to take "a.txt" from; give "incident", or the file itself: { "path": ... }'
    const { mail } = await composed({ attachments: 'a.txt' })
    expect(mail.warnings).toEqual([{ code: 'UNKNOWN_ATTACHMENT', message }])
    expect(await refusal({ attachments: 'a.txt', strictAttachments: true })).toMatchObject({ message })
  })

  it('are refused where their content is broken', async () => {
    const files = { ...incident, attachments: [{ name: 'x', content: 'not base64!' }] }
    expect(await refusal({ attachments: '*' }, { incident: files })).toMatchObject({
      code: 'INVALID_INCIDENT',
    })
  })
})

describe('A file of the request', () => {
  it.each([
    [{ content: base64('x'), name: 'a.pdf' }, 'application/pdf', 'a.pdf'],
    [
      { content: Buffer.from('x'), name: 'a.pdf', contentType: 'text/x-odd; charset=utf-8' },
      'text/x-odd',
      'a.pdf',
    ],
    [{ content: '', contentType: 'image/png' }, 'image/png', 'attachment.png'],
    [{ content: PNG }, 'image/png', 'attachment.png'],
    [{ content: 'eA==\r\n', contentType: 'message/rfc822', name: 'a' }, 'application/octet-stream', 'a'],
    [{ content: 'eA==', contentType: 'application/pdf; name="x.exe"' }, 'application/pdf', 'attachment.pdf'],
  ])('is attached: %j', async (file, type, name) => {
    const { tree } = await composed({ attachments: [file] })
    expect(outline(tree)).toBe(`multipart/mixed(text/plain, ${type})`)
    expect(names({ tree } as Awaited<ReturnType<typeof composed>>)).toEqual([name])
    expect(leaf(tree, type).headers.get('content-type')).not.toContain('name')
  })

  it.each([
    ['attachments[0]', {}],
    ['attachments[0]', { path: 'a', content: '' }],
    ['attachments[0].content', { content: 'a' }],
    ['attachments[0].content', { content: 'aGk=aGk=' }],
    ['attachments[0].content', { content: 'aG-_' }],
    ['attachments[0].content', { content: 'data:text/plain,hi' }],
    ['attachments[0].contentType', { content: '', contentType: 'pdf' }],
    ['attachments[0].contentType', { content: '', contentType: 'multipart/mixed' }],
    ['attachments[0].contentType', { content: '', contentType: 'a/b; x' }],
    ['attachments[0].cid', { content: '', cid: 'a b' }],
    ['attachments[0].cid', { content: '', cid: 'a>b' }],
    [
      'attachments',
      [
        { content: '', cid: 'a' },
        { content: '', cid: '<a>' },
      ],
    ],
  ])('is refused, naming %s', async (field, file) => {
    expect(await refusal({ attachments: [file].flat() })).toMatchObject({ code: 'INVALID_REQUEST', field })
  })
})

describe('A path', () => {
  let root = ''
  beforeAll(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'compose-')))
    for (const folder of ['job/sub', 'other', 'secret', 'job-evil', 'incidents'])
      await mkdir(join(root, folder), { recursive: true })
    await writeFile(join(root, 'job/a.txt'), 'a')
    await writeFile(join(root, 'job/sub/b.txt'), 'b')
    await writeFile(join(root, 'other/c.txt'), 'c')
    await writeFile(join(root, 'secret/key.pem'), 'SECRET')
    await writeFile(join(root, 'job-evil/d.txt'), 'd')
    await writeFile(join(root, 'incidents/e.txt'), 'e')
    await symlink(join(root, 'secret/key.pem'), join(root, 'job/link.txt'))
    await symlink(join(root, 'secret'), join(root, 'job/folder'))
    await symlink(join(root, 'other/c.txt'), join(root, 'job/allowed-link.txt'))
    await symlink(join(root, 'job'), join(root, 'job-link'))
    execFileSync('sh', ['-c', 'mkfifo "$0"', join(root, 'job/pipe')])
  })
  afterAll(async () => await rm(root, { recursive: true }))

  const folders = () => ({ attachmentFolders: [join(root, 'job'), join(root, 'other')] })
  const attached = async (path: string, options = folders()) => {
    const { tree } = await composed({ attachments: [{ path, contentType: 'a/b' }] }, {}, options)
    return contentOf(leaf(tree, 'a/b')).toString()
  }

  it('may lead to a file of 50 MB, and no larger one', async () => {
    await writeFile(join(root, 'job/largest'), '')
    await truncate(join(root, 'job/largest'), 50_000_000)
    const mail = await compose({ from: 'soc@example.com', ...folders() })(
      rendered({ attachments: [{ path: 'largest' }] }),
      {},
    )
    expect(mail.deliveries).toHaveLength(1)
    const both = { attachments: [{ path: 'largest' }, { path: 'a.txt' }] }
    expect(await refusal(both, {}, folders())).toMatchObject({ code: 'TOO_LARGE', field: 'attachments[1]' })
    await truncate(join(root, 'job/largest'), 50_000_001)
    expect(await refusal({ attachments: [{ path: 'largest' }] }, {}, folders())).toMatchObject({
      code: 'TOO_LARGE',
      field: 'attachments[0].path',
    })
  })

  it('is relative to the first folder, and may lie under any', async () => {
    expect(await attached('a.txt')).toBe('a')
    expect(await attached('./sub/../sub/b.txt')).toBe('b')
    expect(await attached('../other/c.txt')).toBe('c')
    expect(await attached(join(root, 'other/c.txt'))).toBe('c')
    expect(await attached('allowed-link.txt')).toBe('c')
    expect(await attached('a.txt', { attachmentFolders: [join(root, 'job-link')] })).toBe('a')
    expect(await attached(join(root, 'job/a.txt'), { attachmentFolders: [join(root, 'job-link')] })).toBe('a')
  })

  it('starts at the working directory where no folder is named', async () => {
    const { tree } = await composed({ attachments: [{ path: 'package.json', contentType: 'a/b' }] })
    expect(contentOf(leaf(tree, 'a/b')).toString()).toContain('incident-mailer')
    expect(await refusal({ attachments: [{ path: '../x' }] })).toMatchObject({ code: 'FORBIDDEN_PATH' })
  })

  it('gives the file its name', async () => {
    expect(names(await composed({ attachments: [{ path: 'sub/b.txt' }] }, {}, folders()))).toEqual(['b.txt'])
  })

  it.each([
    '../secret/key.pem',
    '../secret/nothing-there',
    '/etc/passwd',
    'link.txt',
    'folder/key.pem',
    '../job-evil/d.txt',
    'sub/../../secret/key.pem',
    'a.txt\0.png',
    '.',
    '..',
    '',
  ])('never leaves the folders: %j', async (path) => {
    const error = await refusal({ attachments: [{ path }] }, {}, folders())
    expect(error).toMatchObject({ code: 'FORBIDDEN_PATH', field: 'attachments[0].path' })
    expect(error.message).not.toContain('SECRET')
  })

  it('leads to a file that is there, strict or not', async () => {
    expect(await refusal({ attachments: ['x', { path: 'no.txt' }] }, {}, folders())).toMatchObject({
      code: 'FILE_NOT_FOUND',
      field: 'attachments[1].path',
      message: expect.stringContaining('"no.txt"'),
    })
  })

  it.each(['sub', 'pipe'])('leads to a regular file: %s', async (path) => {
    expect(await refusal({ attachments: [{ path }] }, {}, folders())).toMatchObject({
      code: 'FILE_UNREADABLE',
    })
  })

  describe('of an incident', () => {
    const files = (path: string, folder?: string) => ({
      incident: {
        incident: { id: 1 },
        attachments: [{ name: 'e', path, contentType: 'a/b' }],
        ...(folder && { folder }),
      },
    })
    const all: MailRequest = { attachments: '*', incident: 1 }

    it('starts at the incident’s folder where its source names one', async () => {
      const { tree } = await composed(all, files('e.txt', join(root, 'incidents')), folders())
      expect(contentOf(leaf(tree, 'a/b')).toString()).toBe('e')
    })

    it('starts at the first folder where it does not', async () => {
      const { tree } = await composed(all, files('a.txt'), folders())
      expect(contentOf(leaf(tree, 'a/b')).toString()).toBe('a')
    })

    it.each(['../secret/key.pem', '/etc/passwd'])('stays under them: %s', async (path) => {
      const more = files(path, join(root, 'incidents'))
      expect(await refusal(all, more, folders())).toMatchObject({ code: 'FORBIDDEN_PATH' })
    })

    it('cannot be opened by a job that brings its own incident', async () => {
      const more = files('key.pem', join(root, 'secret'))
      const request = { attachments: '*', incident: more.incident }
      expect(warningsOf(await composed(request, more, folders()))).toEqual(['UNKNOWN_ATTACHMENT'])
      const absolute = files(join(root, 'secret/key.pem'), join(root, 'secret'))
      expect(await refusal({ ...request, incident: absolute.incident }, absolute, folders())).toMatchObject({
        code: 'FORBIDDEN_PATH',
      })
    })

    it('may lead nowhere, with a warning, or an error where the request is strict', async () => {
      expect(warningsOf(await composed(all, files('no.txt'), folders()))).toEqual(['UNKNOWN_ATTACHMENT'])
      expect(await refusal({ ...all, strictAttachments: true }, files('no.txt'), folders())).toMatchObject({
        code: 'FILE_NOT_FOUND',
      })
    })
  })
})
