/** How dangerous an allergy is, by criticality, by each past reaction and by what the reactions are called. */
import { describe as group, expect, test } from 'vitest'
import { allergyDanger, parseJsonOrNull } from '@chartkeep/domain'

const danger = (more: object) =>
  allergyDanger(
    parseJsonOrNull(JSON.stringify({ resourceType: 'AllergyIntolerance', code: { text: 'Nuts' }, ...more })),
  )
const reaction = (manifestation: object, severity?: string) => ({ manifestation: [manifestation], severity })

group('what a record says of the danger', () => {
  test.each<[string, object, ReturnType<typeof allergyDanger>]>([
    ['nothing', {}, { worst: '', criticality: '', isHigh: false }],
    ['a high risk', { criticality: 'high' }, { worst: '', criticality: 'high', isHigh: true }],
    [
      'a severe reaction without a risk',
      { reaction: [reaction({ text: 'Hives' }, 'severe')] },
      { worst: 'severe', criticality: '', isHigh: true },
    ],
    [
      'a severe reaction and a low risk',
      { criticality: 'low', reaction: [reaction({ text: 'Hives' }, 'severe')] },
      { worst: 'severe', criticality: 'low', isHigh: true },
    ],
    [
      'the worst of several reactions, wherever it stands',
      {
        reaction: [reaction({ text: 'Itch' }, 'mild'), reaction({ text: 'Hives' }, 'severe'), reaction({ text: 'x' })],
      },
      { worst: 'severe', criticality: '', isHigh: true },
    ],
    [
      'a moderate reaction',
      { reaction: [reaction({ text: 'Itch' }, 'mild'), reaction({ text: 'Hives' }, 'moderate')] },
      { worst: 'moderate', criticality: '', isHigh: false },
    ],
    [
      'anaphylaxis by code, and called mild',
      { reaction: [reaction({ coding: [{ system: 'http://snomed.info/sct', code: '39579001' }] }, 'mild')] },
      { worst: 'severe', criticality: '', isHigh: true },
    ],
    ['the codes of DSTU2', { criticality: 'CRITH' }, { worst: '', criticality: 'high', isHigh: true }],
    [
      'the words of other senders',
      { reaction: [reaction({ text: 'x' }, 'Life-threatening')] },
      { worst: 'severe', criticality: '', isHigh: true },
    ],
  ])('%s', (_, more, expected) => {
    expect(danger(more)).toEqual(expected)
  })
})

test.each([
  'Anaphylaxis',
  'anaphylactic shock',
  'Anaphylactoid reaction',
  'Swelling, then anaphylaxis',
  'Stevens-Johnson syndrome',
  'Laryngeal oedema',
  'Throat swelling',
  'Edema of larynx',
  '過敏性休克',
  '喉頭水腫',
  '全身性過敏反應',
  '过敏性休克',
  '史帝文生強生症候群',
  '毒性表皮溶解症',
])('"%s" is severe without a severity', (text) => {
  expect(danger({ reaction: [reaction({ text })] }).worst).toBe('severe')
  expect(danger({ reaction: [{ description: text }] }).worst).toBe('severe')
})

test.each([
  'Hives',
  'No anaphylaxis',
  'rash without any anaphylaxis',
  'non-anaphylactic rash',
  '無過敏性休克',
  '起疹',
  'Sore throat',
])('"%s" is not', (text) => {
  expect(danger({ reaction: [reaction({ text })] }).worst).toBe('')
})

test('a record of any shape has a danger', () => {
  for (const odd of [null, 7, [], { reaction: 'x' }, { reaction: [[[{ severity: 7 }]]], criticality: {} }])
    expect(allergyDanger(odd)).toEqual({ worst: '', criticality: '', isHigh: false })
})
