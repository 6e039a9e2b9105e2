import PostalMime from 'postal-mime'
import { describe, expect, it } from 'vitest'
import { preview } from '../../src/index.js'
import type { MessagePart } from '../../src/preview/facts.js'
import { testCertificate } from '../certificates/certificates.js'

const incident = { id: 2139, name: 'Phishing', severity_code: 'High' }
const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

describe('preview', () => {
  it('tells what a mail would be, without settings and without recipients', async () => {
    const mail = await preview({ template: 'incident-summary', incident })
    expect(mail.subject).toBe('[2139] Phishing')
    expect(mail.html).toContain('Phishing')
    expect(mail.text).toContain('Phishing')
    expect(mail.standIns).toEqual(['from', 'to'])
    expect(mail.envelope.to).toEqual([{ address: 'recipient@example.com', kind: 'to' }])
    expect(mail.signing).toEqual({ wanted: false, signer: null, cosigners: [], problem: null })
    expect(Object.keys(mail.timings)).toEqual(['render', 'compose', 'sign', 'encrypt'])
    expect(mail.size.message).toBe(mail.source.length)
  })

  it('has the parts and the header that another reader finds', async () => {
    const mail = await preview({
      to: 'ciso@example.com',
      from: 'Zoë <zoe@example.com>',
      subject: 'Grüße, in one line that is long enough to be folded more than once, and then some more',
      body: '<p>Hi</p><img src="cid:dot" alt="">',
      attachments: [
        { name: 'dot.png', content: pixel, cid: 'dot' },
        { name: 'Übersicht für alle, die es lesen wollen und noch viel mehr Leute.txt', content: 'YQ==' },
      ],
    })
    const read = await PostalMime.parse(mail.source)
    const value = (name: string) => mail.headers.find((field) => field.name === name)?.value
    expect(value('Subject')).toBe(read.subject)
    expect(value('From')).toBe('Zoë <zoe@example.com>')
    expect(typesOf(mail.parts)).toEqual([
      'multipart/mixed',
      'multipart/alternative',
      'text/plain',
      'multipart/related',
      'text/html',
      'image/png',
      'text/plain',
    ])
    const files = leaves(mail.parts).filter(({ name }) => name !== null)
    expect(files.map(({ name }) => name)).toEqual(read.attachments.map(({ filename }) => filename))
    expect(files.map(({ content }) => [...content])).toEqual(
      read.attachments.map(({ content }) => [...new Uint8Array(content as ArrayBuffer)]),
    )
    expect(files[0]?.contentId).toBe('dot')
    expect(files.map(({ path }) => path)).toEqual(['1.2.2', '2'])
  })

  it('tells who has a certificate and who has none, also where nothing is to be encrypted', async () => {
    const anna = testCertificate('preview-anna', { addresses: ['anna@example.com'] })
    const request = { to: ['anna@example.com', 'ben@example.com'], subject: 'Hi', body: 'Hi' }
    const smime = { certificates: anna.certificate }
    const wanted = await preview({ ...request, encrypt: true }, { smime })
    expect(wanted.encryption).toMatchObject({
      wanted: true,
      problem: { code: 'CERTIFICATE_MISSING' },
      recipients: [
        { address: 'anna@example.com', problem: null, certificates: [{ addresses: ['anna@example.com'] }] },
        { address: 'ben@example.com', problem: { code: 'CERTIFICATE_MISSING' }, certificates: [] },
      ],
    })
    expect(wanted.parts.type).toBe('text/plain')
    const { encryption } = await preview(request, { smime })
    expect(encryption.wanted).toBe(false)
    expect(encryption.recipients.map(({ certificates }) => certificates.length)).toEqual([1, 0])
  })

  it('tells how it would be signed and encrypted, and shows what can be read', async () => {
    const anna = testCertificate('preview-anna', { addresses: ['anna@example.com'] })
    const soc = testCertificate('preview-soc', { addresses: ['soc@example.com'] })
    const mail = await preview(
      { to: 'anna@example.com', bcc: 'soc@example.com', subject: 'Hi', body: 'Hi', encrypt: true },
      {
        from: 'soc@example.com',
        smime: {
          identity: { certificate: soc.certificate, privateKey: soc.key },
          certificates: anna.certificate,
        },
      },
    )
    expect(mail.signing.signer?.addresses).toEqual(['soc@example.com'])
    expect(mail.parts.parts.map(({ type }) => type)).toEqual(['text/plain', 'application/pkcs7-signature'])
    // The blind-copied one has no certificate.
    expect(mail.encryption.problem?.message).toContain('soc@example.com')
    const both = await preview(
      { to: 'anna@example.com', subject: 'Hi', body: 'Hi', encrypt: true },
      { from: 'soc@example.com', smime: { certificates: anna.certificate } },
    )
    expect(both.encryption).toMatchObject({ wanted: true, problem: null, copies: 1 })
    expect(both.parts.type).toBe('text/plain')
    expect(both.size.message).toBeGreaterThan(both.source.length)
  })

  it('makes an identity that cannot sign a fact, and no error', async () => {
    const { signing } = await preview({ subject: 'Hi', body: 'Hi', sign: true })
    expect(signing).toMatchObject({ wanted: true, signer: null, problem: { code: 'IDENTITY_MISSING' } })
  })

  it('throws what cannot be rendered', async () => {
    await expect(preview({ subject: 'Hi', inlineTemplate: '{{ 1 + }}' })).rejects.toMatchObject({
      code: 'TEMPLATE_ERROR',
    })
    await expect(preview({ templat: 'x' } as object)).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
  })

  it('lists what a careful reader would not load or run', async () => {
    const { blocked } = await preview({
      subject: 'Hi',
      format: 'html',
      body: `<script src="https://a.example/x.js"></script><p onclick="x()" style="background: url(https://b.example/b.png)">
        <img src="//c.example/c.png" srcset="https://d.example/d.png 2x"><iframe src="https://e.example"></iframe>
        <form action="https://f.example"></form><a href="javascript:x()">x</a><a href="https://fine.example">x</a>
        <meta http-equiv="refresh" content="0;url=https://g.example"><style>@import "https://h.example/h.css";</style>`,
    })
    const found = blocked.map(({ kind, what }) => `${kind} ${what}`)
    expect(found).toEqual(
      expect.arrayContaining([
        'script https://a.example/x.js',
        'handler onclick="x()"',
        'remote https://b.example/b.png',
        'remote //c.example/c.png',
        'remote https://d.example/d.png',
        'frame https://e.example',
        'form https://f.example',
        'link javascript:x()',
        'refresh 0;url=https://g.example',
        'remote https://h.example/h.css',
      ]),
    )
    expect(found.join()).not.toContain('fine.example')
  })
})

function typesOf(part: MessagePart): string[] {
  return [part.type, ...part.parts.flatMap(typesOf)]
}

function leaves(part: MessagePart): MessagePart[] {
  return part.parts.length === 0 ? [part] : part.parts.flatMap(leaves)
}
