import { IncidentMailerError } from '../errors.js'
import type { MimeMail, Tlp } from '../mail.js'
import { messageSize } from '../mime.js'
import { invalidOption, refuseUnknownOptions } from '../options.js'
import type { Stage } from '../pipeline.js'
import { quoted } from '../quoted.js'
import { type AddressTest, addressTest } from './address-pattern.js'

/** What a TLP label asks for. */
export interface TlpRule {
  /** Who may get it: addresses, domains (`example.com`), and all below one (`*.example.com`). Default: whoever `recipients` allows. */
  readonly recipients?: readonly string[]
  /** Whether it has to be encrypted. Default false. */
  readonly encrypt?: boolean
}

/** What may leave. Part of the settings: no job can change it. */
export interface GuardOptions {
  /** Who may get mail at all: addresses, domains (`example.com`), and all below one (`*.example.com`). Default: everybody. */
  readonly recipients?: readonly string[]
  /** Who may not, even where `recipients` allows it. Default: nobody. */
  readonly refuse?: readonly string[]
  /** To whom nothing goes unencrypted. Default: nobody. */
  readonly encryptTo?: readonly string[]
  /**
   * Rules by label of the Traffic Light Protocol (TLP 2.0). A label without a rule has that of the next less
   * strict one that has. Where there are rules, a mail without a label is refused. Default: no rules.
   */
  readonly tlp?: Readonly<Partial<Record<Tlp, TlpRule>>>
  /** The label of mails whose job gives none. Default: none. */
  readonly defaultTlp?: Tlp
  /** The most recipients a mail may have. Default: any number. */
  readonly maxRecipients?: number
  /** The largest message, in octets, as it stands on the wire. Default: any size. */
  readonly maxSize?: number
}

/**
 * Makes the stage that lets a finished mail pass, or refuses it as a whole, before anybody is asked to take it.
 *
 * @example
 * ```ts
 * import { guard } from 'incident-mailer'
 *
 * const stage = guard({ recipients: ['example.com', '*.example.com'], tlp: { red: { recipients: ['ciso@example.com'] } } })
 * ```
 *
 * @throws IncidentMailerError `INVALID_CONFIG` at once for options that are wrong; `GUARD_REFUSED` for a mail,
 * with the rule in `error.field`
 */
export function guard(options: GuardOptions = {}): Stage<MimeMail, MimeMail> {
  const rules = compile(options)
  return async (mail) => {
    try {
      for (const rule of rules) await rule(mail)
      return mail
    } catch (thrown) {
      if (thrown instanceof IncidentMailerError) thrown.messageId ??= mail.messageId
      throw thrown
    }
  }
}

/** Throws where a mail must not leave. */
type Rule = (mail: MimeMail) => void | Promise<void>

function compile(options: GuardOptions): readonly Rule[] {
  refuseUnknownOptions(options, OPTIONS, 'guard')
  const { recipients, refuse, encryptTo, maxRecipients, maxSize } = options
  const rules: Rule[] = []
  if (recipients !== undefined) rules.push(allowed('guard.recipients', recipients))
  if (refuse !== undefined) rules.push(forbidden('guard.refuse', refuse))
  if (encryptTo !== undefined) {
    const test = addressTest(encryptTo, 'guard.encryptTo')
    rules.push((mail) => demandEncryption(mail, 'guard.encryptTo', test))
  }
  const tlp = tlpRule(options)
  if (tlp) rules.push(tlp)
  if (maxRecipients !== undefined) rules.push(fewRecipients(limit('guard.maxRecipients', maxRecipients)))
  if (maxSize !== undefined) rules.push(smallEnough(limit('guard.maxSize', maxSize)))
  return rules
}

function allowed(field: string, patterns: readonly string[]): Rule {
  const test = addressTest(patterns, field)
  return (mail) => {
    const other = recipientsOf(mail).find((address) => test(address) !== 'among')
    if (other !== undefined) refused(field, `${quoted(other)} is not among those who may get this mail`)
  }
}

