import { createHmac } from 'node:crypto'
import type { AuthMechanism } from './options.js'
import { replyCode } from './reply.js'

/** Who logs in, and where. */
export interface Credentials {
  readonly user: string
  /** The password or the access token. */
  readonly secret: string
  readonly host: string
  readonly port: number
}

/** Says one line to the server, and gives its reply. */
export type Say = (line: string) => Promise<string>

/**
 * One exchange (RFC 4954, section 4): the server's last word, and whether it came after all had been said.
 *
 * A challenge (334) where none is due tells of a refusal, which is to be answered before the server gives its verdict
 * (RFC 7628, section 3.2.3).
 */
export async function exchange(
  mechanism: AuthMechanism,
  credentials: Credentials,
  say: Say,
): Promise<{ readonly reply: string; readonly complete: boolean }> {
  const lines = linesOf(mechanism, credentials)
  let reply = ''
  for (const [index, line] of lines.entries()) {
    const challenge = Buffer.from(reply.slice('334 '.length), 'base64').toString()
    reply = await say(line(credentials, challenge))
    if (replyCode(reply) !== 334) return { reply, complete: index === lines.length - 1 }
  }
  return { reply: await say(CANCEL[mechanism] ?? '*'), complete: true }
}

type Line = (credentials: Credentials, challenge: string) => string

/** The command, with the response of those that need no challenge where a command may be that long (RFC 4954, section 4). */
function linesOf(mechanism: AuthMechanism, credentials: Credentials): readonly Line[] {
  const command = `AUTH ${mechanism}`
  const responses = RESPONSES[mechanism]
  const [first] = responses
  if (first && CLIENT_FIRST.includes(mechanism)) {
    const whole = `${command} ${first(credentials, '')}`
    if (whole.length <= LONGEST) return [() => whole]
  }
  return [() => command, ...responses]
}

/** The mechanisms that need no challenge. */
const CLIENT_FIRST: readonly AuthMechanism[] = ['PLAIN', 'XOAUTH2', 'OAUTHBEARER']

/** Characters of a command without its line end (RFC 5321, section 4.5.3.1.4). */
const LONGEST = 510

const RESPONSES: Readonly<Record<AuthMechanism, readonly Line[]>> = {
  /** RFC 4616. */
  PLAIN: [({ user, secret }) => base64(`\0${user}\0${secret}`)],
  LOGIN: [({ user }) => base64(user), ({ secret }) => base64(secret)],
  /** RFC 2195. */
  'CRAM-MD5': [
    ({ user, secret }, challenge) =>
      base64(`${user} ${createHmac('md5', secret).update(challenge).digest('hex')}`),
  ],
  XOAUTH2: [({ user, secret }) => base64(`user=${user}\x01auth=Bearer ${secret}\x01\x01`)],
  /** RFC 7628. */
  OAUTHBEARER: [
    ({ user, secret, host, port }) =>
      base64(`n,a=${saslName(user)},\x01host=${host}\x01port=${port}\x01auth=Bearer ${secret}\x01\x01`),
  ],
}

/** What answers a challenge that tells of a refusal; `*` breaks an exchange off (RFC 4954, section 4). */
const CANCEL: Readonly<Partial<Record<AuthMechanism, string>>> = { XOAUTH2: '', OAUTHBEARER: 'AQ==' }

/** RFC 5801, section 4. */
function saslName(name: string): string {
  return name.replaceAll('=', '=3D').replaceAll(',', '=2C')
}

function base64(words: string): string {
  return Buffer.from(words).toString('base64')
}
