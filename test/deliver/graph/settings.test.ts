import { expect, it } from 'vitest'
import { type GraphOptions, graphOAuth, graphSettings } from '../../../src/deliver/graph/settings.js'

const oauth = { getToken: async () => 'token' }

it('tokens are those of Microsoft for Graph, unless they come from elsewhere', () => {
  const scope = 'https://graph.microsoft.com/.default'
  const tokenUrl = 'https://login.example.com/token'
  expect(graphOAuth({ clientId: 'c' })).toEqual({ provider: 'microsoft', scope, clientId: 'c' })
  expect(graphOAuth({ tokenUrl, scope: 'mine' })).toEqual({ tokenUrl, scope: 'mine' })
  expect(graphOAuth(oauth)).toEqual({ scope, ...oauth })
})

it('the mailbox is that of the user, whose name stands in the URL as itself', () => {
  const mailbox = (graph: Partial<GraphOptions['graph']>) =>
    graphSettings({ graph: { oauth, ...graph } }).mailbox
  expect(mailbox({})).toBe('https://graph.microsoft.com/v1.0/me')
  expect(mailbox({ user: 'soc%team@example.com' })).toBe(
    'https://graph.microsoft.com/v1.0/users/soc%25team%40example.com',
  )
  expect(mailbox({ baseUrl: 'https://graph.microsoft.us/v1.0//' })).toBe('https://graph.microsoft.us/v1.0/me')
  expect(mailbox({ baseUrl: 'http://127.0.0.1:8080' })).toBe('http://127.0.0.1:8080/me')
})

it.each([
  [{ graph: { oauth, user: '..' } }, 'transport.graph.user'],
  [{ graph: { oauth, user: 'a/../../admin' } }, 'transport.graph.user'],
  [{ graph: { oauth, user: 7 } }, 'transport.graph.user'],
  [{ graph: { oauth, user: '' } }, 'transport.graph.user'],
  [{ graph: { oauth, baseUrl: 'http://graph.microsoft.com/v1.0' } }, 'transport.graph.baseUrl'],
  [{ graph: { oauth, baseUrl: 'http://127.0.0.1.example.com' } }, 'transport.graph.baseUrl'],
  [{ graph: { oauth, baseUrl: 'graph.microsoft.com' } }, 'transport.graph.baseUrl'],
  // On the way through a proxy, its loopback is not ours.
  [
    { graph: { oauth, baseUrl: 'http://127.0.0.1:8080' }, proxy: 'http://proxy.example.com:3128' },
    'transport.graph.baseUrl',
  ],
  [{ graph: { oauth, url: 'https://graph.microsoft.com' } }, 'transport.graph.url'],
  [{ graph: { oauth: { ...oauth, tokenURL: 'x' } } }, 'transport.graph.oauth.tokenURL'],
  [{ graph: { oauth }, caFile: 7 }, 'transport.caFile'],
  [{ graph: { oauth }, proxy: 7 }, 'transport.proxy'],
  [{ graph: { oauth }, host: 'mail.example.com' }, 'transport.host'],
])('%j is refused, with the name of the option', (options, field) => {
  expect(() => graphSettings(options as never)).toThrow(
    expect.objectContaining({ code: 'INVALID_CONFIG', field }),
  )
})
