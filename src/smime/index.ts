/**
 * S/MIME for mail: `incident-mailer/smime`. Knows bytes and certificates, not incidents.
 */
export type { Certificate, KeyUsage } from './certificates/certificate.js'
export type { CertificateLookup, FoundCertificates } from './certificates/certificate-lookup.js'
export type { MissingCertificate } from './certificates/missing-certificate.js'
export type { ContentCipher } from './cms/cipher-table.js'
export type { KeyTransport } from './cms/key-transport.js'
export type { RsaScheme, SignatureHash } from './cms/signature-algorithm.js'
export { decrypt } from './decrypt.js'
export { type DecryptFileOptions, decryptFile } from './decrypt-file.js'
export { type EncryptOptions, encrypt } from './encrypt.js'
export {
  type Identity,
  type IdentityOptions,
  type KeyPair,
  loadIdentity,
  type PemIdentityOptions,
  type Pkcs12IdentityOptions,
} from './keys/identity.js'
export { learnCertificates } from './learn-certificates.js'
export {
  baselinePolicy,
  type HeaderPolicy,
  type HeaderPolicyName,
  shyPolicy,
} from './message/header-policy.js'
export type { ReadMailbox } from './message/read-mailboxes.js'
export type { SignatureForm } from './message/sign-entity.js'
export {
  type PluginMail,
  type SmimeMailOptions,
  type SmimePlugin,
  type SmimePluginOptions,
  smime,
} from './nodemailer-plugin.js'
export type { ProtectHeadersOptions } from './protect-headers.js'
export type { MessageSource } from './reading/read-from-disk.js'
export type { OldAlgorithm, VerifyOptions } from './reading/reading-options.js'
export { type Effect, REASONS, type Reason, type ReasonCode, type Status } from './reading/reasons.js'
export type {
  Coverage,
  EncryptedLayer,
  HeaderReport,
  Layer,
  MessageReport,
  PartReport,
  SignedLayer,
  SignerReport,
  Standing,
  UnverifiedDecryptedFile,
  UnverifiedDecryptedMessage,
  UnverifiedMessage,
  VerifiedFile,
  VerifiedMessage,
  VerifiedReport,
} from './reading/verification.js'
export { type SignOptions, sign } from './sign.js'
export { verify } from './verify.js'
export { type VerifyFileOptions, verifyFile } from './verify-file.js'
