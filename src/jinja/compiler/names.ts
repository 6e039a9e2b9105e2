import nodes, { type Node } from 'nunjucks/src/nodes.js'
import {
  Autoescape,
  CallBlock,
  CaptureSet,
  FilterBlock,
  Loop,
  NamespaceTarget,
  TemplateBlock,
  With,
} from '../syntax/nodes.js'

/**
 * What a variable of a scope holds when the scope begins: what it was (or may have been) given, nothing yet, what
 * an outer scope's variable holds, or what the context holds under its name. `shared` variables hold the
 * context's value too, and are filled where the function begins, since nothing in it sets them.
 */
type Start = 'given' | 'maybe' | 'nothing' | { readonly outer: string } | 'context' | 'shared'

interface Variable {
  /** Its name in the generated code: never the template's. */
  readonly id: string
  readonly start: Start
}

/**
 * The variables of one scope of a template. As in Jinja2, it is clear from the source alone which names a
 * scope sets: those are its own, and go with it.
 */
export class Names {
  readonly #parent: Names | undefined
  readonly #newId: () => string
  readonly #shared: Map<string, string>
  #own = new Map<string, Variable>()
  #set = new Set<string>()

  /** `shared` are the variables that the whole function has of the context. */
  constructor(parent: Names | undefined, shared: Map<string, string>, newId: () => string) {
    this.#parent = parent
    this.#shared = shared
    this.#newId = newId
  }

  /** The generated code's name of a variable, where this scope or an outer one knows it. */
  find(name: string): Variable | undefined {
    return this.#own.get(name) ?? this.#parent?.find(name)
  }

  /** A variable that is given a value where the scope begins. */
  give(name: string, id = this.#newId(), start: 'given' | 'maybe' = 'given'): string {
    this.#set.add(name)
    this.#own.set(name, { id, start })
    return id
  }

  /** Notes that the scope sets a name. */
  set(name: string): void {
    this.#set.add(name)
    const known = this.#own.get(name)
    if (known?.start === 'shared') this.#own.set(name, { id: this.#newId(), start: 'context' })
    if (known) return
    const outer = this.#parent?.find(name)
    this.#own.set(name, { id: this.#newId(), start: outer ? { outer: outer.id } : 'nothing' })
  }

  /** Notes that the scope reads a name. */
  read(name: string): void {
    if (this.find(name)) return
    const known = this.#shared.get(name)
    const id = known ?? this.#newId()
    if (known === undefined) this.#shared.set(name, id)
    this.#own.set(name, { id, start: 'shared' })
  }

