import { performance } from 'node:perf_hooks'

/**
 * Times several ways of doing one thing, in turns so that a machine that grows slower slows them all, and
 * returns for each the median time of one call in milliseconds, and the median over all turns of its time
 * divided by the first way's.
 *
 * @param {Record<string, () => unknown>} ways
 * @param {{ turns: number, calls: number }} effort
 */
export async function measure(ways, { turns, calls }) {
  const times = Object.fromEntries(Object.keys(ways).map((name) => [name, []]))
  for (const way of Object.values(ways)) for (let call = 0; call < calls; call++) await way()
  for (let turn = 0; turn < turns; turn++) {
    for (const [name, way] of Object.entries(ways)) {
      const started = performance.now()
      for (let call = 0; call < calls; call++) await way()
      times[name].push((performance.now() - started) / calls)
    }
  }
  return relative(times)
}

/** The medians of times that were taken in turns, and of their ratios to the first way's. */
export function relative(times) {
  const [first] = Object.keys(times)
  return Object.entries(times).map(([name, taken]) => ({
    name,
    milliseconds: median(taken),
    ratio: median(taken.map((time, turn) => time / times[first][turn])),
  }))
}

/** Prints one measurement as a table. */
export function print(title, rows) {
  console.log(`\n${title}\n`)
  for (const { name, milliseconds, ratio } of rows) {
    console.log(
      `  ${name.padEnd(46)} ${milliseconds.toFixed(3).padStart(9)} ms ${ratio.toFixed(2).padStart(7)} x`,
    )
  }
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
