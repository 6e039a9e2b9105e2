// Writes the JSON Schemas of the documents that people write and read into schemas/. Run by `npm run schemas`.
import { mkdir, writeFile } from 'node:fs/promises'
import { DOCUMENT_NAMES, jsonSchemaOf } from '../build/schemas/documents.js'

const folder = new URL('../schemas/', import.meta.url)
await mkdir(folder, { recursive: true })
for (const name of DOCUMENT_NAMES) {
  const schema = `${JSON.stringify(jsonSchemaOf(name), null, 2)}\n`
  await writeFile(new URL(`${name}.schema.json`, folder), schema)
}