  /** Notes what several branches do, of which one is run. */
  branch(branches: readonly ((names: Names) => void)[]): void {
    const forks = branches.map((read) => {
      const fork = new Names(this.#parent, this.#shared, this.#newId)
      fork.#own = new Map(this.#own)
      fork.#set = new Set(this.#set)
      read(fork)
      return fork
    })
    const before = new Set(this.#set)
    for (const fork of forks) {
      for (const [name, variable] of fork.#own) {
        const known = this.#own.get(name)
        // What another branch found in the context can be set by this one: a variable of its own, then.
        if (!known || (known.start === 'shared' && variable.start !== 'shared')) this.#own.set(name, variable)
      }
      for (const name of fork.#set) this.#set.add(name)
    }
    for (const name of this.#set) {
      if (before.has(name) || forks.every((fork) => fork.#set.has(name))) continue
      const variable = this.#own.get(name)
      const outer = this.#parent?.find(name)
      if (variable) this.#own.set(name, { id: variable.id, start: outer ? { outer: outer.id } : 'context' })
    }
  }

  /** Reads a tree for the names it reads and sets, and settles them. */
  analyze(parts: readonly unknown[]): void {
    for (const part of parts) visit(this, part)
  }

  /** The variables that have to be declared where the scope begins. */
  declared(): (readonly [name: string, variable: Variable])[] {
    return [...this.#own].filter(
      ([, { start }]) => start !== 'given' && start !== 'maybe' && start !== 'shared',
    )
  }

  /** Everything that was set here and outside, by name: what an included template sees. */
  visible(): Map<string, string> {
    const all = this.#parent?.visible() ?? new Map<string, string>()
    for (const name of this.#set) {
      const variable = this.#own.get(name)
      if (variable) all.set(name, variable.id)
    }
    return all
  }
}

/** Notes what a tree reads and sets in this very scope. */
function visit(names: Names, part: unknown): void {
  if (Array.isArray(part)) for (const item of part) visit(names, item)
  if (!(part instanceof nodes.Node)) return
  if (part instanceof nodes.Symbol) names.read(part.value)
  else if (part instanceof nodes.If && part.typename === 'If') visitBranches(names, part)
  else if (part instanceof nodes.Macro && part.typename === 'Macro') names.set(part.name.value)
  else if (part instanceof Loop) visit(names, part.arr)
  else if (part instanceof nodes.Import) {
    visit(names, part.template)
    names.set(part.target.value)
  } else if (part instanceof nodes.FromImport) {
    visit(names, part.template)
    for (const pair of part.names.children) if (pair instanceof nodes.Pair) visitTarget(names, pair.value)
  } else if (part instanceof nodes.Set) {
    visit(names, part.value)
    for (const target of part.targets) visitTarget(names, target)
  } else if (part instanceof CaptureSet) {
    visit(names, part.value)
    visitTarget(names, part.target)
  } else if (part instanceof CallBlock) visit(names, part.call)
  else if (part instanceof FilterBlock) visit(names, part.value)
  else if (part instanceof With) visit(names, part.values)
  else if (!isScope(part)) for (const field of fieldsOf(part)) visit(names, field)
}

function visitBranches(
  names: Names,
  { cond, body, else_ }: { cond: Node; body: Node; else_: Node | null },
): void {
  visit(names, cond)
  names.branch([(fork) => visit(fork, body), (fork) => visit(fork, else_)])
}

function visitTarget(names: Names, target: Node): void {
  if (target instanceof NamespaceTarget) names.read(target.namespace.value)
  else for (const { value } of targetNames(target)) names.set(value)
}

/** The names that a target gives values to. */
export function targetNames(target: Node): (Node & { readonly value: string })[] {
  if (target instanceof nodes.Symbol) return [target]
  return target instanceof nodes.NodeList ? target.children.flatMap(targetNames) : []
}

/** Whether a tag's inside is a scope of its own, so that nothing of it belongs to the outer one. */
function isScope(node: Node): boolean {
  return (
    node instanceof TemplateBlock ||
    node instanceof Autoescape ||
    node instanceof nodes.Capture ||
    node instanceof nodes.Macro
  )
}

/** What a node is made of. */
function fieldsOf(node: Node): unknown[] {
  return node.fields.map((field) => Object.getOwnPropertyDescriptor(node, field)?.value)
}

/** Whether a node of the tree is one that `wanted` tells; `inside` says whether to look into a node. */
export function hasNode(
  part: unknown,
  wanted: (node: Node) => boolean,
  inside: (node: Node) => boolean = () => true,
): boolean {
  if (Array.isArray(part)) return part.some((item) => hasNode(item, wanted, inside))
  if (!(part instanceof nodes.Node)) return false
  return wanted(part) || (inside(part) && hasNode(fieldsOf(part), wanted, inside))
}

/** The blocks in a tree, outermost first. */
export function findBlocks(part: unknown): TemplateBlock[] {
  const found: TemplateBlock[] = []
  hasNode(part, (node) => {
    if (node instanceof TemplateBlock) found.push(node)
    return false
  })
  return found
}

/** Whether a tree reads a name anywhere, save in blocks, which see nothing of what is around them. */
export function reads(part: unknown, name: string): boolean {
  const isName = (node: Node) => node instanceof nodes.Symbol && node.value === name
  return hasNode(part, isName, (node) => !(node instanceof TemplateBlock))
}
