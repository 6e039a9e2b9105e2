/**
 * A matcher for vitest that keeps mails from changing unnoticed: `import 'incident-mailer/vitest'` in a test or a
 * setup file.
 */
import { expect, Snapshots } from 'vitest'
import { type SnapshotMail, writeSnapshot } from './mail-snapshot.js'

export type { SnapshotMail } from './mail-snapshot.js'

declare module 'vitest' {
  interface Matchers<T> {
    /**
     * Compares subject, plain text and HTML of a mail with what was recorded; `vitest -u` records it anew.
     *
     * @param file - a file for this mail alone, relative to the test's. Default: among the test's other snapshots
     */
    toMatchMailSnapshot(file?: string): T extends never ? never : Promise<void>
  }
}

expect.extend({
  toMatchMailSnapshot(received: SnapshotMail, file?: string) {
    const text = snapshotText(received)
    return file === undefined
      ? Snapshots.toMatchSnapshot.call(this, text)
      : Snapshots.toMatchFileSnapshot.call(this, text, file)
  },
})

/** The mail as it is recorded; what is none is refused. */
function snapshotText(mail: SnapshotMail): string {
  const { subject, html, text } = Object(mail) as Partial<SnapshotMail>
  if (typeof subject !== 'string' || typeof text !== 'string' || html === undefined) {
    throw new TypeError('toMatchMailSnapshot takes what render or preview gives; wait for it with await')
  }
  return writeSnapshot({ subject, html, text })
}
