import { TemplateError } from '../template-error.js'
import { Bytes, type Value } from '../values/values.js'
import { method, methodTable, text } from './call.js'

function bytesOf(value: Value): Uint8Array {
  return value instanceof Bytes ? value.bytes : new Uint8Array()
}

/** What templates may call on bytes. */
export const bytesMethods = methodTable(bytesOf, {
  decode: method('encoding? errors?', (self, _context, encoding = 'utf-8', errors = 'strict') => {
    const name = text(encoding).toLowerCase().replaceAll('_', '-')
    if (!['utf-8', 'utf8', 'ascii', 'us-ascii'].includes(name)) {
      throw new TemplateError('bytes are decoded from utf-8 or ascii')
    }
    try {
      return new TextDecoder('utf-8', { fatal: text(errors) === 'strict', ignoreBOM: true }).decode(self)
    } catch {
      throw new TemplateError('the bytes are no text in this encoding')
    }
  }),
  hex: method('', (self) => Buffer.from(self).toString('hex')),
})
