import { createPublicKey } from 'node:crypto'
import { run } from './run.js'

/** What Debian's `dkimpy` says of a message: whether its topmost DKIM signature is good, by the key given for its name. */
export async function dkimVerify(message: Buffer, name: string, privateKeyPem: string): Promise<boolean> {
  const key = createPublicKey(privateKeyPem)
  const der = key.export({ type: 'spki', format: 'der' })
  const isEd25519 = key.asymmetricKeyType === 'ed25519'
  // Ed25519 keys stand there without their frame (RFC 8463, section 4).
  const record = `v=DKIM1; k=${isEd25519 ? 'ed25519' : 'rsa'}; p=${(isEd25519 ? der.subarray(-32) : der).toString('base64')}`
  const { ok, stdout, says } = await run('/usr/bin/python3', ['-c', program, `${name}.`, record], message)
  if (!ok) throw new Error(`dkimpy cannot be asked: ${says}`)
  return stdout.toString().trim() === 'True'
}

const program = `
import dkim, sys
name, record = sys.argv[1:]
answer = lambda asked, timeout=5: record.encode() if asked.decode() == name else None
try:
    print(dkim.DKIM(sys.stdin.buffer.read()).verify(dnsfunc=answer))
except dkim.ValidationError:
    print(False)
`
