import { isAscii } from 'node:buffer'
import { IncidentMailerError } from '../errors.js'
import type { HeaderField, HeaderProtection, MimeEntity, MimeMail, Protection } from '../mail.js'
import { fieldOf } from '../mime-node.js'
import { invalidOption } from '../options.js'
import { quoted } from '../quoted.js'
import { comparableAddress } from './certificates/certificate.js'
import { addressesOf } from './message/author.js'
import { type HeaderPolicy, type HeaderPolicyName, headerPolicies } from './message/header-policy.js'
import { withLegacyDisplay } from './message/legacy-display.js'
import { withParameter } from './message/read-content-type.js'

/** How a mail's own header fields are protected, by `sign` and `encrypt` alike. */
export interface ProtectHeadersOptions {
  /**
   * Whether header fields are signed and encrypted with the content (RFC 9788) in mails that do not say so
   * themselves, and what stands outside the encryption: `true` for `baseline`, a policy's name, or one of your
   * own. Default false. With a policy of your own, mails that ask for `true` go by it.
   */
  readonly protectHeaders?: boolean | HeaderPolicyName | HeaderPolicy
  /**
   * Repeat what is hidden at the top of an encrypted mail's text, for mail programs that know nothing of header
   * protection (RFC 9788, section 5.2). Default true.
   */
  readonly legacyDisplay?: boolean
}

/** The names of these options, for `refuseUnknownOptions`. */
export const protectHeadersOptions: Record<keyof ProtectHeadersOptions, true> = {
  protectHeaders: true,
  legacyDisplay: true,
}

/** Refuses values that only plain JavaScript can bring, before there is a mail to leak. */
export function checkProtectHeaders({ protectHeaders, legacyDisplay }: ProtectHeadersOptions): void {
  if (protectHeaders !== undefined && !isChoice(protectHeaders) && typeof protectHeaders !== 'function') {
    throw invalidOption('smime.protectHeaders', `smime.${whatItHasToBe(protectHeaders)}, or a function`)
  }
  if (legacyDisplay !== undefined && typeof legacyDisplay !== 'boolean') {
    throw invalidOption('smime.legacyDisplay', 'smime.legacyDisplay must be true or false')
  }
}

/**
 * The mail with its header fields inside what is going to be signed or encrypted first, and outside an encrypted
 * one only what the policy leaves there (RFC 9788, section 5.2). A mail that does not want it, or has it already,
 * is returned as it is.
 *
 * @param encrypting - whether the mail is going to be encrypted, now or by a later stage
 * @throws IncidentMailerError `INVALID_CONFIG` for a policy that does what none may, and for stages in an order
 * that leaves the fields outside
 */
export async function protectHeaders(
  mail: MimeMail,
  options: ProtectHeadersOptions,
  encrypting: boolean,
): Promise<MimeMail> {
  const policy = policyFor(mail.protection, options)
  if (policy === null || mail.headerProtection !== null) return mail
  if (mail.signer !== null || mail.recipientsCertificates !== null) throw tooLate()
  const fields = mail.headers.filter(({ name }) => !isStructural(name) && name.toLowerCase() !== 'hp-outer')
  for (const field of fields) refuseEightBit(field)
  const outside = encrypting ? fields.flatMap((field) => outsideOf(field, policy)) : fields
  const hidden = fields.filter((field) => !outside.includes(field))
  const legacy =
    encrypting && options.legacyDisplay !== false ? hidden.filter(({ name }) => isUserFacing(name)) : []
  const inner = new Map<MimeEntity, MimeEntity>()
  for (const { entity } of mail.deliveries) {
    if (inner.has(entity)) continue
    const { headers, body } = await withLegacyDisplay(entity, legacy)
    inner.set(entity, { headers: payloadHeaders(mail, headers, fields, encrypting ? outside : null), body })
  }
  return {
    ...mail,
    headers: [...outside, ...mail.headers.filter(({ name }) => isStructural(name))],
    deliveries: mail.deliveries.map((delivery) => ({
      ...delivery,
      entity: inner.get(delivery.entity) ?? delivery.entity,
    })),
    headerProtection: protectionOf(fields, hidden, encrypting),
  }
}

/** Refuses a mail whose job asks for it where nothing is signed or encrypted that could hold the fields. */
export function refuseUnprotected({ protection, headerProtection }: MimeMail): void {
  if (!protection.protectHeaders || headerProtection !== null) return
  throw new IncidentMailerError(
    'INVALID_REQUEST',
    'protectHeaders is asked of a mail that is neither signed nor encrypted; ask for sign or encrypt too, or leave it out',
    { field: 'protectHeaders' },
  )
}

/** The policy a mail goes by, or null where its fields are not to be protected. */
function policyFor(
  { protectHeaders: asked }: Protection,
  { protectHeaders: configured = false }: ProtectHeadersOptions,
): HeaderPolicy | null {
  // A caller of the stage itself may have JSON at hand, and anything in it.
  if (asked !== undefined && !isChoice(asked)) {
    throw new IncidentMailerError('INVALID_REQUEST', `${whatItHasToBe(asked)}; correct it`, {
      field: 'protectHeaders',
    })
  }
  const wanted = asked ?? configured
  const chosen = wanted === true && configured !== false ? configured : wanted
  if (chosen === false) return null
  if (typeof chosen === 'function') return chosen
  return headerPolicies[chosen === true ? 'baseline' : chosen]
}

