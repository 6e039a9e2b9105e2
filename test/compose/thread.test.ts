import { describe, expect, it } from 'vitest'
import type { MailRequest, RenderedMail } from '../../src/mail.js'
import { composed, refusal } from './composing.js'

const place = async (request: MailRequest, more: Partial<RenderedMail> = {}) => {
  const { mail } = await composed(request, more)
  const value = (name: string) =>
    mail.headers.find((field) => field.name === name)?.value.replace(/\r\n/g, '') ?? null
  return {
    id: value('Message-ID'),
    answers: value('In-Reply-To'),
    chain: value('References')?.split(' ') ?? [],
  }
}
const incident = (id: string | number) => ({ incident: { incident: { id } } })

describe('A Message-ID', () => {
  it('is new each time, in the sender’s domain', async () => {
    const ids = await Promise.all([1, 2, 3].map(async () => (await place({ from: 'a@bücher.example' })).id))
    expect(new Set(ids).size).toBe(3)
    for (const id of ids) expect(id).toMatch(/^<[0-9a-f-]{36}@xn--bcher-kva\.example>$/)
  })

  it.each([
    '1638585706.2677204.1655401056967@mail.com',
    '<1638585706.2677204.1655401056967@mail.com>',
    ' <1638585706.2677204.1655401056967@mail.com> ',
  ])('may be given, with angle brackets or without: %s', async (messageId) => {
    expect((await place({ messageId })).id).toBe('<1638585706.2677204.1655401056967@mail.com>')
  })

  it.each([
    'no-at-sign',
    'two words@example.com',
    '<a@b.example> <c@d.example>',
    '<a@b',
    'ä@example.com',
    '@example.com',
    'a@',
    '<<a@b.example>>',
    'a\t@b.example',
    `${'x'.repeat(999)}@example.com`,
  ])('is refused: %s', async (messageId) => {
    expect(await refusal({ messageId })).toMatchObject({ code: 'INVALID_REQUEST', field: 'messageId' })
  })

  it('is the same for the same key and sender, and does not tell the key', async () => {
    const first = await place({ idempotencyKey: 'run 7' })
    expect((await place({ idempotencyKey: 'run 7' })).id).toBe(first.id)
    expect((await place({ idempotencyKey: 'run 8' })).id).not.toBe(first.id)
    expect((await place({ idempotencyKey: 'run 7', from: 'a@example.org' })).id).not.toBe(first.id)
    expect(first.id).not.toContain('run')
  })

  it('is not made from an empty key, which all mails would share', async () => {
    expect(await refusal({ idempotencyKey: '' })).toMatchObject({
      code: 'INVALID_REQUEST',
      field: 'idempotencyKey',
    })
  })
})

describe('An answer', () => {
  it('names what it answers, and the chain up to it', async () => {
    expect(await place({ inReplyTo: 'c@x.example', references: 'a@x.example, <b@x.example>' })).toMatchObject(
      {
        answers: '<c@x.example>',
        chain: ['<a@x.example>', '<b@x.example>', '<c@x.example>'],
      },
    )
  })

  it('names each id once, and what it answers last', async () => {
    const { chain } = await place({
      inReplyTo: 'b@x.example',
      references: ['a@x.example', 'b@x.example', 'c@x.example'],
    })
    expect(chain).toEqual(['<a@x.example>', '<c@x.example>', '<b@x.example>'])
  })

  it('takes ids as odd as those that others made', async () => {
    expect((await place({ references: '<no-at-sign><"x y"@z>'.replace(' ', '') })).chain).toEqual([
      '<no-at-sign>',
      '<"xy"@z>',
    ])
  })

  it('keeps a long chain’s root and end', async () => {
    const references = Array.from({ length: 500 }, (_, index) => `id-${index}@x.example`)
    const { chain } = await place({ references, inReplyTo: 'parent@x.example' })
    expect(chain).toHaveLength(30)
    expect([chain[0], chain.at(-2), chain.at(-1)]).toEqual([
      '<id-0@x.example>',
      '<id-499@x.example>',
      '<parent@x.example>',
    ])
  })

  it.each([
    ['inReplyTo', { inReplyTo: 'not an id' }],
    ['inReplyTo', { inReplyTo: '<a@b' }],
    ['inReplyTo', { inReplyTo: '<>' }],
    ['references', { references: 'ä@x.example' }],
    ['references[1]', { references: ['a@x.example', 'b@x.example>'] }],
    ['references', { references: `<${'x'.repeat(1000)}@x.example>` }],
  ])('is refused where an id is none: %s', async (field, request) => {
    expect(await refusal(request)).toMatchObject({ code: 'INVALID_REQUEST', field })
  })
})

describe('A thread', () => {
  it('has one root for all mails of an incident, and another for the next', async () => {
    const [first, second, other] = [
      await place({ thread: true }, incident(2139)),
      await place({ thread: true }, incident('2139')),
      await place({ thread: true }, incident(2140)),
    ]
    expect(first.chain).toEqual([first.answers])
    expect(second.chain).toEqual(first.chain)
    expect(other.chain).not.toEqual(first.chain)
    expect(first.id).not.toBe(second.id)
  })

  it('begins with the root, and ends with what is answered', async () => {
    const { chain, answers } = await place(
      { thread: true, references: 'a@x.example', inReplyTo: 'b@x.example' },
      incident(1),
    )
    expect(chain[0]).toMatch(/^<incident-[0-9a-f]{32}@example\.com>$/)
    expect(chain.slice(1)).toEqual(['<a@x.example>', '<b@x.example>'])
    expect(answers).toBe('<b@x.example>')
  })

  it('has no letter of the incident’s own in its root', async () => {
    const { chain } = await place({ thread: true }, incident('evil>\r\nBcc: x@evil.example'))
    expect(chain[0]).toMatch(/^<incident-[0-9a-f]{32}@example\.com>$/)
  })

  it.each([[{ incident: null }], [incident('')], [{ incident: { incident: {} } }]])(
    'needs an incident with an id',
    async (more) => {
      expect(await refusal({ thread: true }, more)).toMatchObject({
        code: 'INVALID_REQUEST',
        field: 'thread',
      })
    },
  )
})
