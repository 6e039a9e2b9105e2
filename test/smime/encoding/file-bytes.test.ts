import { type FileHandle, open, truncate } from 'node:fs/promises'
import { afterEach, expect, it } from 'vitest'
import { joined } from '../../../src/mime.js'
import { type Bytes, bytesOf } from '../../../src/smime/encoding/bytes.js'
import { fileBytes } from '../../../src/smime/encoding/file-bytes.js'
import { temporaryFile } from '../../certificates/certificates.js'
import { randomFrom } from '../reading/mutations.js'

const opened: FileHandle[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((file) => file.close()))
})

async function inFile(octets: Buffer, signal?: AbortSignal): Promise<{ bytes: Bytes; path: string }> {
  const path = temporaryFile('octets', octets)
  const file = await open(path)
  opened.push(file)
  return { bytes: fileBytes(file, octets.length, signal), path }
}

/** Larger than what is read at a time, and of few letters, so that texts are found everywhere and nowhere. */
const random = randomFrom(5)
const octets = Buffer.from(Array.from({ length: 600_000 }, () => 0x61 + random(3)))

it('are the same in a file and in memory', async () => {
  const whole = (await inFile(octets)).bytes
  const memory = bytesOf(octets)
  expect(whole.length).toBe(memory.length)
  expect(await joined(collected(whole))).toEqual(octets)
  for (let round = 0; round < 400; round++) {
    const [start, end] = [random(octets.length + 10), random(octets.length + 10)]
    const [part, same] = [whole.part(start, end), memory.part(start, end)]
    expect(part.length).toBe(same.length)
    const [from, to] = [random(part.length + 5), random(part.length + 5)]
    expect(part.octet(from)).toBe(same.octet(from))
    expect(part.octet(from - 1)).toBe(same.octet(from - 1))
    expect(part.read(from, to).equals(same.read(from, to))).toBe(true)
    const text = Buffer.from(Array.from({ length: 1 + random(14) }, () => 0x61 + random(3)))
    expect(await part.indexOf(text, from)).toBe(await same.indexOf(text, from))
    expect(part.part(from, to).part(1, 3).read(0, 9)).toEqual(same.part(from, to).part(1, 3).read(0, 9))
  }
})

it('are found also where a text begins in one reading and ends in the next', async () => {
  for (const place of [65_530, 65_536, 131_066, 599_990]) {
    const text = Buffer.from('0123456789')
    const changed = Buffer.from(octets)
    text.copy(changed, place)
    const { bytes } = await inFile(changed)
    expect(await bytes.indexOf(text, 0)).toBe(place)
    expect(await bytes.part(0, place + 9).indexOf(text, 0)).toBe(-1)
    expect(await bytes.indexOf(text, place + 1)).toBe(-1)
    const long = Buffer.concat([changed.subarray(1, place), text])
    expect(await bytes.indexOf(long, 0)).toBe(1)
  }
})

it('that are gone meanwhile are an error, and no zeros', async () => {
  const { bytes, path } = await inFile(octets)
  await truncate(path, 1000)
  await expect(joined(collected(bytes))).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
  expect(() => bytes.octet(500_000)).toThrow(expect.objectContaining({ code: 'FILE_UNREADABLE' }))
})

it('are not read on after the signal', async () => {
  const stopper = new AbortController()
  const { bytes } = await inFile(octets, stopper.signal)
  stopper.abort()
  await expect(joined(collected(bytes))).rejects.toMatchObject({ code: 'ABORTED' })
  await expect(async () => bytes.indexOf(Buffer.from('x'), 0)).rejects.toMatchObject({ code: 'ABORTED' })
})

async function* collected(bytes: Bytes): AsyncGenerator<Buffer> {
  yield* bytes.chunks()
}
