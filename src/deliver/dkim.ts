import { createPrivateKey, type KeyObject } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import type Dkim from 'nodemailer/lib/dkim'
import { codeOf, IncidentMailerError, messageOf } from '../errors.js'
import { invalidOption, refuseUnknownOptions } from '../options.js'
import { quoted } from '../quoted.js'
import { readRegularFile } from '../read-file.js'

/** How mails are signed for their domain (DKIM, RFC 6376). */
export interface DkimOptions {
  /** The domain that signs: the one in From, or one above it (`d=`). */
  readonly domainName: string
  /** Which of its keys: the public one stands in DNS under `<keySelector>._domainkey.<domainName>` (`s=`). */
  readonly keySelector: string
  /** The private key, RSA: a PEM file, or PEM. */
  readonly privateKey: string
}

/** Puts a DKIM-Signature before a finished message. */
export type DkimSigner = (message: Buffer) => Promise<Buffer>

/**
 * Prepares to sign for a domain: `rsa-sha256`, both header and body canonicalized as `relaxed`. Ed25519 keys
 * (RFC 8463) are refused, since many receivers do not know them and so see no signature at all.
 *
 * The key is read with the first mail; a failure is not kept.
 *
 * @throws IncidentMailerError `INVALID_CONFIG` at once for options that are missing or wrong. For a mail:
 * `FILE_NOT_FOUND`, `FILE_UNREADABLE`, `INVALID_CONFIG` for what is no RSA key of 1,024 bits or more (RFC 8301,
 * section 3.2)
 */
export function dkimSigner(options: DkimOptions): DkimSigner {
  refuseUnknownOptions(options, OPTIONS, 'dkim')
  const { domainName, keySelector, privateKey } = options
  if (!isName(domainName, 2))
    throw invalidOption('dkim.domainName', 'dkim.domainName must be a domain, in ASCII: example.com')
  if (!isName(keySelector, 1))
    throw invalidOption('dkim.keySelector', 'dkim.keySelector must be the name of a key in DNS: soc2026')
  if (typeof privateKey !== 'string' || privateKey === '')
    throw invalidOption('dkim.privateKey', 'dkim.privateKey must be the path of a PEM file, or PEM')

  let loading: Promise<Dkim> | undefined
  const load = () => {
    loading ??= signerOf(options).catch((thrown) => {
      loading = undefined
      throw thrown
    })
    return loading
  }
  return async (message) => {
    const signed = await buffer((await load()).sign(message))
    // nodemailer passes a message on unsigned where signing fails.
    if (signed.length > message.length) return signed
    throw invalidOption('dkim.privateKey', 'dkim.privateKey does not sign; make a new RSA key of 2,048 bits')
  }
}

async function signerOf({ domainName, keySelector, privateKey }: DkimOptions): Promise<Dkim> {
  const key = await readKey(privateKey)
  const { default: Signer } = await import('nodemailer/lib/dkim')
  return new Signer({ domainName, keySelector, privateKey: key })
}

const OPTIONS: Record<keyof DkimOptions, true> = { domainName: true, keySelector: true, privateKey: true }

/** RFC 6376, section 3.1: labels of letters, digits and hyphens, in selectors underscores too. */
function isName(text: unknown, fewestLabels: number): text is string {
  if (typeof text !== 'string' || text.length > 253) return false
  const labels = text.split('.')
  return (
    labels.length >= fewestLabels &&
    labels.every((label) => /^[a-z0-9_](?:[\w-]{0,61}[a-z0-9])?$/i.test(label))
  )
}

async function readKey(pathOrPem: string): Promise<KeyObject> {
  const isPem = pathOrPem.includes('-----BEGIN ')
  const what = isPem ? 'dkim.privateKey' : `dkim.privateKey: ${quoted(pathOrPem, 512)}`
  const pem = isPem ? pathOrPem : await readKeyFile(pathOrPem, what)
  let key: KeyObject
  try {
    key = createPrivateKey(pem)
  } catch (cause) {
    const message = `${what} is no private key in PEM without a passphrase; write it with openssl genpkey -algorithm RSA`
    throw new IncidentMailerError('INVALID_CONFIG', message, { field: 'dkim.privateKey', cause })
  }
  const { asymmetricKeyType: kind, asymmetricKeyDetails: details } = key
  if (kind === 'rsa' && (details?.modulusLength ?? 0) >= 1024) return key
  const found = kind === 'rsa' ? `an RSA key of ${details?.modulusLength} bits` : `a key of kind ${kind}`
  throw invalidOption('dkim.privateKey', `${what} is ${found}; DKIM needs an RSA key of 2,048 bits`)
}

async function readKeyFile(path: string, what: string): Promise<Buffer> {
  try {
    return await readRegularFile(path, { largest: 64 * 1024 })
  } catch (cause) {
    const missing = codeOf(cause) === 'ENOENT'
    throw new IncidentMailerError(
      missing ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
      missing
        ? `${what}: there is no such file; correct the path`
        : `${what} cannot be read: ${messageOf(cause)}`,
      { field: 'dkim.privateKey', cause },
    )
  }
}
