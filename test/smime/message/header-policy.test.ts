import { describe, expect, it } from 'vitest'
import { baselinePolicy, shyPolicy } from '../../../src/smime/index.js'

describe('baseline', () => {
  it.each([
    ['Subject', 'Zebra', '[...]'],
    ['SUBJECT', 'Zebra', '[...]'],
    ['Keywords', 'zebra', null],
    ['Comments', 'zebra', null],
    ['Thread-Topic', 'Zebra', null],
    ['Thread-Index', 'AQHZ', null],
    ['X-Incident', 'zebra', null],
    ['X-Mailer', 'zebra 1.0', null],
    ['Organization', 'Zebra', null],
    ['From', 'Sophie <soc@example.com>', 'Sophie <soc@example.com>'],
    ['Date', 'Wed, 11 Jan 2023 16:08:43 -0500', 'Wed, 11 Jan 2023 16:08:43 -0500'],
    ['References', '<a@b> <c@d>', '<a@b> <c@d>'],
    ['List-Unsubscribe', '<https://example.com/u>', '<https://example.com/u>'],
  ])('%s: %s becomes %s', (name, value, outside) => {
    expect(baselinePolicy(name, value)).toBe(outside)
  })
})

describe('shy', () => {
  it.each([
    ['Subject', 'Zebra', '[...]'],
    ['X-Incident', 'zebra', null],
    ['From', 'Sophie <soc@example.com>', 'soc@example.com'],
    ['From', '=?UTF-8?Q?J=C3=B6rg?= <j@example.com>', 'j@example.com'],
    ['Sender', '"Zebra, <x@y.example>" <s@example.com>', 's@example.com'],
    ['Reply-To', 'Rita <rita@example.com>', 'rita@example.com'],
    [
      'To',
      'a@example.com, "B, Auditor" <b@example.com>, c@example.com (Zebra)',
      'a@example.com, b@example.com, c@example.com',
    ],
    ['To', '"odd, one"@example.com, a@example.com', '"odd, one"@example.com, a@example.com'],
    ['To', 'Zebra team: A <a@example.com>, b@example.com;', 'a@example.com, b@example.com'],
    ['To', 'Zebra team:;', 'undisclosed-recipients:;'],
    ['To', 'undisclosed-recipients:;', 'undisclosed-recipients:;'],
    ['Cc', 'Zebra team:;', null],
    ['Date', 'Wed, 11 Jan 2023 16:08:43 -0500', 'Wed, 11 Jan 2023 21:08:43 +0000'],
    ['Date', 'some day', 'some day'],
    ['Message-ID', '<a@b>', '<a@b>'],
  ])('%s: %s becomes %s', (name, value, outside) => {
    expect(shyPolicy(name, value)).toBe(outside)
  })
})
