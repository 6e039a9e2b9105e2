import nodes, { type Name, type Node, type NodeList, type Value } from 'nunjucks/src/nodes.js'

/**
 * What Jinja2 has and nunjucks has no node for. A node's `typename` chooses the compiler's method, its
 * `fields` name what it is made of.
 */

/** `target.name`: members first, then keys. nunjucks' LookupVal is `target[key]`: keys first. */
export class Attribute extends nodes.Node {
  override get typename() {
    return 'Attribute'
  }
  override get fields() {
    return ['target', 'name']
  }
  declare readonly target: Node
  declare readonly name: string
}

/** `start:stop:step` in a look-up. */
export class Slice extends nodes.Node {
  override get typename() {
    return 'Slice'
  }
  override get fields() {
    return ['start', 'stop', 'step']
  }
  declare readonly start: Node | null
  declare readonly stop: Node | null
  declare readonly step: Node | null
}

/** `a, b`. */
export class TupleNode extends nodes.NodeList {
  override get typename() {
    return 'Tuple'
  }
}

/** `a ~ b ~ c`. */
export class ConcatNode extends nodes.NodeList {
  override get typename() {
    return 'ConcatAll'
  }
}

/** `*list` among the arguments of a call. */
export class Spread extends nodes.Node {
  override get typename() {
    return 'Spread'
  }
  override get fields() {
    return ['value']
  }
  declare readonly value: Node
}

/** `**mapping` among the arguments of a call. */
export class KeywordSpread extends Spread {
  override get typename() {
    return 'KeywordSpread'
  }
}

/** `value is name(args)`: nunjucks' Is with its parts told apart. */
export class TestNode extends nodes.Node {
  override get typename() {
    return 'Test'
  }
  override get fields() {
    return ['value', 'name', 'args']
  }
  declare readonly value: Node
  declare readonly name: Value
  declare readonly args: NodeList
}

/** `namespace.name`, where a value is set. */
export class NamespaceTarget extends nodes.Node {
  override get typename() {
    return 'NamespaceTarget'
  }
  override get fields() {
    return ['namespace', 'name']
  }
  declare readonly namespace: Name
  declare readonly name: string
}

/** A loop with all that Jinja2's can have. */
export class Loop extends nodes.For {
  override get typename() {
    return 'Loop'
  }
  override get fields() {
    return [...super.fields, 'test', 'recursive']
  }
  declare readonly test: Node | null
  declare readonly recursive: boolean
}

/** A block that says what it sees, and whether it has to be filled. */
export class TemplateBlock extends nodes.Block {
  override get typename() {
    return 'TemplateBlock'
  }
  override get fields() {
    return [...super.fields, 'scoped', 'required']
  }
  declare readonly scoped: boolean
  declare readonly required: boolean
}

/** An include that says whether it shares its variables. */
export class IncludeTemplate extends nodes.Include {
  override get typename() {
    return 'IncludeTemplate'
  }
  override get fields() {
    return [...super.fields, 'withContext']
  }
  declare readonly withContext: boolean
}

/** `set name | filter` with a body. Its `filter` ends in the Capture of the body. */
export class CaptureSet extends nodes.Node {
  override get typename() {
    return 'CaptureSet'
  }
  override get fields() {
    return ['target', 'value']
  }
  declare readonly target: Node
  declare readonly value: Node
}

/** `filter name` with a body: the value is a filter on the Capture of the body, and printed as it is. */
export class FilterBlock extends nodes.Node {
  override get typename() {
    return 'FilterBlock'
  }
  override get fields() {
    return ['value']
  }
  declare readonly value: Node
}

/** `call macro(...)` with a body, which the macro gets as `caller`. */
export class CallBlock extends nodes.Node {
  override get typename() {
    return 'CallBlock'
  }
  override get fields() {
    return ['call', 'caller']
  }
  declare readonly call: Node
  declare readonly caller: Node
}

/** `with a = 1, b = 2`. */
export class With extends nodes.Node {
  override get typename() {
    return 'With'
  }
  override get fields() {
    return ['targets', 'values', 'body']
  }
  declare readonly targets: readonly Node[]
  declare readonly values: readonly Node[]
  declare readonly body: NodeList
}

export class Autoescape extends nodes.Node {
  override get typename() {
    return 'Autoescape'
  }
  override get fields() {
    return ['on', 'body']
  }
  declare readonly on: Node
  declare readonly body: NodeList
}

export class Do extends nodes.Node {
  override get typename() {
    return 'Do'
  }
  override get fields() {
    return ['value']
  }
  declare readonly value: Node
}

/** A tag of the user's own. */
export class OwnTag extends nodes.Node {
  override get typename() {
    return 'OwnTag'
  }
  override get fields() {
    return ['name', 'args', 'body']
  }
  declare readonly name: string
  declare readonly args: NodeList
  declare readonly body: Node | null
}
