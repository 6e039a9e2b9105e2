import { invalidOption } from './options.js'

/**
 * Refuses an option that needs another process, where Node's permission model lets this one start none.
 *
 * @throws IncidentMailerError `INVALID_CONFIG`, with the flag of Node's that allows it
 */
export function assertMayStart(field: string): void {
  // There is no such object where the model is off.
  if (process.permission?.has('child') !== false) return
  throw invalidOption(
    field,
    `${field} starts another process, and Node's permission model lets this one start none; start node with --allow-child-process, or leave ${field} out`,
  )
}
