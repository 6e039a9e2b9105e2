import { decodeWords } from '../../decode-words.js'
import { comparableAddress } from '../certificates/certificate.js'

/** One author in a From field. */
export interface ReadMailbox {
  /** What a mail client shows: the name, or else nothing. Encoded words are decoded. */
  readonly name: string
  /** As it is compared with those in certificates. */
  readonly address: string
}

/**
 * Reads the mailboxes of a From field (RFC 5322, section 3.4), or null where it is not of that form. Nothing is
 * guessed: an attacker counts on readers who guess differently.
 */
export function readMailboxes(value: string): ReadMailbox[] | null {
  if (/[\p{Cc}\uFFFD]/u.test(value.replaceAll('\t', ' ')) || value.length > longest) return null
  const tokens = tokensOf(value)
  if (!tokens) return null
  const mailboxes: ReadMailbox[] = []
  for (const group of split(tokens)) {
    const mailbox = mailboxOf(group)
    if (!mailbox) return null
    mailboxes.push(mailbox)
  }
  return mailboxes.length > 0 ? mailboxes : null
}

const longest = 64 * 1024

interface Token {
  readonly kind: 'word' | 'quoted' | ',' | '<' | '>' | '@'
  readonly text: string
  /** Space or a comment stands before it. */
  readonly apart: boolean
}

/** Words (dots included), quoted strings and specials; comments are left out. Null for what is none of these. */
function tokensOf(value: string): Token[] | null {
  const tokens: Token[] = []
  let apart = false
  for (let at = 0; at < value.length; ) {
    const character = value.charAt(at)
    if (/\s/.test(character)) {
      apart = true
      at++
    } else if (character === '(') {
      const end = endOfComment(value, at)
      if (end === null) return null
      apart = true
      at = end
    } else if (character === '"') {
      QUOTED.lastIndex = at
      const quoted = QUOTED.exec(value)
      if (!quoted) return null
      tokens.push({ kind: 'quoted', text: (quoted[1] ?? '').replace(/\\(.)/gs, '$1'), apart })
      at = QUOTED.lastIndex
      apart = false
    } else if (character === ',' || character === '<' || character === '>' || character === '@') {
      tokens.push({ kind: character, text: character, apart })
      at++
      apart = false
    } else {
      WORD.lastIndex = at
      const word = WORD.exec(value)?.[0]
      if (!word) return null
      tokens.push({ kind: 'word', text: word, apart })
      at += word.length
      apart = false
    }
  }
  return tokens
}

const QUOTED = /"((?:[^"\\]|\\.)*)"/sy
const WORD = /[^\s()<>@,;:\\"[\]]+/y

function endOfComment(value: string, start: number): number | null {
  let depth = 0
  for (let at = start; at < value.length; at++) {
    const character = value.charAt(at)
    if (character === '\\') at++
    else if (character === '(') depth++
    else if (character === ')' && --depth === 0) return at + 1
  }
  return null
}

function split(tokens: readonly Token[]): Token[][] {
  const groups: Token[][] = [[]]
  for (const token of tokens) {
    if (token.kind === ',') groups.push([])
    else groups.at(-1)?.push(token)
  }
  return groups
}

function mailboxOf(tokens: readonly Token[]): ReadMailbox | null {
  const open = tokens.findIndex(({ kind }) => kind === '<')
  if (open < 0) return named('', tokens)
  if (tokens.at(-1)?.kind !== '>') return null
  const name = tokens.slice(0, open)
  // An @ in a name without quotation marks is not allowed, and yet shown by many.
  if (name.some(({ kind }) => kind !== 'word' && kind !== 'quoted')) return null
  return named(name.map(({ text }) => text).join(' '), tokens.slice(open + 1, -1))
}

/** The address is local part, `@`, domain, with nothing between them. */
function named(name: string, tokens: readonly Token[]): ReadMailbox | null {
  const [local, at, domain, ...more] = tokens
  if (!local || at?.kind !== '@' || domain?.kind !== 'word' || more.length > 0) return null
  if (local.kind !== 'word' && local.kind !== 'quoted') return null
  if (at.apart || domain.apart || !DOTTED.test(domain.text)) return null
  if (local.kind === 'word' && !DOTTED.test(local.text)) return null
  if (/[\s@]/.test(local.text) || local.text === '') return null
  return { name: decodeWords(name), address: comparableAddress(`${local.text}@${domain.text}`) }
}

const DOTTED = /^[^.]+(?:\.[^.]+)*$/
