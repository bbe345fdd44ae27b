import { parseJsonOrNull, type JsonObject } from '@chartkeep/domain'
import { comparePeople, personFacts, toldFacts, type PersonComparison } from '@chartkeep/interop/people'
import { expect, test } from 'vitest'

interface Described {
  name?: string | object | (string | object)[]
  born?: string
  sex?: string
  number?: object | object[]
}

function patient({ name = [], born, sex, number = [] }: Described): JsonObject {
  const names = [name].flat().map((each) => (typeof each === 'string' ? { text: each } : each))
  return parseJsonOrNull(
    JSON.stringify({ resourceType: 'Patient', name: names, birthDate: born, gender: sex, identifier: [number].flat() }),
  ) as JsonObject
}

function compared(one: Described, other: Described): PersonComparison {
  const [left, right] = [personFacts([patient(one)]), personFacts([patient(other)])]
  const there = comparePeople(left, right)
  expect(comparePeople(right, left)).toEqual(there)
  return there
}

const parts = (family: string, ...given: string[]) => ({ family, given })
const BORN = '1980-05-12'
const ssn = (value: string) => ({ system: 'http://hl7.org/fhir/sid/us-ssn', value })
const typed = (code: string, value: string, more: object = {}) => ({
  type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code }] },
  value,
  ...more,
})

type Name = Described['name'] & {}
const NAMES: [what: string, one: Name, other: Name, match: string][] = [
  ['letter by letter', parts('Smith', 'John'), parts('Smith', 'John'), 'same'],
  ['in one piece', parts('Smith', 'John'), 'John Smith', 'same'],
  ['typed family first', parts('Smith', 'John'), 'Smith John', 'same'],
  ['typed with a comma', 'SMITH, JOHN', 'John Smith', 'same'],
  ['given and family exchanged', parts('John', 'Smith'), parts('Smith', 'John'), 'same'],
  ['in capitals', 'JOHN SMITH', 'john smith', 'same'],
  ['full width', 'ＪＯＨＮ Smith', 'John Smith', 'same'],
  ['with a title and a degree', 'Dr. John Smith MD', 'John Smith', 'same'],
  ['with a middle name', parts('Smith', 'John', 'Quincy'), parts('Smith', 'John'), 'same'],
  ['with a middle name in one piece', 'John Quincy Smith', parts('Smith', 'John'), 'same'],
  ['with a middle name behind a comma', 'Smith, John Quincy', 'John Smith', 'same'],
  ['with a middle initial', 'John Q. Smith', 'John Quincy Smith', 'same'],
  ['accents', parts('Echevarría', 'José'), parts('Echevarria', 'Jose'), 'same'],
  ['umlauts written out', 'Jörg Müller', 'Joerg Mueller', 'same'],
  ['umlauts without dots', 'Jörg Müller', 'Jorg Muller', 'same'],
  ['letters of the north', 'Søren Łukasz', 'Soren Lukasz', 'same'],
  ['an apostrophe', "Nora O'Brien", 'Nora O’Brien', 'same'],
  ['an apostrophe left out', "Nora O'Brien", 'Nora OBrien', 'same'],
  ['a hyphen', 'Wang Xiao-Ming', 'Xiaoming Wang', 'same'],
  ['a space in the given name', parts('Wang', 'Xiao', 'Ming'), parts('Wang', 'Xiaoming'), 'same'],
  ['a double family name', 'Ana García-López', parts('Garcia Lopez', 'Ana'), 'same'],
  ['Cyrillic', 'Иван Петров', 'Петров Иван', 'same'],
  ['Han', '王小明', parts('王', '小明'), 'same'],
  ['Han with a space', '王 小明', '王小明', 'same'],
  ['Han with the Latin beside it', '王小明 (Wang Xiao-Ming)', 'Xiaoming Wang', 'same'],
  ['the Latin as a second name', ['王小明', 'Wang Xiao-Ming'], 'WANG XIAOMING', 'same'],
  ['an earlier name', [parts('Jones', 'Anna'), { use: 'maiden', ...parts('Smith', 'Anna') }], 'Anna Smith', 'same'],
  ['Han and Latin', '王小明', 'Wang Xiao-Ming', 'script'],
  ['Cyrillic and Latin', 'Иван Петров', 'Ivan Petrov', 'script'],
  ['a first name alone', 'Fletcher', 'Fletcher Hyatt', 'alike'],
  ['an initial for the given name', 'J Smith', 'John Smith', 'alike'],
  ['one letter other', 'Jon Smith', 'John Smith', 'alike'],
  ['two letters changed', 'Catherine Brown', 'Catehrine Brown', 'alike'],
  ['another middle name', 'John Adam Smith', 'John Brian Smith', 'alike'],
  ['another family name', parts('Jones', 'Anna'), parts('Smith', 'Anna'), 'alike'],
  ['the first given name left out', parts('Smith', 'Anna', 'Maria'), parts('Smith', 'Maria'), 'alike'],
  ['one family name of two', parts('García López', 'Ana'), parts('García', 'Ana'), 'alike'],
  ['a masked character', '王○明', '王小明', 'alike'],
  ['Han without the family name', '小明', '王小明', 'alike'],
  ['brother and sister', parts('Smith', 'John'), parts('Smith', 'Mary'), 'differs'],
  ['brother and sister in Han', '王小明', '王小華', 'differs'],
  ['two brothers in one piece', 'Adam Smith', 'Brian Smith', 'differs'],
  ['junior and senior', 'John Smith Jr.', 'John Smith Sr', 'differs'],
  ['junior as a suffix', { ...parts('Smith', 'John'), suffix: ['Jr.'] }, 'Smith, John III', 'differs'],
  ['all of it', 'Fletcher Hyatt', 'Mei Chen', 'differs'],
  ['a word of kinship', 'Dad', 'Fletcher Hyatt', 'differs'],
  ['unknown on one side', 'Unknown', 'Fletcher Hyatt', 'none'],
  ['unknown in Chinese', '不詳', '王小明', 'none'],
  ['anonymous by its use', { use: 'anonymous', text: 'Case 12' }, 'John Smith', 'none'],
  ['left out on one side', [], 'John Smith', 'none'],
]

