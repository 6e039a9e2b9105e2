import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pkcs12, temporaryFile, temporaryPath } from '../certificates/certificates.js'
import { cmsOf, isDetached, takeApart } from './mime.js'
import type { Reader, ReaderKnowledge } from './reader.js'
import { mustRun, run } from './run.js'

/** NSS's `cmsutil`, with the library that Thunderbird reads mail with. */
export async function nssReader({ authorities, owner }: ReaderKnowledge): Promise<Reader> {
  const home = await mkdtemp(join(tmpdir(), 'im-nss-'))
  const database = `sql:${home}`
  await mustRun('certutil', ['-N', '-d', database, '--empty-password'])
  for (const { name, certificate } of authorities) {
    await mustRun('certutil', ['-A', '-d', database, '-n', name, '-t', 'CT,C,C', '-a', '-i', certificate])
  }
  if (owner) await mustRun('pk12util', ['-i', pkcs12(owner, 'nss'), '-d', database, '-W', 'nss', '-K', ''])

  const verifyOpaque = async (message: Buffer) => {
    const [structure, out] = [temporaryFile('opaque', cmsOf(message)), temporaryPath('content')]
    const args = ['-D', '-d', database, '-h', '0', '-i', structure, '-o', out]
    const { ok, stdout, says } = await run('cmsutil', args)
    const report = `${stdout}${says}${ok ? await readFile(out, 'latin1') : ''}`
    // With -h the report stands before the content.
    const content = ok ? await readFile(out) : Buffer.alloc(0)
    const start = content.indexOf('Content-Type:')
    const good = /signer0\.status=GoodSignature/.test(report)
    return { ok: ok && good, says: report, content: content.subarray(Math.max(start, 0)) }
  }

  return {
    name: 'NSS cmsutil',
    verify: async (message) => {
      if (!isDetached(message)) return await verifyOpaque(message)
      const { content, signature } = takeApart(message)
      const files = [temporaryFile('content', content), temporaryFile('signature', signature)] as const
      const args = ['-D', '-d', database, '-h', '0', '-n', '-c', files[0], '-i', files[1]]
      const { ok, stdout, says } = await run('cmsutil', args)
      const report = `${stdout}${says}`
      return { ok: ok && /signer0\.status=GoodSignature/.test(report), says: report, content }
    },
    decrypt: async (message) => {
      const [encrypted, decrypted] = [temporaryFile('encrypted', cmsOf(message)), temporaryPath('decrypted')]
      const { ok, says } = await run('cmsutil', ['-D', '-d', database, '-i', encrypted, '-o', decrypted])
      return { ok, says, content: ok ? await readFile(decrypted) : Buffer.alloc(0) }
    },
    close: () => rm(home, { recursive: true, force: true }),
  }
}
