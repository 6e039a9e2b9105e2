import { type DerValue, tags } from './der.js'

/**
 * A moment as certificates, lists and signatures have it (RFC 5280, section 4.1.2.5): UTCTime or GeneralizedTime,
 * with seconds and in UTC.
 *
 * @throws Error for any other form
 */
export function readTime({ tag, content }: DerValue): Date {
  const text = content.toString('latin1')
  const found = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(text)
  const [, year = '', month, day, hour, minute, second] = found ?? []
  const isRight = tag === tags.utcTime ? year.length === 2 : tag === tags.generalizedTime && year.length === 4
  const century = year.length === 4 ? '' : Number(year) < 50 ? '20' : '19'
  const date = new Date(`${century}${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  if (!isRight || Number.isNaN(date.getTime())) throw new Error('a date is malformed')
  return date
}