test.each(NAMES)('C14: names that agree or not: %s', (_what, one, other, match) => {
  expect(compared({ name: one }, { name: other }).name).toBe(match)
})

const DATES: [one: string | undefined, other: string | undefined, match: string][] = [
  [BORN, BORN, 'same'],
  [BORN, '1980-05', 'month'],
  ['1980-05', '1980-05', 'month'],
  [BORN, '1980', 'year'],
  [BORN, '1980-12-05', 'differs'],
  ['1980-05', '1981', 'differs'],
  [BORN, undefined, 'none'],
  [BORN, 'about 1980', 'none'],
  [BORN, '1980-05-12T00:00:00Z', 'same'],
]

test.each(DATES)('C14: birth dates by their precision: %s and %s', (one, other, match) => {
  const [left, right] = [one, other].map((born) => (born === undefined ? {} : { born }))
  expect(compared(left!, right!).birthDate).toBe(match)
})

const NUMBERS: [what: string, one: object | object[], other: object | object[], match: string][] = [
  ['one system', ssn('999-12-3456'), ssn('999123456'), 'same'],
  [
    'one system as URL and OID',
    ssn('999-12-3456'),
    { system: 'urn:oid:2.16.840.1.113883.4.1', value: '999123456' },
    'same',
  ],
  [
    'a URL with and without a last stroke',
    { system: 'https://h.example/mrn/', value: 'A-1001' },
    { system: 'http://h.example/mrn', value: 'a1001' },
    'same',
  ],
  [
    'a national number by its type',
    typed('NNTWN', 'A123456789'),
    typed('NNTWN', 'a123456789', { system: 'urn:x' }),
    'same',
  ],
  [
    'a record number that was typed',
    typed('MR', '100234', { assigner: { display: 'City Hospital' } }),
    typed('MR', '100234', { system: 'urn:oid:1.2.3' }),
    'same',
  ],
  [
    'one of several',
    [ssn('999-12-3456'), typed('MR', '55512', { system: 'urn:a' })],
    typed('MR', '55512', { system: 'urn:a' }),
    'same',
  ],
  ['other values of one office', ssn('999-12-3456'), ssn('999-12-3457'), 'differs'],
  [
    'other record numbers of one hospital',
    typed('MR', '1001', { system: 'urn:a' }),
    typed('MR', '1002', { system: 'urn:a' }),
    'differs',
  ],
  ['two hospitals', typed('MR', '1001', { system: 'urn:a' }), typed('MR', '1001', { system: 'urn:b' }), 'none'],
  [
    'a renewed passport',
    typed('PPN', '300111', { system: 'urn:p' }),
    typed('PPN', '300222', { system: 'urn:p' }),
    'none',
  ],
  [
    'the number of a family',
    typed('MB', 'W12345', { system: 'urn:i' }),
    typed('MB', 'W12345', { system: 'urn:i' }),
    'none',
  ],
  ['a masked number', ssn('XXX-XX-3456'), ssn('999-12-3456'), 'none'],
  ['a filler', ssn('999-99-9999'), ssn('999-99-9999'), 'none'],
  ['none', [], ssn('999-12-3456'), 'none'],
]

