import { expect } from 'vitest'
import { IncidentMailerError } from '../../src/errors.js'

/** Copies of some bytes, cut off or with one bit turned over: the same ones in every run. */
export function damaged(whole: Buffer, count: number): Buffer[] {
  let seed = 20_270_101
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
    return seed % below
  }
  return Array.from({ length: count }, (_, index) => {
    if (index % 3 === 0) return whole.subarray(0, random(whole.length))
    const copy = Buffer.from(whole)
    const at = random(copy.length)
    copy.writeUInt8((copy[at] ?? 0) ^ (1 << random(8)), at)
    return copy
  })
}

/** Damage may go unnoticed (a changed attribute), but where it does not, the error is ours. */
export async function expectOurs(work: Promise<unknown>): Promise<void> {
  const error = await failure(work)
  if (error !== null) expect(error).toBeInstanceOf(IncidentMailerError)
}

/** What a promise is rejected with, or null. */
export async function failure(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    () => null,
    (error: unknown) => error,
  )
}
