/** Pseudo-random numbers from a seed (mulberry32), so that what was found once is found again. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** Real bytes with a few things done to them: bits turned, octets set, pieces cut out, doubled, moved, cut off. */
export function mutated(bytes: Buffer, random: (below: number) => number): Buffer {
  let result = Buffer.from(bytes)
  for (let times = 1 + random(3); times > 0; times--) result = mutatedOnce(result, random)
  return result
}

function mutatedOnce(bytes: Buffer, random: (below: number) => number): Buffer<ArrayBuffer> {
  const at = random(Math.max(bytes.length, 1))
  const length = 1 + random(24)
  const piece = bytes.subarray(at, at + length)
  switch (random(7)) {
    case 0:
      return changed(bytes, at, (octet) => octet ^ (1 << random(8)))
    case 1:
      return changed(bytes, at, () => interesting[random(interesting.length)] ?? 0)
    case 2:
      return changed(bytes, at, () => random(256))
    case 3:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)])
    case 4:
      return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)])
    case 5: {
      const to = random(bytes.length + 1)
      return Buffer.concat([bytes.subarray(0, to), piece, bytes.subarray(to)])
    }
    default:
      return Buffer.from(bytes.subarray(0, random(8) === 0 ? at : bytes.length - random(3)))
  }
}

/** Octets at which readers of DER and MIME turn one way or the other. */
const interesting = [
  0x00, 0x01, 0x04, 0x24, 0x30, 0x31, 0x7f, 0x80, 0x81, 0x84, 0x88, 0xa0, 0xff, 0x0a, 0x0d, 0x2d, 0x3a,
]

function changed(bytes: Buffer, at: number, change: (octet: number) => number): Buffer<ArrayBuffer> {
  const copy = Buffer.from(bytes)
  if (copy.length > 0) copy[at] = change(copy[at] ?? 0)
  return copy
}