function forbidden(field: string, patterns: readonly string[]): Rule {
  const test = addressTest(patterns, field)
  return (mail) => {
    // What is unclear may be anybody.
    const hit = recipientsOf(mail).find((address) => test(address) !== 'not among')
    if (hit !== undefined) refused(field, `${quoted(hit)} may not get mail`)
  }
}

function fewRecipients(most: number): Rule {
  return (mail) => {
    const count = recipientsOf(mail).length
    if (count > most)
      refused('guard.maxRecipients', `the mail has ${count} recipients; at most ${most} may get one`)
  }
}

function smallEnough(largest: number): Rule {
  return async (mail) => {
    for (const { entity } of mail.deliveries) {
      const size = await messageSize(mail, entity)
      if (size > largest)
        refused('guard.maxSize', `the message has ${size} octets; at most ${largest} may leave`)
    }
  }
}

/** An address that is unclear may be anybody's, too. */
function demandEncryption(mail: MimeMail, field: string, test: AddressTest): void {
  const served = new Set(mail.recipientsCertificates?.map(({ recipient }) => recipient.toLowerCase()))
  const open = recipientsOf(mail).find(
    (address) => test(address) !== 'not among' && !served.has(address.toLowerCase()),
  )
  if (open !== undefined) refused(field, `${quoted(open)} gets nothing unencrypted; set encrypt in the job`)
}

function tlpRule({ tlp, defaultTlp }: GuardOptions): Rule | null {
  if (defaultTlp !== undefined && !LABELS.includes(defaultTlp))
    throw invalidOption('guard.defaultTlp', `guard.defaultTlp must be one of ${LABELS.join(', ')}`)
  if (tlp === undefined) return null
  refuseUnknownOptions(tlp, TLP_LABELS, 'guard.tlp')
  const byLabel = new Map<Tlp, readonly Rule[]>()
  let inherited: readonly Rule[] = []
  for (const label of LABELS) {
    const own = tlp[label]
    if (own !== undefined) inherited = rulesOf(label, own)
    byLabel.set(label, inherited)
  }
  return async (mail) => {
    const label = mail.protection.tlp ?? defaultTlp
    const judged = label && byLabel.get(label)
    if (!judged)
      refused(
        'guard.tlp',
        'the mail has no TLP label, by which it would be judged; set tlp in the job (--tlp where there is none), or guard.defaultTlp',
      )
    for (const rule of judged) await rule(mail)
  }
}

function rulesOf(label: Tlp, rule: TlpRule): readonly Rule[] {
  const field = `guard.tlp.${label}`
  refuseUnknownOptions(rule, TLP_RULE, field)
  const rules: Rule[] = []
  if (rule.recipients !== undefined) rules.push(allowed(`${field}.recipients`, rule.recipients))
  if (rule.encrypt !== undefined && typeof rule.encrypt !== 'boolean')
    throw invalidOption(`${field}.encrypt`, `${field}.encrypt must be true or false`)
  if (rule.encrypt) rules.push((mail) => demandEncryption(mail, `${field}.encrypt`, () => 'among'))
  return rules
}

function recipientsOf(mail: MimeMail): readonly string[] {
  return mail.deliveries.flatMap(({ recipients }) => recipients.map(({ address }) => address))
}

function limit(field: string, value: number): number {
  if (!Number.isInteger(value) || value < 1)
    throw invalidOption(field, `${field} must be a whole number from 1`)
  return value
}

function refused(field: string, reason: string): never {
  throw new IncidentMailerError('GUARD_REFUSED', `${field}: ${reason}; nothing was sent`, {
    stage: 'guard',
    field,
  })
}

const OPTIONS: Record<keyof GuardOptions, true> = {
  recipients: true,
  refuse: true,
  encryptTo: true,
  tlp: true,
  defaultTlp: true,
  maxRecipients: true,
  maxSize: true,
}
const TLP_RULE: Record<keyof TlpRule, true> = { recipients: true, encrypt: true }

/** From the least strict to the strictest. */
const LABELS: readonly Tlp[] = ['clear', 'green', 'amber', 'amber+strict', 'red']
const TLP_LABELS: Record<Tlp, true> = {
  clear: true,
  green: true,
  amber: true,
  'amber+strict': true,
  red: true,
}
