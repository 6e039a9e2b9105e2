import nodes, { type Node } from 'nunjucks/src/nodes.js'

/** The source of an expression, near enough for people to find it. */
export function expressionText(node: Node): string {
  if (node instanceof nodes.Symbol) return node.value
  if (node instanceof nodes.Literal) return JSON.stringify(node.value)
  if (node instanceof nodes.Filter) {
    const [value] = node.args.children
    return `${value ? expressionText(value) : ''} | ${expressionText(node.name)}`
  }
  if (node instanceof nodes.FunCall) return `${expressionText(node.name)}(...)`
  if (!(node instanceof nodes.LookupVal)) return 'expression'
  const { target, val } = node
  if (val instanceof nodes.Literal && typeof val.value === 'string')
    return `${expressionText(target)}.${val.value}`
  return `${expressionText(target)}[${expressionText(val)}]`
}

/** Where an expression begins. A look-up's own place is its dot. */
export function firstOf(node: Node): Node {
  return node instanceof nodes.LookupVal ? firstOf(node.target) : node
}
