import { isIPv4, isIPv6 } from 'node:net'
import { domainToASCII } from 'node:url'
import { cleanName } from './header-field.js'

/** One mailbox (RFC 5322, section 3.4). */
export interface Mailbox {
  /** The display name, not quoted and not encoded; empty where there is none. */
  readonly name: string
  /** The local part, quoted where it has to be. Not ASCII for an internationalised one (RFC 6531). */
  readonly local: string
  /** The domain in ASCII: an internationalised one in its `xn--` form (RFC 5891), or an address literal. */
  readonly domain: string
  /** As envelope and header carry it. */
  readonly address: string
}

/** Why a text is not a mailbox. The caller knows which field it stood in. */
export class AddressSyntaxError extends Error {}

/**
 * Reads one mailbox: `soc@example.com`, `SOC <soc@example.com>`, `"Doe, Jane" <jane@example.com> (on call)`.
 * Strict: of the obsolete forms (RFC 5322, section 4.4) only dots in a display name pass, as in
 * `John Q. Public`; white space in an address and source routes do not.
 *
 * @throws AddressSyntaxError saying what is wrong with it.
 */
export function parseMailbox(text: string): Mailbox {
  const tokens = tokenize(text)
  const open = tokens.findIndex((token) => isSpecial(token, '<'))
  if (open === -1) return { name: '', ...parseAddress(tokens) }

  const close = tokens.findIndex((token) => isSpecial(token, '>'))
  if (close === -1) throw new AddressSyntaxError('its "<" is never closed')
  if (close < tokens.length - 1) throw new AddressSyntaxError('something follows its ">"')
  return { name: parseName(tokens.slice(0, open)), ...parseAddress(tokens.slice(open + 1, close)) }
}

interface Token {
  readonly kind: 'atom' | 'quoted' | 'literal' | 'special'
  readonly text: string
  /** Whether white space or a comment stands before it. */
  readonly apart: boolean
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  let index = 0
  let apart = false
  while (index < text.length) {
    const skipped = skipCommentOrSpace(text, index)
    if (skipped > index) {
      apart = true
      index = skipped
      continue
    }
    const token = readToken(text, index)
    tokens.push({ kind: token.kind, text: token.text, apart })
    index = token.end
    apart = false
  }
  return tokens
}

function readToken(text: string, index: number) {
  for (const [kind, pattern] of TOKENS) {
    pattern.lastIndex = index
    const found = pattern.exec(text)?.[0]
    if (found === undefined) continue
    const value = kind === 'quoted' ? found.slice(1, -1).replace(/\\(.)/gsu, '$1') : found
    return { kind, text: value, end: index + found.length }
  }
  if (text[index] === '"') throw new AddressSyntaxError('its quotation mark is never closed')
  throw new AddressSyntaxError('it holds a character that has to stand in quotation marks')
}

/** Where the comment or white space at this place ends; the place itself where there is none. */
function skipCommentOrSpace(text: string, start: number): number {
  let depth = 0
  let index = start
  do {
    const character = text[index]
    if (character === '(') depth++
    else if (character === ')' && depth > 0) depth--
    else if (character === '\\' && depth > 0) index++
    else if (depth === 0 && character !== ' ' && character !== '\t') return index
    index++
  } while (index < text.length)
  if (depth > 0) throw new AddressSyntaxError('its comment is never closed')
  return index
}

function parseName(tokens: readonly Token[]): string {
  const wrong = tokens.find(({ kind, text }) => kind === 'literal' || (kind === 'special' && text !== '.'))
  if (wrong)
    throw new AddressSyntaxError('its name holds special characters; put the name in quotation marks')
  return cleanName(tokens.map(({ text, apart }) => (apart ? ` ${text}` : text)).join(''))
}

