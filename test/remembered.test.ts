import { expect, it } from 'vitest'
import { remembered } from '../src/remembered.js'

it('makes what is asked for once, keeps no more than so many, and forgets none for one that is there', () => {
  const known = new Map<string, object>()
  const ask = (key: string) => remembered(known, 2, key, () => ({ key }))
  const [a, b] = [ask('a'), ask('b')]
  expect(ask('a')).toBe(a)
  expect(ask('b')).toBe(b)
  expect(known.size).toBe(2)
  expect(ask('c')).toEqual({ key: 'c' })
  expect([...known.keys()]).toEqual(['c'])
  expect(ask('a')).not.toBe(a)
})

it('keeps nothing of what cannot be made', () => {
  const known = new Map<string, object>()
  const failing = () => {
    throw new Error('damaged')
  }
  expect(() => remembered(known, 2, 'a', failing)).toThrow('damaged')
  expect(known.size).toBe(0)
})
