import type { StageContext } from '../../pipeline.js'
import { pause } from '../pause.js'
import { busyFor } from './answer.js'
import type { Reply } from './ask.js'

/**
 * Asks again what Graph is too busy for, after as long as it wants to be left alone: with 429 and 503 it has done
 * nothing.
 */
export async function patiently(ask: () => Promise<Reply>, context: StageContext): Promise<Reply> {
  for (let attempt = 1; ; attempt++) {
    const reply = await ask()
    const wanted = busyFor(reply)
    if (wanted === null || !(await waited(attempt, context, wanted))) return reply
  }
}

/**
 * Waits before another attempt; false where there is none, since there have been enough, or the time for the mail
 * would be up before.
 *
 * @param wanted - how long the other side wants to be left alone, in milliseconds
 */
export async function waited(
  attempt: number,
  { deadline = Number.POSITIVE_INFINITY, signal }: StageContext,
  wanted = 0,
): Promise<boolean> {
  const wait = Math.max(wanted, FIRST * 2 ** (attempt - 1))
  if (attempt >= ATTEMPTS || wait > LONGEST || wait >= deadline - performance.now()) return false
  return await pause(wait, signal)
}

const ATTEMPTS = 5
/** The wait after the first attempt, in milliseconds; each further one is twice as long. */
const FIRST = 500
/** Whoever wants to be left alone for longer is left alone by all mails, and `retry` comes back. */
const LONGEST = 300_000
