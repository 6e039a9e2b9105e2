import { resolve } from 'node:path'
import type { GraphOptions } from '../deliver/graph/settings.js'
import type { OAuthOptions } from '../oauth/oauth-options.js'
import type { Config } from '../schemas/config.js'

/** The config with every path made absolute, starting at a folder. */
export function resolvePaths(config: Config, folder: string): Config {
  const path = (relative: string) => resolve(folder, relative)
  const optional = (relative: string | undefined) => (relative === undefined ? undefined : path(relative))
  const { templates, incidents, attachmentFolders, branding, transport, smime, dkim } = config
  return {
    ...config,
    ...(templates && {
      templates: mapValues(templates, (template) =>
        typeof template === 'string'
          ? path(template)
          : { ...template, html: optional(template.html), text: optional(template.text) },
      ),
    }),
    ...(incidents && { incidents: path(incidents) }),
    ...(attachmentFolders && { attachmentFolders: attachmentFolders.map(path) }),
    ...(branding && { branding: { ...branding, ...(branding.logo && { logo: path(branding.logo) }) } }),
    ...(transport && { transport: resolveTransport(transport, folder) }),
    ...(smime && { smime: resolveSmime(smime, path) }),
    ...(dkim && { dkim: { ...dkim, privateKey: pathOrPem(dkim.privateKey, path) } }),
  }
}

type Resolve = (relative: string) => string

/** A mail server's settings with every path made absolute. */
export function resolveSmtp<
  Smtp extends {
    readonly caFile?: string
    readonly certificateFile?: string
    readonly keyFile?: string
    readonly oauth?: OAuthOptions
  },
>(transport: Smtp, folder: string): Smtp {
  const { caFile, certificateFile, keyFile, oauth } = transport
  return {
    ...transport,
    ...(caFile && { caFile: resolve(folder, caFile) }),
    ...(certificateFile && { certificateFile: resolve(folder, certificateFile) }),
    ...(keyFile && { keyFile: resolve(folder, keyFile) }),
    ...(oauth && { oauth: resolveOAuth(oauth, folder) }),
  }
}

/** Microsoft Graph's settings with every path made absolute. */
export function resolveGraph(transport: GraphOptions, folder: string): GraphOptions {
  const { graph, caFile } = transport
  return {
    ...transport,
    graph: { ...graph, oauth: resolveOAuth(graph.oauth, folder) },
    ...(caFile && { caFile: resolve(folder, caFile) }),
  }
}

function resolveOAuth(oauth: OAuthOptions, folder: string): OAuthOptions {
  const { refreshTokenFile, caFile } = oauth
  return {
    ...oauth,
    ...(refreshTokenFile && { refreshTokenFile: resolve(folder, refreshTokenFile) }),
    ...(caFile && { caFile: resolve(folder, caFile) }),
  }
}

function resolveTransport(transport: NonNullable<Config['transport']>, folder: string): Config['transport'] {
  if (typeof transport === 'string') return transport
  if ('transports' in transport) {
    const transports = transport.transports.map((way) => ({
      ...way,
      transport: resolveOne(way.transport, folder),
    }))
    return { transports }
  }
  return resolveOne(transport, folder)
}

type OneTransport = Exclude<NonNullable<Config['transport']>, { readonly transports: unknown }>

function resolveOne(transport: OneTransport, folder: string): OneTransport {
  if (typeof transport === 'string') return transport
  if ('sendmail' in transport) return { ...transport, sendmail: resolve(folder, transport.sendmail) }
  if ('graph' in transport) return resolveGraph(transport, folder)
  if ('folder' in transport) return { folder: resolve(folder, transport.folder) }
  return resolveSmtp(transport, folder)
}

function resolveSmime(smime: NonNullable<Config['smime']>, path: Resolve): Config['smime'] {
  const { identity, cosigners, certificates, trust, crls, encryptToSelf } = smime
  return {
    ...smime,
    ...(identity && { identity: resolveIdentity(identity, path) }),
    ...(cosigners && { cosigners: cosigners.map((cosigner) => resolveIdentity(cosigner, path)) }),
    ...(certificates && { certificates: path(certificates) }),
    ...(trust && { trust: path(trust) }),
    ...(crls && { crls: path(crls) }),
    ...(typeof encryptToSelf === 'string' && { encryptToSelf: pathOrPem(encryptToSelf, path) }),
  }
}

type IdentityConfig = NonNullable<NonNullable<Config['smime']>['identity']>

function resolveIdentity(identity: IdentityConfig, path: Resolve): IdentityConfig {
  if ('p12' in identity) return { ...identity, p12: path(identity.p12) }
  const pem = (value: string) => pathOrPem(value, path)
  const { certificate, privateKey, chain } = identity
  return {
    ...identity,
    certificate: pem(certificate),
    privateKey: pem(privateKey),
    ...(chain && { chain: pem(chain) }),
  }
}

/** PEM itself, which the environment may bring, can stand where a path can. */
function pathOrPem(value: string, path: Resolve): string {
  return value.includes('-----BEGIN ') ? value : path(value)
}

function mapValues<In, Out>(
  record: Readonly<Record<string, In>>,
  map: (value: In) => Out,
): Record<string, Out> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]))
}