test.each(NUMBERS)('C14: numbers that tell a person: %s', (_what, one, other, match) => {
  expect(compared({ number: one }, { number: other }).number).toBe(match)
})

const JOHN: Described = { name: parts('Smith', 'John'), born: BORN, sex: 'male' }
const VERDICTS: [what: string, file: Described, chart: Described, verdict: string][] = [
  ['name and birth date agree', JOHN, { name: 'John Smith', born: BORN }, 'same'],
  ['name and month agree', JOHN, { name: 'John Smith', born: '1980-05' }, 'same'],
  [
    'a number agrees after a marriage',
    { name: 'Anna Jones', number: ssn('999-12-3456') },
    { name: 'Anna Smith', number: ssn('999-12-3456') },
    'same',
  ],
  [
    'a number agrees across scripts',
    { name: '王小明', number: typed('NNTWN', 'A123456789') },
    { name: 'Wang Xiao-Ming', number: typed('NNTWN', 'A123456789') },
    'same',
  ],
  ['a number agrees and nothing else is told', { number: ssn('999-12-3456') }, { number: ssn('999-12-3456') }, 'same'],
  ['father and son of one name', JOHN, { ...JOHN, born: '1952-01-30' }, 'different'],
  ['father and son, one birth date missing', JOHN, { name: 'John Smith' }, 'unsure'],
  ['junior and senior', { name: 'John Smith Jr' }, { name: 'John Smith Sr' }, 'different'],
  ['twins', JOHN, { name: parts('Smith', 'Adam'), born: BORN, sex: 'male' }, 'different'],
  [
    'twins with names that look alike',
    { name: parts('Smith', 'Daniel'), born: BORN, sex: 'male' },
    { name: parts('Smith', 'Daniela'), born: BORN, sex: 'female' },
    'different',
  ],
  [
    'sisters with names that look alike',
    { name: parts('Smith', 'Maria'), born: BORN, sex: 'female' },
    { name: parts('Smith', 'Marie'), born: BORN, sex: 'female' },
    'unsure',
  ],
  [
    'a family under one number',
    { name: 'John Smith', born: BORN, number: ssn('999-12-3456') },
    { name: 'Mary Smith', born: '1982-01-01', number: ssn('999-12-3456') },
    'different',
  ],
  [
    'the number agrees and the birth date does not',
    { ...JOHN, number: ssn('999-12-3456') },
    { ...JOHN, born: '1980-12-05', number: ssn('999-12-3456') },
    'unsure',
  ],
  [
    'all agrees and the number does not',
    { ...JOHN, number: ssn('999-12-3456') },
    { ...JOHN, number: ssn('999-12-3499') },
    'unsure',
  ],
  ['all agrees and the sex does not', JOHN, { ...JOHN, sex: 'female' }, 'unsure'],
  ['only the year is told', JOHN, { name: 'John Smith', born: '1980' }, 'unsure'],
  ['another name, the birth date missing', JOHN, { name: 'Mei Chen' }, 'different'],
  ['no name, the birth date agrees', JOHN, { born: BORN }, 'unsure'],
  ['no name, another birth date', JOHN, { born: '1999-01-01' }, 'different'],
  ['scripts, the birth date agrees', { name: '王小明', born: BORN }, { name: 'Wang Xiao-Ming', born: BORN }, 'unsure'],
  ['scripts alone', { name: '王小明' }, { name: 'Wang Xiao-Ming' }, 'nothing'],
  [
    'scripts, another birth date',
    { name: '王小明', born: BORN },
    { name: 'Wang Xiao-Ming', born: '1999-01-01' },
    'different',
  ],
  ['the sex alone', { sex: 'male' }, { sex: 'male' }, 'nothing'],
  ['another sex and nothing else', { sex: 'male' }, { sex: 'female' }, 'different'],
  ['an empty chart', JOHN, {}, 'nothing'],
]

test.each(VERDICTS)('C14: whose file is this? %s', (_what, file, chart, verdict) => {
  expect(compared(file, chart).verdict).toBe(verdict)
})

test('C14: a chart with several descriptions of its person agrees with any of them', () => {
  const chart = personFacts([patient({ name: 'Anna' }), patient({ name: parts('Smith', 'Anna'), born: BORN })])
  expect(comparePeople(personFacts([patient({ name: 'Anna Smith', born: BORN })]), chart).verdict).toBe('same')
  expect(comparePeople(toldFacts({ name: 'Berta Smith', birthDate: BORN, gender: '' }), chart).verdict).toBe(
    'different',
  )
})
