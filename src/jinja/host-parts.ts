import type { Markup } from './values/values.js'

/** A tag of the host's own: `{% name 1, key='x' %}`, or with a body up to `{% endname %}`. */
export interface HostTag {
  /** Whether the tag has a body, which a tag of the same name with `end` before it closes. Default false. */
  readonly body?: boolean
  /**
   * What the tag prints: text, which is escaped, or Markup. `body` is what stands inside of the tag, rendered;
   * null where the tag has none.
   */
  readonly render: (args: TagArguments, body: string | null) => string | Markup
}

/** A tag's arguments. */
export interface TagArguments {
  readonly placed: readonly unknown[]
  readonly named: Readonly<Record<string, unknown>>
}

/** A filter of the host's own. It sees plain data: marked-up text is a string. */
export interface HostFilter {
  /** The names of its parameters, the value first; `*` for any number, by place alone. */
  readonly parameters: readonly string[] | '*'
  /** Whether marked-up text that goes in comes out as marked-up text. Default false. */
  readonly keepsMarkup?: boolean
  readonly call: (value: unknown, ...args: unknown[]) => unknown
}
