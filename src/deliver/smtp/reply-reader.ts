/** Replies, put together from what comes over a connection. */
export interface ReplyReader {
  /** Takes what came. False where more is there, unread, than any server has to say. */
  take(chunk: Buffer): boolean
  /** The oldest whole reply that is there, all its lines; null where there is none. It stays there. */
  first(): string | null
  /** Takes that away. */
  next(): void
  /** Whether anything is there, if only the beginning of a line. Blank lines are nothing. */
  any(): boolean
}

/** Reads replies of one line and of many (RFC 5321, section 4.2.1), in time that grows with their length alone. */
export function replyReader(): ReplyReader {
  /** Whole ones, and how many of them were taken: to take one off the front of many is slow. */
  let replies: string[] = []
  let taken = 0
  /** The lines of a reply that goes on. */
  let begun: string[] = []
  /** The beginning of a line. */
  let rest = ''
  /** Octets that came since all was read. */
  let size = 0

  return {
    take(chunk) {
      size += chunk.length
      if (size > LARGEST) return false
      const text = chunk.toString('latin1')
      if (!text.includes('\n')) {
        rest += text
        return true
      }
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines.map((line) => line.trimEnd()).filter((line) => line !== '')) {
        begun.push(line)
        if (CONTINUED.test(line)) continue
        replies.push(decoded(begun.join('\n')))
        begun = []
      }
      return true
    },
    first: () => replies[taken] ?? null,
    next() {
      taken++
      if (taken < replies.length) return
      replies = []
      taken = 0
      size = rest.length
    },
    any: () => taken < replies.length || begun.length > 0 || rest.trim() !== '',
  }
}

/** Where a reply is valid UTF-8 it is taken for that: RFC 5321 says nothing of its charset. */
function decoded(reply: string): string {
  if (!/[\x80-\xff]/.test(reply)) return reply
  const text = Buffer.from(reply, 'latin1').toString()
  return text.includes('\ufffd') ? reply : text
}

/** A line after which the reply goes on. */
const CONTINUED = /^\d{3}-/

/** In octets. */
const LARGEST = 1024 * 1024
