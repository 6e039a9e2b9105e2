import { type Chunks, isInMemory } from '../../mime.js'

/** Content with something before and behind it, in memory where the content is. */
export function surrounded(start: Uint8Array, content: Chunks, end: Uint8Array): Chunks {
  return isInMemory(content) ? [start, ...content, end] : between(start, content, end)
}

async function* between(
  start: Uint8Array,
  content: AsyncIterable<Uint8Array>,
  end: Uint8Array,
): AsyncGenerator<Uint8Array> {
  yield start
  yield* content
  yield end
}
