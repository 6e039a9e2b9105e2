import type { Finding } from './finding.js'
import type { Findable } from './findings.js'

/** Secrets, and inside addresses in a mail that goes outside. */
export function leakFindings({ request, sender, recipients }: Findable, words: string): Finding[] {
  const findings: Finding[] = SECRETS.filter(([, pattern]) => pattern.test(words)).map(([what]) => ({
    code: 'SECRET',
    level: 'warning',
    message: `the mail seems to hold ${what}; mails are kept, passed on and searched: leave it out`,
  }))
  const inside = [...new Set(words.match(PRIVATE) ?? [])]
  const why = outside(request.tlp, sender, recipients)
  if (inside.length > 0 && why !== null) {
    const message = `the mail names addresses of an internal network (${inside.slice(0, 3).join(', ')}), and ${why}`
    findings.push({ code: 'PRIVATE_ADDRESS', level: 'warning', message })
  }
  return findings
}

/** Why the mail is not only for those inside, or null. */
function outside(
  tlp: Findable['request']['tlp'],
  sender: string | null,
  recipients: Findable['recipients'],
): string | null {
  if (tlp === 'clear' || tlp === 'green') return `TLP:${tlp.toUpperCase()} lets it go outside`
  const domain = sender?.split('@').at(-1)
  const foreign = recipients.find(
    ({ address }) => !address.toLowerCase().endsWith(`@${domain?.toLowerCase()}`),
  )
  return sender !== null && foreign ? `${foreign.address} is outside of ${domain}` : null
}

const SECRETS: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ['an access key of AWS', /\bA(?:KI|SI)A[0-9A-Z]{16}\b/],
  ['a token of GitHub or GitLab', /\b(?:gh[pousr]_[A-Za-z0-9]{30,}|glpat-[\w-]{20,})/],
  ['a token of Slack', /\bxox[abprs]-[\w-]{10,}/],
  ['a signed token (JWT)', /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+/],
  ['a password in an address', /\b[a-z][a-z\d+.-]*:\/\/[^\s/:@]+:[^\s/@]+@/i],
  ['a password', /\b(?:pass(?:word|wort|phrase)?|passwd|secret|api[_-]?key)\s*[:=]\s*[^\s<]{4,}/i],
]

/** RFC 1918, RFC 4193, RFC 3927, and names that only an inside resolver knows. */
const PRIVATE =
  /\b(?:10(?:\.\d{1,3}){3}|192\.168(?:\.\d{1,3}){2}|172\.(?:1[6-9]|2\d|3[01])(?:\.\d{1,3}){2}|169\.254(?:\.\d{1,3}){2}|f[cd][\da-f]{2}:[\da-f:]+|[\w-]+(?:\.[\w-]+)*\.(?:local|internal|intranet|corp|lan))\b/gi
