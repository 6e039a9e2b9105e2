import { describe, expect, it } from 'vitest'
import { safeFileName } from '../../src/compose/file-name.js'

describe('A file name', () => {
  it.each([
    ['report.pdf', 'report.pdf'],
    ['Größe (1).txt', 'Größe (1).txt'],
    ['.env', '.env'],
    ['👩‍💻.png', '👩‍💻.png'],
    ['a/b\\c:d*e?f"g<h>i|j', 'a_b_c_d_e_f_g_h_i_j'],
    ['a\0\x1b[2J\u0085.txt', 'a [2J .txt'],
    ['exe.\u202efdp\u2066\u200f', 'exe.fdp'],
    ['a\u200b\ufeff\u00adb', 'ab'],
    ['invoice.pdf             .exe', 'invoice.pdf .exe'],
    ['name. . .', 'name'],
    ['...', 'attachment'],
    ['', 'attachment'],
    [' \t ', 'attachment'],
    ['\ud800.txt', '\ufffd.txt'],
    [`${'x'.repeat(500)}.pdf`, `${'x'.repeat(196)}.pdf`],
    [`${'語'.repeat(500)}.pdf`, `${'語'.repeat(65)}.pdf`],
  ])('is made harmless: %j', (name, expected) => {
    expect(safeFileName(name)).toBe(expected)
  })
})
