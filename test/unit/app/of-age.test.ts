/** When a child's chart is due to be handed over (C2): the eighteenth birthday, told ninety days before. */
import { comingOfAge } from '@chartkeep/app/src/app/people/of-age.ts'
import { expect, test } from 'vitest'

const at = (day: string) => new Date(`${day}T12:00:00`)

test.each([
  ['long before', '2010-03-04', '2027-12-01', null],
  ['91 days before', '2010-03-04', '2027-12-03', null],
  ['89 days before', '2010-03-04', '2027-12-06', { day: '2028-03-04', isOver: false }],
  ['the day before', '2010-03-04', '2028-03-03', { day: '2028-03-04', isOver: false }],
  ['on the day', '2010-03-04', '2028-03-04', { day: '2028-03-04', isOver: true }],
  ['years later', '2010-03-04', '2031-01-01', { day: '2028-03-04', isOver: true }],
  ['born on 29 February', '2008-02-29', '2026-02-28', { day: '2026-03-01', isOver: false }],
  ['a month alone: its first day', '2010-03', '2028-03-01', { day: '2028-03-01', isOver: true }],
  ['a year alone says too little', '2008', '2030-01-01', null],
  ['no birth date', '', '2030-01-01', null],
  ['no date at all', 'soon', '2030-01-01', null],
])('C2: coming of age, %s', (_, born, now, expected) => {
  expect(comingOfAge(born, at(now))).toEqual(expected)
})
