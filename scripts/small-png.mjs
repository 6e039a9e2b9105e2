// Makes a PNG as Chromium takes them (8 bits, RGB or RGBA) small: its 256 commonest colours, the others by the
// nearest of them. Pictures of mails are flat, so that nobody sees the difference.
import { crc32, deflateSync, inflateSync } from 'node:zlib'

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

export function smallPng(png) {
  const { width, height, pixels } = decode(png)
  const palette = commonest(pixels)
  const nearest = new Map(palette.map((color, place) => [color, place]))
  const rows = Buffer.alloc((width + 1) * height)
  for (let place = 0; place < pixels.length; place++) {
    const color = pixels[place]
    if (!nearest.has(color)) nearest.set(color, nearestOf(color, palette))
    rows[place + Math.floor(place / width) + 1] = nearest.get(color)
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 3, 0, 0, 0], 8)
  const colors = Buffer.from(palette.flatMap((color) => [color >> 16, (color >> 8) & 255, color & 255]))
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('PLTE', colors),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function commonest(pixels) {
  const counts = new Map()
  for (const color of pixels) counts.set(color, (counts.get(color) ?? 0) + 1)
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, 256)
    .map(([color]) => color)
}

function nearestOf(color, palette) {
  const distance = (other) =>
    [16, 8, 0].reduce((sum, shift) => sum + (((color >> shift) & 255) - ((other >> shift) & 255)) ** 2, 0)
  return palette.reduce((best, other, place) => (distance(other) < distance(palette[best]) ? place : best), 0)
}

// PNG (third edition), section 9: each row says how it is predicted from the bytes beside and above.
function decode(png) {
  const data = []
  let header = Buffer.alloc(13)
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at)
    const type = png.toString('latin1', at + 4, at + 8)
    if (type === 'IHDR') header = png.subarray(at + 8, at + 8 + length)
    if (type === 'IDAT') data.push(png.subarray(at + 8, at + 8 + length))
    at += length + 12
  }
  const [width, height, size] = [header.readUInt32BE(0), header.readUInt32BE(4), header[9] === 6 ? 4 : 3]
  const raw = inflateSync(Buffer.concat(data))
  const line = width * size
  const bytes = Buffer.alloc(line * height)
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (line + 1)]
    for (let x = 0; x < line; x++) {
      const at = y * line + x
      const left = x >= size ? bytes[at - size] : 0
      const above = y > 0 ? bytes[at - line] : 0
      const corner = x >= size && y > 0 ? bytes[at - line - size] : 0
      const guess = [0, left, above, (left + above) >> 1, paeth(left, above, corner)][filter]
      bytes[at] = raw[y * (line + 1) + 1 + x] + guess
    }
  }
  const pixels = Array.from(
    { length: width * height },
    (_, place) => (bytes[place * size] << 16) | (bytes[place * size + 1] << 8) | bytes[place * size + 2],
  )
  return { width, height, pixels }
}

function paeth(left, above, corner) {
  const guess = left + above - corner
  const [a, b, c] = [left, above, corner].map((each) => Math.abs(guess - each))
  return a <= b && a <= c ? left : b <= c ? above : corner
}

function chunk(type, data) {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const check = Buffer.alloc(4)
  check.writeUInt32BE(crc32(typed))
  return Buffer.concat([length, typed, check])
}
