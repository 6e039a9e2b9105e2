/**
 * Text of a header field as people read it: unfolded, and its encoded words decoded (RFC 2047). What cannot be read
 * stays as it is.
 */
export function decodeWords(value: string): string {
  const unfolded = value.replace(/\r\n(?=[ \t])/g, '')
  let text = ''
  let run: Run | null = null
  let end = 0
  for (const match of unfolded.matchAll(WORD)) {
    const [word, charset = '', encoding = '', content = ''] = match
    const between = unfolded.slice(end, match.index)
    end = match.index + word.length
    // White space between encoded words only keeps them apart (section 6.2).
    const follows = run !== null && between.trim() === ''
    if (!run || !follows || run.charset.toLowerCase() !== charset.toLowerCase()) {
      text += textOf(run) + (follows ? '' : between)
      run = { charset, words: [], bytes: [] }
    }
    run.words.push(word)
    run.bytes.push(encoding.toLowerCase() === 'b' ? Buffer.from(content, 'base64') : fromQ(content))
  }
  return text + textOf(run) + unfolded.slice(end)
}

/** Words of one character set in a row: section 5 forbids to spread a character over two, and people do. */
interface Run {
  readonly charset: string
  readonly words: string[]
  readonly bytes: Buffer[]
}

function textOf(run: Run | null): string {
  if (!run) return ''
  try {
    return new TextDecoder(run.charset).decode(Buffer.concat(run.bytes))
  } catch {
    return run.words.join(' ')
  }
}

/** The Q encoding (section 4.2). */
function fromQ(content: string): Buffer {
  const octets = content
    .replaceAll('_', ' ')
    .replace(/=([\dA-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(octets, 'latin1')
}

/** Character set, perhaps with a language behind it (RFC 2231, section 5), encoding, content. */
const WORD = /=\?([^?*\s]+)(?:\*[^?\s]*)?\?([bq])\?([^?]*)\?=/gi
