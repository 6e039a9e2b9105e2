import { readContentType } from './read-content-type.js'
import type { ReadEntity } from './read-entity.js'
import { onlyValue } from './read-header.js'

const cmsTypes: readonly string[] = ['application/pkcs7-mime', 'application/x-pkcs7-mime']
const signatureTypes: readonly string[] = ['application/pkcs7-signature', 'application/x-pkcs7-signature']

/** Whether that is the type of a detached signature (RFC 8551, section 3.5.3), or its older form. */
export function isSignatureType(type: string): boolean {
  return signatureTypes.includes(type)
}

/** Whether an entity is a CMS message: by its type, or by a file name where a gateway took that away (section 3.2.1). */
export function isCmsType({ contentType, fields }: ReadEntity): boolean {
  if (cmsTypes.includes(contentType.type)) return true
  if (contentType.type !== 'application/octet-stream') return false
  return /\.p7m$/i.test(fileNameOf({ contentType, fields }) ?? '')
}

/** The file name that an entity gives itself, or null. */
export function fileNameOf({
  contentType,
  fields,
}: Pick<ReadEntity, 'contentType' | 'fields'>): string | null {
  const disposition = onlyValue(fields, 'content-disposition')
  // The same parameters, behind one word instead of two.
  const { parameters } = readContentType(disposition === null ? null : disposition.replace(/^[^;]*/, 'x/x'))
  return parameters.get('filename') ?? contentType.parameters.get('name') ?? null
}
