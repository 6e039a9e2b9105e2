import { type ErrorSummary, IncidentMailerError } from '../errors.js'
import type { MimeMail, Recipient } from '../mail.js'
import { entityOf } from '../mime.js'
import type { RouteSteps } from '../notifier/routes.js'
import type { Stage, StageContext } from '../pipeline.js'
import type { EncryptionFacts, RecipientFacts, SigningFacts } from './facts.js'

/** A mail with what protects it. */
export interface ProtectedMail {
  /** Signed where it would be, and not encrypted. */
  readonly readable: MimeMail
  /** As it would travel, as far as that is possible. */
  readonly final: MimeMail
  readonly signing: SigningFacts
  readonly encryption: EncryptionFacts
}

/**
 * Tells how a mail would be signed and encrypted. It runs the stages themselves; where one fails, that is a fact,
 * and the mail goes on without it.
 *
 * @param hasIdentity - whether mails are signed that do not say otherwise
 */
export async function protect(
  mail: MimeMail,
  { sign, encrypt }: RouteSteps,
  hasIdentity: boolean,
  context: StageContext,
): Promise<ProtectedMail> {
  const signed = await attempt(sign, mail, context)
  const encrypted = await attempt(encrypt, signed.mail, context)
  const { sign: signAsked, encrypt: encryptAsked, encryptionCertificates } = mail.protection
  return {
    readable: signed.mail,
    final: encrypted.mail,
    signing: {
      wanted: signAsked ?? hasIdentity,
      signer: signed.mail.signer,
      cosigners: signed.mail.cosigners ?? [],
      problem: signed.problem,
    },
    encryption: {
      wanted: encryptAsked ?? (encryptionCertificates?.length ?? 0) > 0,
      recipients: await recipientsOf(encrypted.mail, encrypt, context),
      copies: encrypted.mail.deliveries.length,
      problem: encrypted.problem,
    },
  }
}

/** What came of a stage. */
export interface Attempt {
  readonly mail: MimeMail
  readonly problem: ErrorSummary | null
}

/** The mail after a stage; the mail before it, and why, where the stage refuses it. */
export async function attempt(
  stage: Stage<MimeMail, MimeMail>,
  mail: MimeMail,
  context: StageContext,
): Promise<Attempt> {
  try {
    return { mail: await stage(mail, context), problem: null }
  } catch (thrown) {
    if (!(thrown instanceof IncidentMailerError) || context.signal?.aborted) throw thrown
    return { mail, problem: thrown.toJSON() }
  }
}

/** Which certificates serve whom. Where the mail is not encrypted, each is asked about alone. */
async function recipientsOf(
  mail: MimeMail,
  encrypts: Stage<MimeMail, MimeMail>,
  context: StageContext,
): Promise<RecipientFacts[]> {
  const recipients = mail.deliveries.flatMap((delivery) => delivery.recipients)
  const known = mail.recipientsCertificates
  if (known) {
    return recipients.map((recipient) => ({
      ...recipient,
      certificates: known.filter((each) => each.recipient === recipient.address).map(withoutRecipient),
      problem: null,
    }))
  }
  return await Promise.all(recipients.map((recipient) => askAbout(recipient, mail, encrypts, context)))
}

/** Encrypts nothing to one recipient, to learn whether and to what it could be. */
async function askAbout(
  recipient: Recipient,
  mail: MimeMail,
  encrypts: Stage<MimeMail, MimeMail>,
  context: StageContext,
): Promise<RecipientFacts> {
  const probe = {
    ...mail,
    protection: { ...mail.protection, encrypt: true },
    deliveries: [{ recipients: [recipient], entity: entityOf([], new Uint8Array()) }],
  }
  const { mail: encrypted, problem } = await attempt(encrypts, probe, context)
  return {
    ...recipient,
    certificates: (encrypted.recipientsCertificates ?? []).map(withoutRecipient),
    problem,
  }
}

function withoutRecipient<T extends { readonly recipient: string }>({ recipient: _, ...certificate }: T) {
  return certificate
}
