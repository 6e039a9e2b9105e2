import { describe, expect, it } from 'vitest'
import { progressLine } from '../../../src/cli/bulk/progress-bar.js'

describe('a progress bar', () => {
  it('shows how much of the file was read, and counts', () => {
    expect(progressLine({ done: 5_200, failed: 3, share: 0.5 }, 812.4)).toBe(
      '[############            ] 50 %  5,200 done, 3 failed, 812 a second',
    )
  })

  it('only counts where nobody knows how much there is', () => {
    expect(progressLine({ done: 2, failed: 0, share: null }, 1)).toBe('2 done, 0 failed, 1 a second')
  })
})
