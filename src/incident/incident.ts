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

/** What people filled in when they started the action that mails: a menu item, a rule, a playbook. */
export interface IncidentAction {
  /** The values, by API name. */
  readonly properties?: Readonly<Record<string, unknown>>
  /** What the fields are, by API name. */
  readonly fields?: Readonly<Record<string, FieldDefinition>>
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
  readonly action?: IncidentAction
  /** The folder its files lie under: set by the source that read it, and never taken from a job. */
  readonly folder?: string
}

/** How a condition compares: `contains` looks for text, whatever its case. */
export type QueryMethod =
  | 'equals'
  | 'not_equals'
  | 'in'
  | 'not_in'
  | 'gt'
  | 'gte'
  | 'lt'
  | 'lte'
  | 'contains'
  | 'not_contains'
  | 'has_a_value'
  | 'not_has_a_value'

/** What a value may be compared with. */
export type QueryValue = string | number | boolean | null

/** What holds of the incidents that a query finds. Its members are written as IBM's REST interface has them. */
export interface QueryCondition {
  /** A field's API name; a custom one's with or without `properties.` before it. */
  readonly field_name: string
  readonly method: QueryMethod
  /** A list for `in` and `not_in`; null for the two that need none. */
  readonly value: QueryValue | readonly QueryValue[]
}

/** Something that a template asked for and that the incident file does not hold. */
export type IncidentWant =
  /** A field's value. Answered by the value, or null. */
  | { readonly kind: 'field'; readonly incidentId: IncidentId; readonly name: string }
  /** Answered by a list of {@link Artifact}. */
  | { readonly kind: 'artifacts'; readonly incidentId: IncidentId }
  /** Answered by a list of {@link Note}. */
  | { readonly kind: 'notes'; readonly incidentId: IncidentId }
  /** Answered by a {@link DataTable}, or null where the incident has none of that name. */
  | { readonly kind: 'datatable'; readonly incidentId: IncidentId; readonly name: string }
  /**
   * Incidents of which all conditions hold. Answered by a list of {@link Incident}, the first to be shown
   * first, each with at least its id and the fields. Those of `exclude` are left out in any case.
   */
  | {
      readonly kind: 'query'
      readonly conditions: readonly QueryCondition[]
      readonly fields: readonly string[]
      readonly exclude: readonly IncidentId[]
    }

/** Where incidents come from. */
export interface IncidentSource {
  /**
   * The incident of that id, or null where the source has none.
   *
   * Paths in its `attachments` are absolute when this returns.
   */
  get(id: IncidentId, context: { signal?: AbortSignal }): Promise<IncidentFile | null>
  /**
   * Gets what templates ask for beyond the incident file, all of it in one call: one answer for each want, in
   * the same order. The mail is rendered again with the answers. Default: the incident file is all there is.
   */
  fetch?(wants: readonly IncidentWant[], context: { signal?: AbortSignal }): Promise<readonly unknown[]>
  /** What `fetch` can get; anything else it is never asked for. Default: everything. */
  readonly fetches?: readonly IncidentWant['kind'][]
  /** What messages call it: `the folder /srv/incidents`. Default: `the incident source`. */
  readonly name?: string
  /** The ids it has, so that the error of one it has not can say which was meant. Default: nothing is said. */
  ids?(context: { signal?: AbortSignal }): Promise<readonly IncidentId[]>
}
