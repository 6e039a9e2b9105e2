import { quoted } from '../../quoted.js'
import { fieldsNamed, type ReadField } from '../message/read-header.js'
import { type ReadMailbox, readMailboxes } from '../message/read-mailboxes.js'
import { type Reason, reason } from './reasons.js'

/** Who a message says it is from, and what speaks against it. */
export interface CheckedFrom {
  /** Null where nobody can tell. */
  readonly mailboxes: readonly ReadMailbox[] | null
  readonly reasons: readonly Reason[]
}

/** Reads the From field, of which there has to be one that everybody reads alike. */
export function checkFrom(fields: readonly ReadField[]): CheckedFrom {
  const [field, ...others] = fieldsNamed(fields, 'from')
  if (!field) return { mailboxes: null, reasons: [reason('FROM_MISSING', 'it has no From field')] }
  if (others.length > 0)
    return { mailboxes: null, reasons: [reason('FROM_DOUBLED', 'it has several From fields')] }
  const mailboxes = readMailboxes(field.value)
  if (!mailboxes)
    return {
      mailboxes,
      reasons: [
        reason('FROM_UNREADABLE', `its From field is not of the right form: ${quoted(field.value, 200)}`),
      ],
    }
  // Some mail programs show a comment where there is no name.
  const comments = [...field.value.matchAll(/\(([^()]*)\)/g)].map(([, comment = '']) => comment)
  const reasons = mailboxes.flatMap(({ name, address }) => {
    const shown = [name, ...comments].find((text) => looksLikeAnother(text, address))
    if (shown === undefined) return []
    const message = `it is from ${quoted(address, 200)}, but shows the name ${quoted(shown, 200)}`
    return [reason('FROM_NAME_MISLEADS', message)]
  })
  return { mailboxes, reasons }
}

/** Whether one of the signers is who it is from; of several authors, each has to have signed (RFC 8550, section 3). */
export function compareFrom(mailboxes: readonly ReadMailbox[], signers: readonly string[]): Reason[] {
  const others = mailboxes.filter(({ address }) => !signers.includes(address))
  if (others.length === 0) return []
  const authors = others.map(({ address }) => quoted(address, 200)).join(', ')
  const signed =
    signers.length > 0 ? signers.map((address) => quoted(address, 200)).join(', ') : 'nobody with an address'
  return [reason('FROM_MISMATCH', `it is from ${authors}, but signed by ${signed}`)]
}

/** A name with an address in it, and not the mailbox's own: mail clients show the name alone. */
function looksLikeAnother(name: string, address: string): boolean {
  const found = name.normalize('NFKC').match(/[^\s<>"'(),;:]+@[^\s<>"'(),;:]+/g) ?? []
  return found.some((one) => one.toLowerCase() !== address)
}
