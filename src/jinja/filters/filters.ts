import { chooseFilters } from './choose.js'
import { dataFilters } from './data.js'
import type { Filter } from './filter.js'
import { listFilters } from './list.js'
import { numberFilters } from './number.js'
import { orderFilters } from './order.js'
import { textFilters } from './text.js'

/** All of Jinja2's filters by name. A Map: `x|constructor` finds nothing. */
export const filters: ReadonlyMap<string, Filter> = new Map([
  ...textFilters,
  ...numberFilters,
  ...listFilters,
  ...orderFilters,
  ...chooseFilters,
  ...dataFilters,
])
