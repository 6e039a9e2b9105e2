import { type NamedPlace, TemplateError, type TemplateLocation } from '../template-error.js'

/** A variable that a template printed, filtered or looped over although it is not there. */
export interface UndefinedVariable extends TemplateLocation {
  /** As the template writes it: `incident.severity`. */
  readonly name: string
}

/** Notes what is undefined where a value was needed, or refuses it in a strict render. */
export class UndefinedVariables {
  readonly #isStrict: boolean
  readonly #found = new Set<NamedPlace>()

  constructor(isStrict: boolean) {
    this.#isStrict = isStrict
  }

  note(place: NamedPlace): void {
    if (this.#isStrict) {
      const { name, ...location } = place
      throw new TemplateError(`${name} is undefined`, { kind: 'undefined', location })
    }
    this.#found.add(place)
  }

  list(): readonly UndefinedVariable[] {
    return [...this.#found]
  }
}
