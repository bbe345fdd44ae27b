/** Addresses: fixed words and random slots only; nothing about a person reaches the history of the browser. */
import { expect, test } from 'vitest'
import { addressOf, SCREEN_WORDS } from '@chartkeep/app/src/app/place/addresses.ts'
import { SlotBook } from '@chartkeep/app/src/app/place/slots.ts'
import { en } from '@chartkeep/app/src/i18n/en/index.ts'

test('P1: a record has one slot in a session, random, without id or kind in it', () => {
  const book = new SlotBook()
  const target = { type: 'list', collection: 'allergies' } as const
  const slot = book.slotOf(target)
  expect(slot).toMatch(/^[a-z0-9]{9}$/u)
  expect(book.slotOf({ ...target })).toBe(slot)
  expect(book.targetOf(slot)).toEqual(target)
  expect(new SlotBook().slotOf(target)).not.toBe(slot)
})

test('P1: a slot of another session leads nowhere', () => {
  const slot = new SlotBook().slotOf({ type: 'record', id: 'stream.doc' })
  expect(new SlotBook().targetOf(slot)).toBeNull()
  expect(new SlotBook().targetOf(undefined)).toBeNull()
})

test('P1: an address is a hash with the screen word and slots; every word has a title in the language files', () => {
  expect(addressOf('list', 'a1', 'b2')).toBe('#/list/a1/b2')
  expect(addressOf('sync')).toBe('#/sync')
  for (const word of SCREEN_WORDS) expect(Object.hasOwn(en.screen, word), word).toBe(true)
})
