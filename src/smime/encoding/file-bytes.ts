import { readSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { IncidentMailerError, messageOf } from '../../errors.js'
import { throwIfAborted } from '../../pipeline.js'
import type { Bytes } from './bytes.js'

/** Octets that are kept of where somebody looks around. */
const windowSize = 64 * 1024
/** Octets that are read at a time where all are. */
const chunkSize = 256 * 1024

/**
 * Octets of a file, which nobody may change meanwhile. All of them are read without keeping others waiting; a few
 * at a time, as structures are taken apart, at once.
 *
 * @param signal - ends readings of all of them
 */
export function fileBytes(file: FileHandle, size: number, signal?: AbortSignal): Bytes {
  let window: Buffer = Buffer.alloc(0)
  let windowStart = 0
  const inWindow = (start: number, length: number) =>
    start >= windowStart && start + length <= windowStart + window.length
  const windowAt = (start: number, length: number) => Math.min(Math.max(windowSize, length), size - start)
  const look = (start: number, length: number) => {
    if (inWindow(start, length)) return
    window = readNow(file, start, windowAt(start, length))
    windowStart = start
  }
  const lookLater = async (start: number, length: number) => {
    if (inWindow(start, length)) return
    throwIfAborted(signal)
    window = await readLater(file, start, windowAt(start, length))
    windowStart = start
  }

  function within(first: number, length: number): Bytes {
    const inside = (at: number) => Math.min(Math.max(at, 0), length)
    const searched = async (text: Buffer, from: number): Promise<number> => {
      for (let at = from; at + text.length <= length; ) {
        // A window is larger than the text, so that the next one begins further on.
        await lookLater(first + at, Math.min(2 * text.length, length - at))
        const found = window.indexOf(text, first + at - windowStart)
        if (found >= 0) {
          const place = windowStart + found - first
          return place + text.length <= length ? place : -1
        }
        at = windowStart + window.length - first - text.length + 1
      }
      return -1
    }
    return {
      length,
      octet(at) {
        if (at < 0 || at >= length) return undefined
        look(first + at, 1)
        return window[first + at - windowStart]
      },
      read(start, end) {
        const from = first + inside(start)
        const octets = Math.max(first + inside(end) - from, 0)
        if (octets > windowSize) return readNow(file, from, octets)
        look(from, octets)
        return Buffer.from(window.subarray(from - windowStart, from - windowStart + octets))
      },
      part(start, end = length) {
        const from = inside(start)
        return within(first + from, Math.max(inside(end) - from, 0))
      },
      async *chunks() {
        for (let at = 0; at < length; at += chunkSize) {
          throwIfAborted(signal)
          yield await readLater(file, first + at, Math.min(chunkSize, length - at))
        }
      },
      indexOf(text, from) {
        const start = first + inside(from)
        const found = inWindow(start, text.length) ? window.indexOf(text, start - windowStart) : -1
        const place = windowStart + found - first
        return found >= 0 && place + text.length <= length ? place : searched(text, inside(from))
      },
    }
  }
  return within(0, size)
}

function readNow(file: FileHandle, start: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(length)
  for (let filled = 0; filled < length; ) {
    let octets = 0
    try {
      octets = readSync(file.fd, buffer, filled, length - filled, start + filled)
    } catch (cause) {
      throw unreadable(messageOf(cause), cause)
    }
    if (octets === 0) throw unreadable('it became shorter while it was read')
    filled += octets
  }
  return buffer
}

async function readLater(file: FileHandle, start: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length)
  for (let filled = 0; filled < length; ) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, start + filled).catch((cause) => {
      throw unreadable(messageOf(cause), cause)
    })
    if (bytesRead === 0) throw unreadable('it became shorter while it was read')
    filled += bytesRead
  }
  return buffer
}

function unreadable(why: string, cause?: unknown): IncidentMailerError {
  return new IncidentMailerError('FILE_UNREADABLE', `the message cannot be read any further: ${why}`, {
    cause,
  })
}
