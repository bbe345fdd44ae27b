/** Medicines that look like a recorded allergy or like another medicine, and names that only look alike. */
import { describe as group, expect, test } from 'vitest'
import { allergenOf, type Looked, medicineLooks as looksOf, parseJsonOrNull } from '@chartkeep/domain'

const READER = { now: Date.UTC(2026, 10, 21), zone: 'Asia/Taipei' }
const medicineLooks = (records: readonly Looked[]) => looksOf(records, READER)
let made = 0
const looked = (title: string, resource: object): Looked => ({
  id: String((made += 1)),
  title,
  resource: parseJsonOrNull(JSON.stringify(resource)),
})
const allergy = (text: string, more: object = {}) =>
  looked(text, {
    resourceType: 'AllergyIntolerance',
    clinicalStatus: { coding: [{ code: 'active' }] },
    code: { text },
    ...more,
  })
const medicine = (text: string, more: object = {}) =>
  looked(text, {
    resourceType: 'MedicationStatement',
    status: 'active',
    medicationCodeableConcept: { text },
    ...more,
  })

group('an allergy to the ingredient or its group is told', () => {
  test.each<[string, string]>([
    ['Penicillin', 'Amoxicillin 500 mg'],
    ['Penicillin', 'Penicillin V potassium'],
    ['Allergy to penicillin', 'Augmentin 1 g'],
    ['Amoxicillin', 'Piperacillin / tazobactam'],
    ['盤尼西林', 'Amoxicillin'],
    ['青黴素', '安莫西林膠囊'],
    ['青霉素过敏', 'Augmentin'],
    ['Penicillin', '阿莫西林'],
    ['Cephalosporins', 'Ceftriaxone 1 g'],
    ['頭孢', 'Keflex'],
    ['Cefaclor', 'cephalexin'],
    ['Sulfa', 'Sulfamethoxazole-Trimethoprim'],
    ['sulfonamide', 'Bactrim DS'],
    ['磺胺', 'Baktar'],
    ['Sulfa drugs', 'sulfasalazine 500 mg'],
    ['Aspirin', 'Ibuprofen 200 mg'],
    ['NSAIDs', 'Aspirin 100 mg'],
    ['Non-steroidal anti-inflammatory agents', 'Voltaren'],
    ['阿斯匹靈', '布洛芬'],
    ['阿斯匹靈過敏', 'naproxen'],
    ['非類固醇消炎藥', 'celecoxib'],
    ['acetylsalicylic acid', 'Bokey 100mg'],
    ['Morphine', 'codeine phosphate'],
    ['Opioids', 'Tramadol'],
    ['嗎啡', 'Fentanyl patch'],
    ['Codeine', 'Percocet'],
    ['Simvastatin', 'Lipitor'],
    ['Statins', 'rosuvastatin calcium'],
    ['立普妥', 'Crestor'],
    ['Lisinopril', 'enalapril maleate 5 mg'],
    ['ACE inhibitors', 'ramipril'],
    ['卡托普利', 'Lisinopril'],
    ['Erythromycin', 'azithromycin 250 MG'],
    ['Macrolides', '克拉黴素'],
    ['Ciprofloxacin', 'levofloxacin'],
    ['Doxycycline', 'minocycline'],
    ['Contrast dye', 'Iohexol 300'],
    ['顯影劑', 'Omnipaque'],
    ['Metformin', '24 HR Metformin hydrochloride 500 MG Extended Release Oral Tablet'],
    ['Paracetamol', 'Panadol'],
    ['普拿疼', 'acetaminophen'],
    ['Chlorhexidine', 'Chlorhexidine mouthwash'],
    ['利福平', '利福平膠囊'],
  ])('%s and %s', (what, name) => {
    const looks = medicineLooks([allergy(what), medicine('Vitamin D')])
    expect(looks.ofName(name).allergies).toEqual([allergenOf(what)])
    expect(looks.of(medicine(name)).allergies).toEqual([allergenOf(what)])
  })

  test('by the code alone, and by another coding of the same thing', () => {
    const rx = (code: string) => ({ coding: [{ system: 'http://www.nlm.nih.gov/research/umls/rxnorm', code }] })
    const looks = medicineLooks([allergy('7980', { code: rx('7980') })])
    expect(looks.of(medicine('pill', { medicationCodeableConcept: rx('7980') })).allergies).toEqual(['7980'])
    expect(looks.of(medicine('pill', { medicationCodeableConcept: rx('798') })).allergies).toEqual([])
    const named = { coding: [{ display: 'Product containing penicillin' }], text: 'local name' }
    expect(medicineLooks([allergy('local name', { code: named })]).ofName('Amoxicillin').allergies).toHaveLength(1)
  })

  test('of a device it is the latex', () => {
    const catheter = (name: string) => looked(name, { resourceType: 'Device', status: 'active', type: { text: name } })
    const looks = medicineLooks([allergy('乳膠')])
    expect(looks.of(catheter('Latex catheter')).allergies).toEqual(['乳膠'])
    expect(looks.of(catheter('Catheter, latex-free')).allergies).toEqual([])
  })
})

