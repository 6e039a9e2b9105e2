/**
 * The messages of RFC 9788, appendix C, read with the keys of RFC 9216, against what the RFC says of each.
 */
import { describe, expect, it } from 'vitest'
import {
  baselinePolicy,
  shyPolicy,
  type VerifyOptions,
  verify,
  verifyFile,
} from '../../../src/smime/index.js'
import { temporaryFile } from '../../certificates/certificates.js'
import { codesOf } from '../reading/messages.js'
import { pemIn, type RfcSection, rfcSections, rfcs, shownIn } from './rfc-text.js'

const keys = rfcSections('rfc9216.txt')
const sections = rfcSections('rfc9788.txt')
const messages = sections
  .filter(({ number }) => /^C\.\d+\.\d+$/.test(number))
  .map((section): [string, RfcSection] => [`${section.number} ${section.title}`, section])

/** What a section's title says of its message. */
function promised({ title }: RfcSection) {
  const isEncrypted = title.includes('Signed-and-Encrypted')
  const hasFields = !/No Header Protection|No Cryptographic|Legacy RFC 8551/.test(title)
  const hidden = title.includes('hcp_shy') ? ['Subject', 'From', 'To', 'Date'] : ['Subject']
  return {
    isSigned: isEncrypted || title.includes('Signed-Only'),
    isEncrypted,
    form: title.includes('multipart/signed') ? 'detached' : 'opaque',
    /** Whether the fields inside are protected as the RFC wants it. */
    hasFields,
    /** The older way, which cannot be told from a forwarded message for sure, and need not be (section 4.10). */
    isWrapped: title.includes('Legacy RFC 8551'),
    hidden: isEncrypted && hasFields ? hidden : [],
    hasLegacyDisplay: title.includes('(+ Legacy Display)'),
    isComplex: title.includes('Complex Message'),
  }
}

function shown(section: RfcSection | undefined): Buffer {
  const message = section && shownIn(section)
  if (!message) throw new Error(`nothing is shown in section ${section?.number}`)
  return message
}

/** What is inside all protections: the RFC shows it by itself, or between the message's first two boundaries. */
function payloadOf(section: RfcSection, message: Buffer): string {
  const inside = sections.find(
    ({ number, title }) => number.startsWith(`${section.number}.`) && title.endsWith('Unwrapped'),
  )
  if (inside) return shown(inside).toString()
  const text = message.toString()
  const [, boundary] = /^ protocol=.*boundary="(.*?)"/m.exec(text) ?? []
  return boundary === undefined ? text : (text.split(`\r\n--${boundary}\r\n`)[1] ?? '')
}

/** The fields of a header but for those of its structure, unfolded. */
function fieldsOf(message: string): { name: string; value: string }[] {
  const [header = ''] = message.split('\r\n\r\n')
  return header
    .replace(/\r\n(?=[ \t])/g, '')
    .split('\r\n')
    .map((line) => ({ name: line.split(':')[0] ?? '', value: line.slice(line.indexOf(':') + 1).trim() }))
    .filter(({ name }) => !/^(?:Content-.*|MIME-Version|HP-Outer)$/i.test(name))
}

function options(reader: 'alice' | 'bob'): VerifyOptions {
  const identity = { p12: pemIn(keys, reader === 'bob' ? '5.5' : '4.5').bytes, passphrase: reader }
  const trust = temporaryFile('rfc9216-ca', pemIn(keys, '3.1').text)
  return { trust, identity, moment: new Date('2021-02-21') }
}

if (rfcs === undefined) {
  it('SMIME_RFCS names no folder: no message of RFC 9788 is read', () => {
    expect(messages).toEqual([])
  })
} else {
  it('RFC 9788 has 31 messages', () => {
    expect(messages).toHaveLength(31)
  })
}

describe.each(messages)('%s', (_, section) => {
  const promise = promised(section)
  const message = shown(section)
  const payload = payloadOf(section, message)

  it('is read: who signed, who can decrypt, what is inside', async () => {
    for (const reader of ['bob', 'alice'] as const) {
      const result = await verify(message, options(reader))
      expect(codesOf(result)).toEqual(promise.isSigned ? [] : ['NOT_SIGNED'])
      expect(result.status).toBe(promise.isSigned ? 'verified' : 'unsigned')
      expect(result.layers).toMatchObject([
        ...(promise.isEncrypted ? [{ kind: 'encrypted', algorithm: 'AES-128-CBC', recipients: 2 }] : []),
        ...(promise.isSigned ? [{ kind: 'signed', form: promise.form }] : []),
      ])
      expect(result.signers.map(({ addresses }) => addresses)).toEqual(
        promise.isSigned ? [['alice@smime.example']] : [],
      )
      expect(result.from).toEqual([{ name: 'Alice', address: 'alice@smime.example' }])
      if (result.status === 'verified') {
        // The wrapped ones have lines that end with LF alone inside.
        expect(result.content.toString().replace(/\r?\n/g, '\r\n')).toBe(payload)
      }
    }
  })

  it('is read from a file alike', async () => {
    const { content: _, ...inMemory } = { content: null, ...(await verify(message, options('bob'))) }
    const fromFile = await verifyFile(temporaryFile('message', message), options('bob'))
    expect({ ...fromFile, contentFile: undefined }).toEqual({ ...inMemory, contentFile: undefined })
  })

  it('has the header fields that count, each protected as the RFC says', async () => {
    const outside = fieldsOf(message.toString())
    const { headers, reasons } = await verify(message, options('bob'))
    const expected = promise.hasFields ? fieldsOf(payload) : outside
    expect(expected.length).toBeGreaterThanOrEqual(6)
    expect(headers).toEqual(
      expected.map(({ name, value }) => ({
        name,
        value,
        coverage: !promise.hasFields
          ? 'none'
          : promise.hidden.includes(name)
            ? 'signed and encrypted'
            : 'signed',
        outside: promise.hidden.includes(name)
          ? (outside.find((field) => field.name === name)?.value ?? null)
          : null,
      })),
    )
    const codes = reasons.map(({ code }) => code)
    expect(codes).not.toContain('HEADER_CHANGED')
    expect(codes.includes('MESSAGE_INSIDE')).toBe(promise.isWrapped)
  })

  it('has its parts, and says which repeat what is hidden', async () => {
    const { parts } = await verify(message, options('bob'))
    const types = promise.isWrapped
      ? ['message/rfc822']
      : promise.isComplex
        ? ['text/plain', 'text/html', 'image/png']
        : ['text/plain']
    const inside = promise.isEncrypted ? 'signed and encrypted' : promise.isSigned ? 'signed' : 'none'
    expect(parts).toMatchObject(
      types.map((contentType) => ({
        contentType,
        coverage: inside,
        legacyDisplay: promise.hasLegacyDisplay && contentType.startsWith('text/') ? 'present' : 'none',
      })),
    )
  })

  if (promise.isEncrypted && promise.hasFields) {
    it('hides of these fields what our policy of the same name hides', () => {
      const policy = section.title.includes('hcp_shy') ? shyPolicy : baselinePolicy
      // Ours keeps back what servers have no use for as well.
      const compared = (text: string) => fieldsOf(text).filter(({ name }) => name !== 'User-Agent')
      const left = compared(payload).map(({ name, value }) => ({ name, value: policy(name, value) }))
      expect(left).toEqual(compared(message.toString()))
    })
  }
})
