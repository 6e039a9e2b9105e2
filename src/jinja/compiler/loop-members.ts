/** The members of `loop` that generated code reads without a look-up: getters of LoopState by the same names. */
export const loopMembers: ReadonlySet<string> = new Set([
  'index',
  'index0',
  'revindex',
  'revindex0',
  'first',
  'last',
  'length',
  'depth',
  'depth0',
  'previtem',
  'nextitem',
])