function parseAddress(tokens: readonly Token[]): Omit<Mailbox, 'name'> {
  const at = tokens.findIndex((token) => isSpecial(token, '@'))
  if (at === -1) throw new AddressSyntaxError('it has no "@"')
  const local = parseLocalPart(tokens.slice(0, at))
  const domain = parseDomain(tokens.slice(at + 1))
  const address = `${local}@${domain}`
  // RFC 5321, section 4.5.3.1.3. Its 64 octets for the local part are not enforced: real ones are longer.
  if (Buffer.byteLength(address) > 254) throw new AddressSyntaxError('it is longer than 254 octets')
  return { local, domain, address }
}

function parseLocalPart(tokens: readonly Token[]): string {
  const [first] = tokens
  if (first === undefined) throw new AddressSyntaxError('nothing stands before its "@"')
  const text = first.kind === 'quoted' && tokens.length === 1 ? first.text : dotAtom(tokens, 'before')
  // RFC 6532, section 3.1: in normalisation form C. Nobody can type or see a control character in one.
  const local = text.normalize('NFC')
  if (local === '' || UNTYPABLE.test(local)) throw new AddressSyntaxError('it holds invisible characters')
  // Allowed between quotation marks, but servers and libraries read the envelope's brackets by them.
  if (/[<>]/.test(local)) throw new AddressSyntaxError('what stands before its "@" holds angle brackets')
  return DOT_ATOM.test(local) ? local : `"${local.replace(/["\\]/g, '\\$&')}"`
}

function parseDomain(tokens: readonly Token[]): string {
  const [first] = tokens
  if (first?.kind === 'literal' && tokens.length === 1) return parseLiteral(first.text)
  const text = dotAtom(tokens, 'after')
  // Only a name of letters may reach `domainToASCII`, which decodes %41 and reads 0x7f.1 as an IP address.
  const ascii = LETTERS_BEYOND_ASCII.test(text) ? domainToASCII(text) : text
  if (!DOMAIN.test(ascii) || ascii.length > 253)
    throw new AddressSyntaxError('its domain is not a domain name')
  if (/(?:^|\.)\d+$/.test(ascii)) throw new AddressSyntaxError('its domain is a number; write [192.0.2.1]')
  return ascii
}

function parseLiteral(text: string): string {
  const inner = text.slice(1, -1)
  if (isIPv4(inner) || (/^IPv6:/i.test(inner) && isIPv6(inner.slice(5)))) return text
  throw new AddressSyntaxError('its domain literal is not an IP address')
}

function dotAtom(tokens: readonly Token[], where: 'before' | 'after'): string {
  const regular = tokens.every(({ kind, text, apart }, index) => {
    const expected = index % 2 === 0 ? kind === 'atom' : kind === 'special' && text === '.'
    return expected && !(apart && index > 0)
  })
  if (!regular || tokens.length % 2 === 0)
    throw new AddressSyntaxError(`what stands ${where} its "@" is malformed`)
  return tokens.map(({ text }) => text).join('')
}

function isSpecial(token: Token, text: string): boolean {
  return token.kind === 'special' && token.text === text
}

// RFC 5322, section 3.2.3, with what RFC 6532, section 3.2 adds: anything beyond ASCII.
const ATEXT = "[\\w!#$%&'*+/=?^`{|}~-]|[^\\0-\\x7f\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}]"
const DOT_ATOM = new RegExp(`^(?:${ATEXT})+(?:\\.(?:${ATEXT})+)*$`, 'u')
const TOKENS: readonly (readonly [Token['kind'], RegExp])[] = [
  ['atom', new RegExp(`(?:${ATEXT})+`, 'uy')],
  ['quoted', /"(?:[^"\\\p{Cc}\p{Cs}\p{Zl}\p{Zp}]|\\[\x20-\x7e])*"/uy],
  ['literal', /\[[^[\]\\\p{C}]*\]/uy],
  ['special', /[<>@.,;:]/y],
]
const UNTYPABLE = /[\p{C}\p{Zl}\p{Zp}\u00a0\u2000-\u200f\u3000]/u
const LETTERS_BEYOND_ASCII = /^(?=.*[^\0-\x7f])(?:[A-Za-z0-9.-]|[^\0-\x7f])+$/u
// RFC 5321, section 2.3.5: letters, digits and hyphens.
const DOMAIN = /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?)*$/i
