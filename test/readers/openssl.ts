import { temporaryFile } from '../certificates/certificates.js'
import type { Reader, ReaderKnowledge } from './reader.js'
import { run } from './run.js'

/** `openssl cms`, which reads MIME itself. */
export async function opensslReader({ authorities, owner }: ReaderKnowledge): Promise<Reader> {
  const trust = temporaryFile('trust.pem', authorities.map(({ pem }) => pem).join(''))
  return {
    name: 'openssl cms',
    verify: async (message) => {
      // openssl prints the content, and in text mode for a MIME message, with CRLF.
      const { ok, stdout, says } = await run('openssl', ['cms', '-verify', '-CAfile', trust], message)
      return { ok, says, content: stdout }
    },
    decrypt: async (message) => {
      if (!owner) throw new Error('this reader has no key')
      const args = ['cms', '-decrypt', '-recip', owner.certificate, '-inkey', owner.key]
      const { ok, stdout, says } = await run('openssl', args, message)
      return { ok, says, content: stdout }
    },
    close: async () => {},
  }
}
