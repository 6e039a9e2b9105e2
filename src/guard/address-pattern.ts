import { domainToASCII } from 'node:url'
import { AddressSyntaxError, parseMailbox } from '../compose/address.js'
import { invalidOption } from '../options.js'
import { quoted } from '../quoted.js'

/**
 * Whether an address is among those that a list of patterns means. `unclear` for one that servers read in different
 * ways: it passes no list of the allowed, and every list of the others has to reckon with it.
 */
export type AddressTest = (address: string) => 'among' | 'not among' | 'unclear'

/**
 * Makes the test of a list of addresses (`ciso@example.com`), domains (`example.com`, that one alone) and all
 * domains below one (`*.example.com`, itself not among them), in any case, internationalised or not.
 *
 * What is read in two ways is unclear: an address that does not parse, one at a number instead of a domain,
 * and a local part that some servers take for a way on to somewhere else (`victim%example.org@example.com`,
 * RFC 5321, appendix F.2), unless it is listed letter for letter.
 *
 * @param field - where the list stands, for messages
 * @throws IncidentMailerError `INVALID_CONFIG` for what is no pattern
 */
export function addressTest(patterns: readonly string[], field: string): AddressTest {
  if (!Array.isArray(patterns)) throw invalidOption(field, `${field} must be a list of addresses and domains`)
  const addresses = new Set<string>()
  const domains = new Set<string>()
  const above: string[] = []
  for (const [index, pattern] of patterns.entries()) {
    const at = `${field}[${index}]`
    if (typeof pattern !== 'string') throw invalid(at, pattern)
    if (pattern.includes('@')) addresses.add(addressOf(pattern, at))
    else if (pattern.startsWith('*.')) above.push(`.${domainOf(pattern.slice(2), at)}`)
    else domains.add(domainOf(pattern, at))
  }
  return (address) => {
    const whole = comparable(address)
    if (whole === null) return 'unclear'
    if (addresses.has(whole.address)) return 'among'
    if (/[%!@:]/.test(whole.local) || whole.domain.startsWith('[')) return 'unclear'
    const isAmong = domains.has(whole.domain) || above.some((end) => whole.domain.endsWith(end))
    return isAmong ? 'among' : 'not among'
  }
}

/** An address in the one form in which it is compared, or null for what is none. */
function comparable(address: string): { local: string; domain: string; address: string } | null {
  try {
    const mailbox = parseMailbox(address)
    // A display name or a comment does not belong into an envelope.
    if (mailbox.name !== '' || /[\s<>()]/.test(address.replace(/^".*"@/s, ''))) return null
    const local = mailbox.local.toLowerCase()
    const domain = mailbox.domain.toLowerCase()
    return { local, domain, address: `${local}@${domain}` }
  } catch (thrown) {
    if (thrown instanceof AddressSyntaxError) return null
    throw thrown
  }
}

function addressOf(pattern: string, field: string): string {
  const found = comparable(pattern)
  // It would be an address of its own, and nobody means that.
  if (found === null || found.local === '*') throw invalid(field, pattern)
  return found.address
}

/** RFC 5891: the domain as the envelope carries it. */
function domainOf(pattern: string, field: string): string {
  const domain = /[^\0-\x7f]/.test(pattern) ? domainToASCII(pattern) : pattern.toLowerCase()
  if (comparable(`x@${domain}`) === null || domain.startsWith('[')) throw invalid(field, pattern)
  return domain
}

function invalid(field: string, pattern: unknown) {
  return invalidOption(
    field,
    `${field}: ${quoted(pattern)} is no address (soc@example.com), domain (example.com) or *.example.com`,
  )
}
