import { describe, expect, it } from 'vitest'
import type { MimeEntity } from '../src/mail.js'
import { entityChunks, entityOf, headerBytes, joined, messageBytes, messageStream } from '../src/mime.js'

const bytesOf = (entity: MimeEntity) => joined(entityChunks(entity))

const headers = [{ name: 'Content-Type', value: 'text/plain' }]

describe('headerBytes', () => {
  it('writes one line a field, in order, each with CRLF', () => {
    const fields = [
      { name: 'To', value: 'ciso@example.com' },
      { name: 'Subject', value: 'folded\r\n here' },
    ]
    expect(headerBytes(fields).toString()).toBe('To: ciso@example.com\r\nSubject: folded\r\n here\r\n')
  })

  it('writes UTF-8 where a value is not ASCII (RFC 6532)', () => {
    expect(headerBytes([{ name: 'To', value: 'jürgen@example.com' }])).toEqual(
      Buffer.from('To: jürgen@example.com\r\n', 'utf8'),
    )
  })

  it('is empty without fields', () => {
    expect(headerBytes([])).toHaveLength(0)
  })
})

describe('entityChunks', () => {
  it('puts one empty line between header and body', async () => {
    const entity = entityOf(headers, Buffer.from('All quiet.\r\n'))
    expect(String(await bytesOf(entity))).toBe('Content-Type: text/plain\r\n\r\nAll quiet.\r\n')
  })

  it('keeps an entity without fields apart from a body that looks like one (RFC 2045, section 2.4)', async () => {
    expect(String(await bytesOf(entityOf([], Buffer.from('Bcc: all\r\n'))))).toBe('\r\nBcc: all\r\n')
  })

  it('changes no octet of the body', async () => {
    const octets = Uint8Array.from({ length: 512 }, (_, index) => index % 256)
    const bytes = await bytesOf(entityOf([], octets))
    expect(Uint8Array.from(bytes.subarray(2))).toEqual(octets)
  })

  it('opens a streamed body, again and again', async () => {
    const entity: MimeEntity = {
      headers,
      async *body() {
        yield Buffer.from('All ')
        yield Buffer.from('quiet.')
      },
    }
    const first = await bytesOf(entity)
    expect(String(first)).toBe('Content-Type: text/plain\r\n\r\nAll quiet.')
    expect(await bytesOf(entity)).toEqual(first)
  })

  it('passes the error of a broken body on', async () => {
    const entity: MimeEntity = {
      headers,
      async *body() {
        yield Buffer.from('All ')
        throw new Error('the file is gone')
      },
    }
    await expect(bytesOf(entity)).rejects.toThrow('the file is gone')
  })
})

describe('messageBytes', () => {
  it("is the mail's fields, the entity's fields and the body", async () => {
    const mail = { headers: [{ name: 'Subject', value: 'Hello' }] }
    const bytes = await messageBytes(mail, entityOf(headers, Buffer.from('All quiet.')))
    expect(String(bytes)).toBe('Subject: Hello\r\nContent-Type: text/plain\r\n\r\nAll quiet.')
  })

  it('ends with exactly the octets of the entity, which a signature covers', async () => {
    const entity = entityOf(headers, Buffer.from('All quiet.'))
    const message = await messageBytes({ headers: [{ name: 'Subject', value: 'Hello' }] }, entity)
    const covered = await bytesOf(entity)
    expect(message.subarray(-covered.length)).toEqual(covered)
  })
})

describe('messageStream', () => {
  it('gives the same octets, in chunks, each time', async () => {
    const entity: MimeEntity = {
      headers,
      async *body() {
        yield Buffer.from('All ')
        yield Buffer.from('quiet.')
      },
    }
    const mail = { headers: [{ name: 'Subject', value: 'Hello' }] }
    const whole = await messageBytes(mail, entity)
    expect(await joined(messageStream(mail, entity))).toEqual(whole)
    expect(await joined(messageStream(mail, entity))).toEqual(whole)
  })
})
