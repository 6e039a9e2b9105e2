import type { RejectedRecipient } from '../mail.js'

/**
 * Whether the server takes no more recipients in this transaction, but perhaps in another one (RFC 5321, section
 * 4.5.3.1.10). 452 also says that the disk is full (4.3.1), where to go on at once would be of no use.
 */
export function isOneTooMany({ code, enhancedCode }: RejectedRecipient): boolean {
  return code === 452 && (enhancedCode === null || enhancedCode.startsWith('4.5.'))
}
