import { smtpSettings } from '../../deliver/smtp-settings.js'
import type { Profile } from '../../profile.js'

/** A profile as people see it: of its password, whether it is set. */
export interface ShownProfile {
  readonly name: string
  readonly default: boolean
  readonly type: string
  readonly host: string
  readonly port: number
  readonly tls: string
  readonly user: string | null
  readonly password: 'set' | 'not set'
  readonly from: string | null
  readonly signature: string | null
  readonly description: string | null
  /** Why it cannot be used yet, or null. */
  readonly unusable: string | null
}

/** Shows a profile, with the defaults of what it leaves open. */
export function shownProfile(name: string, profile: Profile, chosen: string | undefined): ShownProfile {
  const { transport, type = 'smtp' } = profile
  const { auth, ...server } = transport
  const { host, port, tls } = smtpSettings(server)
  return {
    name,
    default: name === chosen,
    type,
    host,
    port,
    tls,
    user: auth?.user ?? null,
    password: auth?.pass ? 'set' : 'not set',
    from: profile.from ?? null,
    signature: profile.signature ?? null,
    description: profile.description ?? null,
    unusable: profile.unusable ?? null,
  }
}