group('names that only look alike', () => {
  test.each<[string, string]>([
    ['Penicillin', 'Penicillamine'],
    ['Penicillin', 'Ceftriaxone'],
    ['Sulfa', 'Magnesium sulfate'],
    ['Sulfa', 'Ferrous sulphate'],
    ['Sulfa', 'Morphine sulfate'],
    ['Sulfonamides', 'glyburide'],
    ['Statins', 'Nystatin'],
    ['Statins', 'Imipenem / cilastatin'],
    ['Statins', 'Somatostatin'],
    ['他汀類', '西司他汀'],
    ['ACE inhibitors', 'April vitamins'],
    ['普利類', '依普利酮'],
    ['Codeine', 'Codeine-free cough syrup'],
    ['Codeine', 'Dextromethorphan'],
    ['Morphine', 'Apomorphine'],
    ['Opioids', 'Naloxone'],
    ['Macrolides', 'Vancomycin'],
    ['Erythromycin', 'Clindamycin'],
    ['Aspirin', 'Aspirin-free pain relief'],
    ['Aspirin', '5-ASA'],
    ['Aspirin', 'Acetaminophen'],
    ['NSAIDs', 'Prednisolone'],
    ['Latex', 'Latanoprost'],
    ['Tetracycline', 'Amitriptyline'],
    ['Dust', 'Dutasteride'],
    ['Potassium', 'Losartan potassium'],
    ['Nuts', 'Metformin'],
    ['Drug allergy', 'Drug'],
  ])('%s and %s', (what, name) => {
    expect(medicineLooks([allergy(what)]).ofName(name).allergies).toEqual([])
  })
})

test('only an allergy in force counts: none refuted, past, in error, unclear or stated as none', () => {
  const status = (element: string, code: string) => ({ [element]: { coding: [{ code }] } })
  const none = [
    allergy('Penicillin', status('verificationStatus', 'refuted')),
    allergy('Penicillin', status('verificationStatus', 'entered-in-error')),
    allergy('Penicillin', status('clinicalStatus', 'resolved')),
    allergy('Penicillin', { modifierExtension: [{ url: 'https://elsewhere.example/x' }] }),
    allergy('No known drug allergies'),
  ]
  expect(medicineLooks(none).ofName('Amoxicillin')).toEqual({ allergies: [], same: [] })
  const unsaid = allergy('Penicillin', { clinicalStatus: undefined })
  expect(medicineLooks([unsaid]).ofName('Amoxicillin').allergies).toEqual(['penicillin'])
  // A medicine that is over warns of nothing, whether its status or its period says so; one that is to come does.
  const looks = medicineLooks([unsaid])
  const ended = { effectivePeriod: { end: '2026-11-01' } }
  expect(looks.of(medicine('Amoxicillin', ended)).allergies).toEqual([])
  expect(looks.of(medicine('Amoxicillin', { effectivePeriod: { start: '2026-12-01' } })).allergies).toHaveLength(1)
  expect(medicineLooks([medicine('Panadol', ended)]).ofName('Tylenol').same).toEqual([])
  expect(looks.of(medicine('Amoxicillin', { status: 'stopped' })).allergies).toEqual([])
})

test('two current medicines of one ingredient are told, an order and its statement are one', () => {
  const [panadol, ultracet, vitamin] = [medicine('Panadol 500 mg'), medicine('Ultracet'), medicine('Vitamin D')]
  const looks = medicineLooks([panadol, ultracet, vitamin, medicine('Tylenol', { status: 'completed' })])
  expect(looks.of(panadol).same).toEqual(['Ultracet'])
  expect(looks.of(vitamin).same).toEqual([])
  expect(looks.ofName('乙醯胺酚').same).toEqual(['Panadol 500 mg', 'Ultracet'])
  expect(looks.ofName('Panadol', panadol.id).same).toEqual(['Ultracet'])
  // Two of one group are two ingredients.
  expect(medicineLooks([medicine('Ibuprofen')]).ofName('Naproxen').same).toEqual([])
  // What the table does not know goes by its words.
  expect(medicineLooks([medicine('Carbamazepine 200 mg tablet')]).ofName('carbamazepine').same).toHaveLength(1)
  const order = looked('Lisinopril 10 mg', {
    resourceType: 'MedicationRequest',
    status: 'active',
    medicationCodeableConcept: { text: 'Lisinopril 10 mg' },
  })
  const taken = medicine('Lisinopril 10 mg')
  expect(medicineLooks([order, taken]).of(order).same).toEqual([])
  expect(medicineLooks([order, medicine('Zestril')]).of(order).same).toEqual(['Zestril'])
})

test('what the allergy is to is named without the word allergy', () => {
  expect(
    ['Allergy to penicillin (finding)', 'Penicillin allergy', '對盤尼西林過敏', '磺胺過敏', 'Nuts', 'Allergy'].map(
      allergenOf,
    ),
  ).toEqual(['penicillin', 'penicillin', '盤尼西林', '磺胺', 'Nuts', 'Allergy'])
})
