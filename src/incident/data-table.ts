import { isFields, listOf, own, textOr } from './data.js'
import type { FieldDefinition } from './incident.js'

/** A column of a data table. */
export interface Column {
  /** By which cells name it. */
  readonly name: string
  /** What its header says. */
  readonly text: string
  readonly definition: FieldDefinition | undefined
}

/** The columns in their order; where a table defines none, those that its cells name. */
export function columnsOf(table: unknown): Column[] {
  const defined = listOf(own(table, 'columns')).filter(isFields)
  if (defined.length > 0) {
    return defined.flatMap((definition) => {
      const { name, text } = definition
      return typeof name === 'string' ? [{ name, text: textOr(text, name), definition }] : []
    })
  }
  const names = new Set(rowsOf(table).flatMap((row) => Object.keys(cellsOf(row))))
  return [...names].map((name) => ({ name, text: name, definition: undefined }))
}

/** The rows of a data table. */
export function rowsOf(table: unknown): readonly unknown[] {
  return listOf(own(table, 'rows'))
}

/** The value in a cell: `{ "cells": { "host": { "value": "pc-7" } } }`, or as short as `{ "host": "pc-7" }`. */
export function cellOf(row: unknown, column: string): unknown {
  const cell = own(cellsOf(row), column)
  return isFields(cell) && 'value' in cell ? cell.value : cell
}

function cellsOf(row: unknown): object {
  return Object(own(row, 'cells') ?? (isFields(row) ? row : {}))
}

/** Whether a value is HTML, rather than text that has to be escaped before it stands in HTML. */
export function isRichText(value: unknown, definition: FieldDefinition | undefined): boolean {
  const format = own(value, 'format')
  return format === 'html' || (format !== 'text' && definition?.input_type === 'textarea')
}
