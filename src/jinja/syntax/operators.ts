import nodes from 'nunjucks/src/nodes.js'

/** The nodes of the operators that stand between two operands. */
export const nodeKinds = new Map([
  ['+', nodes.Add],
  ['-', nodes.Sub],
  ['*', nodes.Mul],
  ['/', nodes.Div],
  ['//', nodes.FloorDiv],
  ['%', nodes.Mod],
  ['**', nodes.Pow],
])
