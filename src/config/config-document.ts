/** What a config file holds, in our own words and not yet checked. */
export interface ConfigDocument {
  readonly value: unknown
  /** What the file itself calls a setting: `smtp_server` for `transport.host` in an app.config. */
  nameOf(path: string): string
  /** What whoever wrote it should know, each with the file's name and what to write instead. */
  readonly notes: readonly string[]
}

/** A document of our own kind, in which each setting has its own name. */
export function ownDocument(value: unknown): ConfigDocument {
  return { value, nameOf: (path) => path, notes: [] }
}
