import { expect, it } from 'vitest'
import { waited } from '../../../src/deliver/graph/patience.js'

it.each([
  ['the fifth', 5, {}, 0],
  ['one that would have to wait for more than five minutes', 1, {}, 300_001],
  ['one that would have to wait for longer than there is time', 1, { left: 1_000 }, 1_001],
  ['the first, where there is not even half a second', 1, { left: 400 }, 0],
  ['the fourth, where there are not even four seconds', 4, { left: 3_900 }, 0],
])('after %s there is no other attempt', async (_, attempt, { left }: { left?: number }, wanted) => {
  const deadline = left === undefined ? undefined : performance.now() + left
  expect(await waited(attempt, { deadline }, wanted)).toBe(false)
})

it('after the first, where nobody asks for more, there is another half a second later', async () => {
  expect(await waited(1, {})).toBe(true)
})
