import { describe, inject } from 'vitest'
import type { PeerName } from './peer-list.js'

/**
 * `describe` for tests that need peers: they are skipped, and the title says why, where one is missing.
 *
 * @example
 * ```ts
 * describeWith('postfix', 'dovecot')('a mail in a real mailbox', () => { ... })
 * ```
 */
export function describeWith(...needed: PeerName[]) {
  const peers = inject('peers')
  const missing = needed.filter((name) => !peers[name])
  return (title: string, tests: () => void): void => {
    const note = missing.length > 0 ? `skipped: no ${missing.join(', ')}` : `with ${needed.join(', ')}`
    describe.skipIf(missing.length > 0)(`${title} (${note})`, tests)
  }
}
