import { describe, expect, it } from 'vitest'
import { type ComparedLines, compareLines } from '../../src/preview/compare-lines.js'

/** A comparison as one line each: `2 [b]c | 2 [x]c`. */
function written(lines: readonly ComparedLines[]): string[] {
  return lines.map((line) => {
    if ('skipped' in line) return `… ${line.skipped}`
    return [line.before, line.after]
      .map((side) =>
        side === null
          ? '-'
          : `${side.number} ${side.pieces.map(({ text, changed }) => (changed ? `[${text}]` : text)).join('')}`,
      )
      .join(' | ')
  })
}

describe('compareLines', () => {
  it('pairs lines that changed, and marks the words that did', () => {
    expect(written(compareLines('a\nthe old word\nc\n', 'a\nthe new word\nc\n'))).toEqual([
      '1 a | 1 a',
      '2 the [old] word | 2 the [new] word',
      '3 c | 3 c',
    ])
  })

  it('shows what only one side has', () => {
    expect(written(compareLines('a\nb', 'a\nx\ny\nb'))).toEqual([
      '1 a | 1 a',
      '- | 2 [x]',
      '- | 3 [y]',
      '2 b | 4 b',
    ])
    expect(written(compareLines('', 'a'))).toEqual(['- | 1 [a]'])
  })

  it('leaves out what is alike and far from every change', () => {
    const lines = Array.from({ length: 20 }, (_, line) => `line ${line}`)
    const changed = lines.with(10, 'another')
    expect(written(compareLines(lines.join('\n'), changed.join('\n')))).toEqual([
      '… 7',
      ...[7, 8, 9].map((line) => `${line + 1} line ${line} | ${line + 1} line ${line}`),
      '11 [line 10] | 11 [another]',
      ...[11, 12, 13].map((line) => `${line + 1} line ${line} | ${line + 1} line ${line}`),
      '… 6',
    ])
    expect(written(compareLines('a\r\nb', 'a\nb'))).toEqual(['… 2'])
  })

  it('gives up soon on texts that have nothing in common', () => {
    const text = (word: string) => Array.from({ length: 20_000 }, (_, line) => `${word} ${line}`).join('\n')
    const compared = compareLines(text('one'), text('other'))
    expect(compared).toHaveLength(20_000)
  })
})
