import type { Logger } from '../../logger.js'
import { invalidOption, refuseUnknownOptions } from '../../options.js'
import { throwIfAborted } from '../../pipeline.js'
import { certificateStore } from '../certificates/certificate-store.js'
import { crlStore } from '../certificates/crl-store.js'
import type { TrustBasis } from '../certificates/trust-path.js'
import { type Identity, type IdentityOptions, loadIdentity } from '../keys/identity.js'
import type { DecryptionKey } from './read-encrypted.js'

/** An old algorithm that is taken only where the caller says so. */
export type OldAlgorithm = 'sha1' | '3des'

/** What `verify` and `decrypt` are told. */
export interface VerifyOptions {
  /**
   * A folder or file of certificates (PEM or DER) that are trusted: authorities, or people. Default: nobody is
   * trusted, and no message is `verified`.
   */
  readonly trust?: string
  /** A folder or file of certificates that may lead to those, or be the signers'. Default: those in the message. */
  readonly certificates?: string
  /**
   * A folder or file of certificate revocation lists (PEM or DER: `.crl`, `.pem`, `.der`). Every certificate below
   * a trusted one then needs a current list that does not name it. Default: revocation is not checked.
   */
  readonly crls?: string
  /** Who decrypts: files to load, or what is loaded; one, or a list. Default: nobody, what is encrypted stays closed. */
  readonly identity?: IdentityOptions | Identity | readonly (IdentityOptions | Identity)[]
  /** Old algorithms to take: SHA-1 in signatures, 3DES in encryption. Default: none. */
  readonly allow?: readonly OldAlgorithm[]
  /** When the certificates have to hold. Default: now. */
  readonly moment?: Date
}

/** The options, with their files read. */
export interface ReadingBasis extends TrustBasis {
  readonly keys: readonly DecryptionKey[]
  readonly allows3Des: boolean
  /** Whether anybody said whom to trust. */
  readonly hasTrust: boolean
  readonly moment: Date
}

const OPTIONS: Record<keyof VerifyOptions, true> = {
  trust: true,
  certificates: true,
  crls: true,
  identity: true,
  allow: true,
  moment: true,
}

/** Reads what the options name. */
export async function loadReadingBasis(
  options: VerifyOptions,
  context: { signal?: AbortSignal; logger?: Logger } = {},
): Promise<ReadingBasis> {
  refuseUnknownOptions(options, OPTIONS)
  const { trust, certificates, crls, identity, allow = [], moment = new Date() } = options
  for (const algorithm of allow) {
    if (algorithm !== 'sha1' && algorithm !== '3des')
      throw invalidOption('allow', 'allow takes "sha1" and "3des"; correct it, or leave it out')
  }
  throwIfAborted(context.signal)
  const stored = async (path: string | undefined, field: string) =>
    path === undefined ? [] : (await certificateStore(path, field)(context, [])).certificates
  return {
    trusted: await stored(trust, 'smime.trust'),
    atHand: await stored(certificates, 'smime.certificates'),
    lists: crls === undefined ? null : await crlStore(crls, 'smime.crls', context),
    allowsSha1: allow.includes('sha1'),
    allows3Des: allow.includes('3des'),
    keys: await loadKeys(identity, context),
    hasTrust: trust !== undefined,
    moment,
  }
}

async function loadKeys(
  identity: VerifyOptions['identity'],
  context: { signal?: AbortSignal },
): Promise<DecryptionKey[]> {
  const identities = identity === undefined ? [] : Array.isArray(identity) ? identity : [identity]
  const loaded = identities.map(async (one: IdentityOptions | Identity) =>
    'key' in one ? one : await loadIdentity(one, context),
  )
  return (await Promise.all(loaded)).flatMap(({ pairs }) => pairs)
}
