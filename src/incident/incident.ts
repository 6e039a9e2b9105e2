/** How an incident is named in its system: `2139` or `"INC-2139"`. */
export type IncidentId = number | string

/** An incident's own fields, by API name. The values are whatever the incident system exported. */
export interface Incident {
  readonly id?: IncidentId
  readonly name?: string
  /** Custom fields, by API name. */
  readonly properties?: Readonly<Record<string, unknown>>
  readonly [field: string]: unknown
}

/** Something observed in an incident: an address, a hash, a URL. */
export interface Artifact {
  readonly value: string
  readonly type?: string
  readonly description?: string | null
  readonly [field: string]: unknown
}

/** A note on an incident, with the replies to it. */
export interface Note {
  /** Rich text (HTML) or plain text. */
  readonly text?: string | null
  readonly user_name?: string | null
  /** Milliseconds since 1970. */
  readonly create_date?: number | null
  readonly children?: readonly Note[]
  readonly [field: string]: unknown
}

/** A piece of work in an incident. */
export interface Task {
  readonly id: IncidentId
  readonly name?: string
  readonly instructions?: string | null
  readonly [field: string]: unknown
}

/** A file that belongs to an incident. Holds either a path or its content. */
export interface IncidentAttachment {
  readonly name: string
  /** A file. Relative paths start at the incident file's folder, and stay under it. */
  readonly path?: string
  /** The content in base64. */
  readonly content?: string
  readonly contentType?: string
}

/** What a field of an incident is: decides how its value is printed. */
export interface FieldDefinition {
  /** `text`, `textarea`, `select`, `multiselect`, `number`, `boolean`, `datepicker`, `datetimepicker`. */
  readonly input_type?: string
  /** The label people see. */
  readonly text?: string
  /** `properties` where the value is found under `incident.properties`. */
  readonly prefix?: string | null
  readonly [key: string]: unknown
}

/** Where an incident is looked at by people. */
export interface IncidentLinks {
  /** Used letter for letter: `https://soar.example.com:443`. */
  readonly baseUrl: string
  readonly orgId?: number | string
}

/** A data table of an incident. */
export interface DataTable {
  readonly text?: string
  readonly columns?: readonly unknown[]
  readonly rows?: readonly unknown[]
}

/** One incident with all that belongs to it: the content of an incident file. */
export interface IncidentFile {
  readonly incident: Incident
  readonly artifacts?: readonly Artifact[]
  readonly notes?: readonly Note[]
  readonly tasks?: readonly Task[]
  readonly attachments?: readonly IncidentAttachment[]
  readonly tables?: Readonly<Record<string, DataTable>>
  readonly fields?: Readonly<Record<string, FieldDefinition>>
  readonly links?: IncidentLinks
  /** The folder its files lie under: set by the source that read it, and never taken from a job. */
  readonly folder?: string
}

/** Where incidents come from. */
export interface IncidentSource {
  /**
   * The incident of that id, or null where the source has none.
   *
   * Paths in its `attachments` are absolute when this returns.
   */
  get(id: IncidentId, context: { signal?: AbortSignal }): Promise<IncidentFile | null>
}
