/** A field that can be refused is in a form: the focus goes to what a form marks (refused-field.ts), and nothing else brings it there. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { repository } from '../../../scripts/pinned-node.mjs'

const SOURCES = join(repository, 'packages/app/src')
/** Part of a form in another file, which says what is wrong with it. */
const PARTS = ['features/messages/addressee.tsx']

test('UX 7: every file that marks a field as refused has the form that it is in, or leaves that to its caller', () => {
  const screens = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.tsx'))
  const lonely = screens.filter((file) => {
    const text = readFileSync(join(SOURCES, file), 'utf8')
    const marks = /\serror=\{/u.test(text)
    const isForm = /<form\b|<FormShell\b|\bwatchRefused\(/u.test(text)
    const isPart = /\berrors?(?:Of)?\??: |Error\??: /u.test(text)
    return marks && !isForm && !isPart
  })
  expect(screens.length).toBeGreaterThan(200)
  expect(lonely).toEqual(PARTS)
})

test('UX 7: no field cuts what is typed or pasted without a word: its limit comes with the words that say so', () => {
  const screens = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.tsx'))
  const texts = screens.map((file) => ({ file, text: readFileSync(join(SOURCES, file), 'utf8') }))
  expect(texts.filter(({ text }) => /\smaxLength=/u.test(text)).map(({ file }) => file)).toEqual([])
  expect(texts.filter(({ text }) => text.includes('{...limited(')).length).toBeGreaterThan(10)
})
