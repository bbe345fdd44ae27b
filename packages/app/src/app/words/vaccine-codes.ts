/**
 * Common vaccines by CVX code and short description of the CDC (https://www2a.cdc.gov/vaccines/iis/iisstandards/vaccines.asp?rpt=cvx; a work
 * of the United States government, in the public domain), with everyday names in both languages (ours). A small subset, typed by hand.
 */
import type { CodeChoice } from '@chartkeep/domain'

type Row = readonly [code: string, display: string, en: string, zh: string]

const ROWS: readonly Row[] = [
  ['88', 'influenza, unspecified formulation', 'Influenza', '流感疫苗'],
  ['213', 'SARS-COV-2 (COVID-19) vaccine, UNSPECIFIED', 'COVID-19', 'COVID-19 疫苗'],
  ['208', 'COVID-19, mRNA, LNP-S, PF, 30 mcg/0.3 mL dose', 'COVID-19 (Pfizer-BioNTech)', 'COVID-19 疫苗（BNT）'],
  ['207', 'COVID-19, mRNA, LNP-S, PF, 100 mcg/0.5 mL dose', 'COVID-19 (Moderna)', 'COVID-19 疫苗（莫德納）'],
  ['03', 'MMR', 'MMR (measles, mumps, rubella)', '麻疹腮腺炎德國麻疹混合疫苗 MMR'],
  ['21', 'varicella', 'Varicella (chickenpox)', '水痘疫苗'],
  ['94', 'MMRV', 'MMRV', '麻疹腮腺炎德國麻疹水痘混合疫苗'],
  ['20', 'DTaP', 'DTaP', '白喉破傷風非細胞性百日咳混合疫苗 DTaP'],
  ['115', 'Tdap', 'Tdap', '減量破傷風白喉非細胞性百日咳混合疫苗 Tdap'],
  ['139', 'Td(adult) unspecified formulation', 'Td (tetanus, diphtheria)', '破傷風減量白喉混合疫苗 Td'],
  ['112', 'tetanus toxoid, unspecified formulation', 'Tetanus', '破傷風疫苗'],
  ['10', 'IPV', 'Polio, injected (IPV)', '小兒麻痺疫苗（注射，IPV）'],
  ['89', 'polio, unspecified formulation', 'Polio', '小兒麻痺疫苗'],
  ['120', 'DTaP-Hib-IPV', 'DTaP-Hib-IPV', '五合一疫苗 DTaP-Hib-IPV'],
  ['17', 'Hib, unspecified formulation', 'Hib', 'b 型嗜血桿菌疫苗 Hib'],
  ['45', 'Hep B, unspecified formulation', 'Hepatitis B', 'B 型肝炎疫苗'],
  ['85', 'Hep A, unspecified formulation', 'Hepatitis A', 'A 型肝炎疫苗'],
  ['104', 'Hep A-Hep B', 'Hepatitis A and B', 'A 型 B 型肝炎混合疫苗'],
  ['122', 'rotavirus, unspecified formulation', 'Rotavirus', '輪狀病毒疫苗'],
  ['33', 'pneumococcal polysaccharide PPV23', 'Pneumococcal PPV23', '23 價肺炎鏈球菌疫苗'],
  ['133', 'Pneumococcal conjugate PCV 13', 'Pneumococcal PCV13', '13 價肺炎鏈球菌疫苗'],
  ['109', 'pneumococcal, unspecified formulation', 'Pneumococcal', '肺炎鏈球菌疫苗'],
  ['187', 'zoster recombinant', 'Shingles (zoster, recombinant)', '帶狀疱疹疫苗（重組）'],
  ['121', 'zoster live', 'Shingles (zoster, live)', '帶狀疱疹疫苗（活性）'],
  ['165', 'HPV9', 'HPV, 9-valent', '九價人類乳突病毒疫苗'],
  ['137', 'HPV, unspecified formulation', 'HPV', '人類乳突病毒疫苗 HPV'],
  ['19', 'BCG', 'BCG (tuberculosis)', '卡介苗 BCG'],
  ['129', 'Japanese Encephalitis, unspecified formulation', 'Japanese encephalitis', '日本腦炎疫苗'],
  ['37', 'yellow fever', 'Yellow fever', '黃熱病疫苗'],
  ['91', 'typhoid, unspecified formulation', 'Typhoid', '傷寒疫苗'],
  ['90', 'rabies, unspecified formulation', 'Rabies', '狂犬病疫苗'],
  ['108', 'meningococcal ACWY, unspecified formulation', 'Meningococcal ACWY', '腦膜炎雙球菌疫苗 ACWY'],
  ['162', 'meningococcal B, recombinant', 'Meningococcal B (recombinant)', '腦膜炎雙球菌 B 型疫苗（重組）'],
  ['163', 'meningococcal B, OMV', 'Meningococcal B (OMV)', '腦膜炎雙球菌 B 型疫苗（OMV）'],
]

/** Names of the vaccines in a language. */
export function vaccineNames(language: string): string[] {
  return ROWS.map(([, , en, zh]) => (language === 'en' ? en : zh))
}

/** The code of a vaccine by its name in either language; null for other words. */
export function vaccineCode(name: string): CodeChoice | null {
  const wanted = name.trim().toLowerCase()
  const row = ROWS.find(([, , en, zh]) => en.toLowerCase() === wanted || zh.toLowerCase() === wanted)
  return row === undefined ? null : { system: 'http://hl7.org/fhir/sid/cvx', code: row[0], display: row[1] }
}

/** The everyday Chinese names of the vaccines, by CVX code. */
export const VACCINES_ZH: ReadonlyMap<string, string> = new Map(ROWS.map(([code, , , zh]) => [code, zh]))
