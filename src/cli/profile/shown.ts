import { graphBaseUrl } from '../../deliver/graph/settings.js'
import { smtpSettings } from '../../deliver/smtp/settings.js'
import { shownTls } from '../../deliver/smtp/tls-words.js'
import type { Profile } from '../../notifier/profile.js'
import { hasGrant } from '../../oauth/oauth-options.js'

/** A profile as people see it: of its secret, whether it is set. */
export interface ShownProfile {
  readonly name: string
  readonly default: boolean
  readonly type: string
  readonly host: string
  readonly port: number
  readonly tls: string
  readonly user: string | null
  /** Of Graph, whatever tokens are had for: the application's secret, a password, a refresh token. */
  readonly password: 'set' | 'not set'
  readonly from: string | null
  readonly signature: string | null
  readonly description: string | null
  /** Why it cannot be used yet, or null. */
  readonly unusable: string | null
}

/** Shows a profile, with the defaults of what it leaves open. */
export function shownProfile(name: string, profile: Profile, chosen: string | undefined): ShownProfile {
  const { from = null, signature = null, description = null, unusable = null } = profile
  return {
    ...{ name, default: name === chosen },
    ...way(profile.transport),
    ...{ from, signature, description, unusable },
  }
}

type Way = Pick<ShownProfile, 'type' | 'host' | 'port' | 'tls' | 'user' | 'password'>

function way(transport: Profile['transport']): Way {
  if ('graph' in transport) {
    const { hostname, port } = new URL(graphBaseUrl(transport))
    return {
      ...{ type: 'graph', host: hostname, port: Number(port || 443), tls: 'implicit' },
      user: transport.graph.user ?? null,
      password: hasGrant(transport.graph.oauth) ? 'set' : 'not set',
    }
  }
  const { auth, ...server } = transport
  const { host, port, tls } = smtpSettings(server)
  const password = auth?.pass ? 'set' : 'not set'
  return { type: 'smtp', host, port, tls: shownTls(tls), user: auth?.user ?? null, password }
}
