import { childOf, type DerValue, oidOf, readDer, tags } from '../encoding/der.js'
import { oids } from '../encoding/oids.js'
import type { Certificate } from './certificate.js'

/** The kinds of GeneralName that are looked at here (RFC 5280, section 4.2.1.6). */
const rfc822Name = 0x81
const directoryName = 0xa4
const otherName = 0xa0

/**
 * Whether an authority may vouch for a certificate's names (RFC 5280, section 4.2.1.10). Names of a kind that is
 * not known here are refused where the authority's constraints speak of that kind.
 */
export function allowsNames(authority: Certificate, certificate: Certificate): boolean {
  const constraints = authority.extensions.get(oids.nameConstraints)?.value()
  if (!constraints) return true
  const subtrees = (tag: number) =>
    (constraints.children.find((child) => child.tag === tag)?.children ?? []).map((subtree) =>
      childOf(subtree, 0),
    )
  return namesOf(certificate).every((name) => {
    const ofKind = (base: DerValue) => base.tag === name.tag
    const permitted = subtrees(0xa0).filter(ofKind)
    const excluded = subtrees(0xa1).filter(ofKind)
    if (name.isWithin === null) return permitted.length + excluded.length === 0
    return (permitted.length === 0 || permitted.some(name.isWithin)) && !excluded.some(name.isWithin)
  })
}

interface ConstrainedName {
  readonly tag: number
  /** Whether it lies in a subtree, or null where that is not known. */
  readonly isWithin: ((base: DerValue) => boolean) | null
}

function namesOf(certificate: Certificate): ConstrainedName[] {
  const { addresses, extensions } = certificate
  const subject = readDer(certificate.subject)
  const alternatives = extensions.get(oids.subjectAltName)?.value().children ?? []
  return [
    // Those in the subject too, and SmtpUTF8Mailbox (RFC 9598, section 6).
    ...addresses.map((address) => ({
      tag: rfc822Name,
      isWithin: (base: DerValue) => isAddressWithin(address, base.content.toString().toLowerCase()),
    })),
    ...[subject, ...alternatives.filter(({ tag }) => tag === directoryName).map((name) => childOf(name, 0))]
      .filter(({ children }) => children.length > 0)
      .map((name) => ({
        tag: directoryName,
        isWithin: (base: DerValue) => isNameWithin(name, childOf(base, 0)),
      })),
    ...alternatives
      .filter(({ tag }) => tag !== rfc822Name && tag !== directoryName && tag !== otherName)
      .map(({ tag }) => ({ tag, isWithin: null })),
  ]
}

/** A mailbox, the mailboxes of a host, or those of all hosts in a domain, which begins with a dot. */
function isAddressWithin(address: string, base: string): boolean {
  const host = address.slice(address.lastIndexOf('@') + 1)
  if (base.includes('@')) return address === base
  return base.startsWith('.') ? host.endsWith(base) : host === base
}

/** Whether a name begins with all parts of another. */
function isNameWithin(name: DerValue, base: DerValue): boolean {
  const [parts, wanted] = [name, base].map(({ children }) => children.map(comparablePart))
  return (wanted ?? []).every((part, index) => part === parts?.[index])
}

/** Without regard to string types, case and repeated spaces (RFC 5280, section 7.1, for what names need of it). */
function comparablePart(part: DerValue): string {
  return part.children
    .map((attribute) => {
      const { tag, content } = childOf(attribute, 1)
      const text = tag === tags.bmpString ? new TextDecoder('utf-16be').decode(content) : content.toString()
      return `${oidOf(childOf(attribute, 0))}=${text.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase()}`
    })
    .sort()
    .join('+')
}