function isChoice(value: unknown): boolean {
  return typeof value === 'boolean' || (typeof value === 'string' && Object.hasOwn(headerPolicies, value))
}

function whatItHasToBe(value: unknown): string {
  return `protectHeaders has to be true, false, ${Object.keys(headerPolicies).map(quoted).join(' or ')}, and not ${quoted(value)}`
}

/** What the policy leaves of a field outside: the field itself where it is unchanged, or none. */
function outsideOf(field: HeaderField, policy: HeaderPolicy): HeaderField[] {
  const value = field.value.replace(/\r\n(?=[ \t])/g, '')
  const outer = policy(field.name, value)
  if (outer === value) return [field]
  const refused = whyRefused(field.name.toLowerCase(), value, outer)
  if (refused !== null) {
    throw invalidOption(
      'smime.protectHeaders',
      `smime.protectHeaders: the policy ${refused} for the field ${field.name}; correct it`,
    )
  }
  // Only lists of addresses grow long, and they have spaces.
  return outer === null ? [] : [{ name: field.name, value: outer.replace(/(.{40,72}),? /g, foldedHere) }]
}

function foldedHere(line: string): string {
  return `${line.slice(0, -1)}\r\n `
}

/** RFC 9788, sections 3.1 and 3.1.1; RFC 5322, section 3.6. */
function whyRefused(key: string, value: string, outer: unknown): string | null {
  if (outer === null)
    return key === 'from' || key === 'date' ? 'returns null, which no mail can do without,' : null
  if (typeof outer !== 'string') return 'returns neither a text nor null'
  if (!/^[\x20-\x7e\t]*$/.test(outer)) return 'returns more than printable ASCII'
  if (outer.trim() === '') return 'returns an empty text, where null would leave the field out,'
  const same = (one: string, other: string) => comparableAddress(one) === comparableAddress(other)
  const [authors, shown] = [addressesOf(value), addressesOf(outer)]
  const matches =
    authors.length === shown.length && authors.every((author, index) => same(author, shown[index] ?? ''))
  return key === 'from' && !matches
    ? 'returns another address, which servers and readers take for a forgery,'
    : null
}

/** The header of what is signed or encrypted (RFC 9788, section 5.2.1). */
function payloadHeaders(
  mail: MimeMail,
  content: readonly HeaderField[],
  fields: readonly HeaderField[],
  outside: readonly HeaderField[] | null,
): HeaderField[] {
  const contentType = fieldOf(content, 'content-type') ?? 'text/plain; charset=us-ascii'
  return [
    ...fields,
    ...mail.headers.filter(({ name }) => isStructural(name)),
    { name: 'Content-Type', value: withParameter(contentType, 'hp', outside ? 'cipher' : 'clear') },
    ...content.filter(({ name }) => name.toLowerCase() !== 'content-type'),
    ...(outside ?? []).map(recordOf),
  ]
}

/** A field's record inside of what it is outside (RFC 9788, section 2.2.1). */
function recordOf({ name, value }: HeaderField): HeaderField {
  const record = `${name}: ${value}`
  const fits = record.split('\r\n', 1)[0]?.length ?? 0
  return { name: 'HP-Outer', value: fits + 'HP-Outer: '.length > 78 ? `\r\n ${record}` : record }
}

function protectionOf(
  fields: readonly HeaderField[],
  hidden: readonly HeaderField[],
  encrypting: boolean,
): HeaderProtection {
  const names = (of: readonly HeaderField[]) => [...new Set(of.map(({ name }) => name))]
  return { hp: encrypting ? 'cipher' : 'clear', fields: names(fields), hidden: names(hidden) }
}

/** The fields that say what the mail is made of (RFC 9787, section 1.1.1) stay where they are. */
function isStructural(name: string): boolean {
  return /^(?:mime-version|content-.*)$/i.test(name)
}

/** The fields that mail programs show (RFC 9787, section 1.1.2). */
function isUserFacing(name: string): boolean {
  return /^(?:subject|from|to|cc|date|reply-to|sender|keywords|comments)$/i.test(name)
}

/** An address in letters beyond ASCII stands in the header as UTF-8 (RFC 6532), which a signature does not survive. */
function refuseEightBit({ name, value }: HeaderField): void {
  if (isAscii(Buffer.from(value))) return
  throw new IncidentMailerError(
    'INVALID_REQUEST',
    `protectHeaders: the field ${name} holds letters beyond ASCII as they are, which may be changed on their way and break the signature; use an address without them, or leave protectHeaders out`,
    { field: 'protectHeaders' },
  )
}

function tooLate(): IncidentMailerError {
  return invalidOption(
    'smime.protectHeaders',
    'the header fields are to be protected, but the content is signed or encrypted already; give protectHeaders to the first of these stages too',
  )
}
