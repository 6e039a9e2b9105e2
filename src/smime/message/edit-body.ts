import type { MimeEntity } from '../../mail.js'

/** What comes in the place of some octets of a body. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly replacement: Buffer
}

/** The first octets of a body, an octet a character, and whether that is all of it. */
export async function startOfBody(
  { body }: MimeEntity,
  most: number,
): Promise<{ text: string; isWhole: boolean }> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body()) {
    chunks.push(chunk.subarray(0, most - size))
    size += chunk.length
    if (size > most) break
  }
  return { text: Buffer.concat(chunks).toString('latin1'), isWhole: size <= most }
}

/** A body with edits made as it is read, in order and none over another: what is not held in memory stays so. */
export function editBody(body: MimeEntity['body'], edits: readonly Edit[]): MimeEntity['body'] {
  return () => {
    const chunks = body()
    return Array.isArray(chunks) ? [...editedNow(chunks, edits)] : edited(chunks, edits)
  }
}

async function* edited(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  edits: readonly Edit[],
): AsyncGenerator<Uint8Array> {
  const editor = makeEditor(edits)
  for await (const chunk of chunks) yield* editor.take(chunk)
  yield* editor.end()
}

function* editedNow(chunks: Iterable<Uint8Array>, edits: readonly Edit[]): Generator<Uint8Array> {
  const editor = makeEditor(edits)
  for (const chunk of chunks) yield* editor.take(chunk)
  yield* editor.end()
}

/** Takes a body chunk by chunk, and gives what each becomes; at the end, what comes behind the last octet. */
function makeEditor(edits: readonly Edit[]) {
  let position = 0
  let next = 0
  return {
    take(chunk: Uint8Array): Uint8Array[] {
      const output: Uint8Array[] = []
      const end = position + chunk.length
      let from = position
      for (let edit = edits[next]; edit && edit.start < end; edit = edits[next]) {
        if (edit.start >= from) {
          output.push(chunk.subarray(from - position, edit.start - position), edit.replacement)
        }
        from = Math.min(edit.end, end)
        if (edit.end > end) break
        next++
      }
      output.push(chunk.subarray(from - position))
      position = end
      return output.filter(({ length }) => length > 0)
    },
    end(): Uint8Array[] {
      return edits
        .slice(next)
        .filter(({ start }) => start >= position)
        .map(({ replacement }) => replacement)
    },
  }
}
