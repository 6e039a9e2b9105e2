import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { IncidentMailerError } from '../errors.js'
import { throwIfAborted } from '../pipeline.js'

/**
 * A secret from stdin: its first line, or at a terminal what is typed there, unseen. Never an argument: all users of
 * a machine see those.
 *
 * @param prompt - what people at a terminal are asked for
 * @throws IncidentMailerError `USAGE` where there is none
 */
export async function readSecret(prompt: string, signal: AbortSignal): Promise<string> {
  const terminal = process.stdin.isTTY === true
  if (terminal) process.stderr.write(`${prompt}: `)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: silent, terminal })
  const secret = await new Promise<string>((resolve) => {
    lines
      .once('line', resolve)
      .once('close', () => resolve(''))
      .once('SIGINT', () => process.kill(process.pid, 'SIGINT'))
    signal.addEventListener('abort', () => lines.close(), { once: true })
  })
  lines.close()
  if (terminal) process.stderr.write('\n')
  throwIfAborted(signal)
  if (secret !== '') return secret
  throw new IncidentMailerError(
    'USAGE',
    `there is no ${prompt} on stdin; pipe it in, or name the variable that holds it`,
  )
}
