/**
 * S/MIME for mail: `incident-mailer/smime`. Knows bytes and certificates, not incidents.
 */
export type { Certificate, KeyUsage } from './certificates/certificate.js'
export type { CertificateLookup, FoundCertificates } from './certificates/certificate-lookup.js'
export type { RsaScheme, SignatureHash } from './cms/signature-algorithm.js'
export { type EncryptOptions, encrypt } from './encrypt.js'
export {
  type Identity,
  type IdentityOptions,
  type KeyPair,
  loadIdentity,
  type PemIdentityOptions,
  type Pkcs12IdentityOptions,
} from './keys/identity.js'
export type { SignatureForm } from './message/sign-entity.js'
export { type SignOptions, sign } from './sign.js'
