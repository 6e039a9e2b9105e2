import { compose } from '../compose/compose.js'
import { type DeliverStage, deliver } from '../deliver/deliver.js'
import type { Transport } from '../deliver/transport.js'
import { IncidentMailerError } from '../errors.js'
import type { MailRequest, MimeMail, RenderedMail } from '../mail.js'
import { suggestion } from '../nearest.js'
import { invalidOption } from '../options.js'
import { pipeline, type Stage } from '../pipeline.js'
import { quoted } from '../quoted.js'
import { render } from '../render/render.js'
import { endWith } from '../render/signature.js'
import type { Identity, IdentityOptions } from '../smime/keys/identity.js'
import type { SignOptions } from '../smime/sign.js'
import type { NotifierOptions } from './notifier-options.js'
import type { Profile } from './profile.js'
import type { SmimeStages } from './smime-stages.js'

/** The stages that the mails of one profile go through. */
export interface Route {
  /** Whom mails are from where their job names nobody. */
  readonly from: string | undefined
  readonly transport: Transport | undefined
  readonly rendered: Stage<MailRequest, RenderedMail>
  readonly composed: Stage<MailRequest, MimeMail>
  /** What stands between `rendered` and the end of `composed`, one by one. */
  readonly steps: RouteSteps
  readonly delivered: DeliverStage
}

/** The stages that make the bytes of a mail. */
export interface RouteSteps {
  readonly compose: Stage<RenderedMail, MimeMail>
  readonly sign: Stage<MimeMail, MimeMail>
  readonly encrypt: Stage<MimeMail, MimeMail>
}

/** The routes of a notifier, each made when the first mail takes it. */
export interface Routes {
  /**
   * The route of a profile; of the notifier's own profile, or of none, where no name is given.
   *
   * @throws IncidentMailerError `INVALID_REQUEST` for a job's profile that does not exist, `INVALID_CONFIG` for the
   * notifier's, and for one that cannot be used yet
   */
  of(name: string | undefined): Route
  close(): Promise<void>
}

/** Makes the routes that options ask for, with those who sign. */
export function createRoutes(options: NotifierOptions, signing: SignOptions, smime: SmimeStages): Routes {
  const made = new Map<string | undefined, Route>()
  const { templates, defaultTemplate, ignoreLabelCase, incidents, dateFormat, branding } = options
  const { filters, tests, globals, tags, templateLimits, isolated } = options
  const rendered = render({
    ...{ templates, defaultTemplate, ignoreLabelCase, incidents, dateFormat, branding },
    ...{ filters, tests, globals, tags, templateLimits, isolated },
  })
  return {
    of(name) {
      const chosen = name ?? options.profile
      const route =
        made.get(chosen) ?? routeOf(options, signing, smime, rendered, chosen, profileNamed(options, name))
      made.set(chosen, route)
      return route
    },
    async close() {
      await Promise.all(
        [rendered, ...[...made.values()].map(({ delivered }) => delivered)].map((one) => one.close()),
      )
    },
  }
}

function profileNamed(options: NotifierOptions, named: string | undefined): Profile | undefined {
  const { profiles = {} } = options
  const name = named ?? options.profile
  if (name === undefined) return undefined
  const profile = Object.hasOwn(profiles, name) ? profiles[name] : undefined
  if (profile?.unusable !== undefined)
    throw invalidOption('profile', `profile ${quoted(name)} cannot be used yet: ${profile.unusable}`)
  if (profile !== undefined) return profile
  const message = `there is no profile ${quoted(name)}; ${suggestion(name, Object.keys(profiles))}`
  if (named === undefined) throw invalidOption('profile', message)
  throw new IncidentMailerError('INVALID_REQUEST', message, { stage: 'request', field: 'profile' })
}

function routeOf(
  options: NotifierOptions,
  signing: SignOptions,
  smime: SmimeStages,
  plain: Stage<MailRequest, RenderedMail>,
  name: string | undefined,
  profile: Profile | undefined,
): Route {
  const {
    certificates,
    trust,
    crls,
    cipher,
    keyTransport,
    protectHeaders,
    legacyDisplay,
    missingCertificate,
    encryptToSelf = false,
  } = options.smime ?? {}
  const self = encryptToSelf === true ? identityOf(signing) : encryptToSelf || undefined
  const { attachmentFolders, returnPath, retry, limits, dkim } = options
  const from = profile?.from ?? options.from
  const transport = profile?.transport ?? options.transport
  const rendered = pipeline(plain, endWith(profile?.signature ?? ''))
  const steps = {
    compose: compose({ from, attachmentFolders, returnPath }),
    sign: smime.sign(signing),
    encrypt: smime.encrypt({
      ...{
        certificates,
        trust,
        crls,
        cipher,
        keyTransport,
        protectHeaders,
        legacyDisplay,
        missingCertificate,
      },
      encryptToSelf: self,
    }),
  }
  const composed = pipeline(rendered, steps.compose, steps.sign, steps.encrypt, async (mail) =>
    name === undefined
      ? mail
      : {
          ...mail,
          profile: name,
          sender: options.returnPath ? mail.sender : (senderOf(profile) ?? mail.sender),
        },
  )
  return {
    from,
    transport,
    rendered,
    composed,
    steps,
    delivered: deliver({ transport, retry, limits, dkim }),
  }
}

/** The identity that `encryptToSelf: true` means. */
function identityOf({ identity }: SignOptions): Identity | IdentityOptions {
  if (identity) return identity
  throw invalidOption(
    'smime.encryptToSelf',
    "smime.encryptToSelf needs smime.identity; set that, or name a certificate's file",
  )
}

/** Whom bounces go to: the user who logs in, where its name is an address, for `from` is only what is shown. */
function senderOf(profile: Profile | undefined): string | undefined {
  // Graph has no envelope: its bounces go to the mailbox that sends.
  const transport = profile?.transport
  const user = transport === undefined || 'graph' in transport ? undefined : transport.auth?.user
  return profile?.from !== undefined && user && /^[!-?A-~]+@[\w.-]+$/.test(user) ? user : undefined
}
