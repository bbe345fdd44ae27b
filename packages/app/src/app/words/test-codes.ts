/**
 * Common laboratory tests by LOINC code and long common name, with everyday names in both languages (ours) and the units that fit the code.
 *
 * This material contains content from LOINC (http://loinc.org). LOINC is copyright © Regenstrief Institute, Inc. and the Logical Observation
 * Identifiers Names and Codes (LOINC) Committee and is available at no cost under the license at http://loinc.org/license. LOINC® is a
 * registered United States trademark of Regenstrief Institute, Inc. A small subset, typed by hand; see docs/notices.md.
 */
import type { CodeChoice } from '@chartkeep/domain'

type Row = readonly [code: string, display: string, en: string, zh: string, ...units: string[]]

const PLASMA = 'in Serum or Plasma'
const ENZYME = `[Enzymatic activity/volume] ${PLASMA}`
const COUNT = 'by Automated count'

const ROWS: readonly Row[] = [
  ['4548-4', 'Hemoglobin A1c/Hemoglobin.total in Blood', 'HbA1c', '糖化血色素 HbA1c', '%'],
  ['59261-8', 'Hemoglobin A1c/Hemoglobin.total in Blood by IFCC protocol', 'HbA1c', '糖化血色素 HbA1c', 'mmol/mol'],
  ['2345-7', `Glucose [Mass/volume] ${PLASMA}`, 'Glucose', '血糖', 'mg/dL'],
  ['14749-6', `Glucose [Moles/volume] ${PLASMA}`, 'Glucose', '血糖', 'mmol/L'],
  ['1558-6', `Fasting glucose [Mass/volume] ${PLASMA}`, 'Fasting glucose', '空腹血糖', 'mg/dL'],
  ['2093-3', `Cholesterol [Mass/volume] ${PLASMA}`, 'Total cholesterol', '總膽固醇', 'mg/dL'],
  ['14647-2', `Cholesterol [Moles/volume] ${PLASMA}`, 'Total cholesterol', '總膽固醇', 'mmol/L'],
  ['2085-9', `Cholesterol in HDL [Mass/volume] ${PLASMA}`, 'HDL cholesterol', '高密度脂蛋白膽固醇 HDL', 'mg/dL'],
  ['14646-4', `Cholesterol in HDL [Moles/volume] ${PLASMA}`, 'HDL cholesterol', '高密度脂蛋白膽固醇 HDL', 'mmol/L'],
  ['2089-1', `Cholesterol in LDL [Mass/volume] ${PLASMA}`, 'LDL cholesterol', '低密度脂蛋白膽固醇 LDL', 'mg/dL'],
  ['22748-8', `Cholesterol in LDL [Moles/volume] ${PLASMA}`, 'LDL cholesterol', '低密度脂蛋白膽固醇 LDL', 'mmol/L'],
  ['2571-8', `Triglyceride [Mass/volume] ${PLASMA}`, 'Triglycerides', '三酸甘油酯', 'mg/dL'],
  ['14927-8', `Triglyceride [Moles/volume] ${PLASMA}`, 'Triglycerides', '三酸甘油酯', 'mmol/L'],
  ['2160-0', `Creatinine [Mass/volume] ${PLASMA}`, 'Creatinine', '肌酸酐', 'mg/dL'],
  ['14682-9', `Creatinine [Moles/volume] ${PLASMA}`, 'Creatinine', '肌酸酐', 'umol/L'],
  ['3094-0', `Urea nitrogen [Mass/volume] ${PLASMA}`, 'Urea nitrogen (BUN)', '尿素氮 BUN', 'mg/dL'],
  ['3084-1', `Urate [Mass/volume] ${PLASMA}`, 'Uric acid', '尿酸', 'mg/dL'],
  ['2951-2', `Sodium [Moles/volume] ${PLASMA}`, 'Sodium', '鈉', 'mmol/L', 'meq/L'],
  ['2823-3', `Potassium [Moles/volume] ${PLASMA}`, 'Potassium', '鉀', 'mmol/L', 'meq/L'],
  ['2075-0', `Chloride [Moles/volume] ${PLASMA}`, 'Chloride', '氯', 'mmol/L', 'meq/L'],
  ['17861-6', `Calcium [Mass/volume] ${PLASMA}`, 'Calcium', '鈣', 'mg/dL'],
  ['1742-6', `Alanine aminotransferase ${ENZYME}`, 'ALT (GPT)', '丙胺酸轉胺酶 ALT (GPT)', 'U/L'],
  ['1920-8', `Aspartate aminotransferase ${ENZYME}`, 'AST (GOT)', '天門冬胺酸轉胺酶 AST (GOT)', 'U/L'],
  ['6768-6', `Alkaline phosphatase ${ENZYME}`, 'Alkaline phosphatase', '鹼性磷酸酶', 'U/L'],
  ['2324-2', `Gamma glutamyl transferase ${ENZYME}`, 'Gamma-GT', '丙麩胺轉移酶 γ-GT', 'U/L'],
  ['1975-2', `Bilirubin.total [Mass/volume] ${PLASMA}`, 'Bilirubin, total', '總膽紅素', 'mg/dL'],
  ['1751-7', `Albumin [Mass/volume] ${PLASMA}`, 'Albumin', '白蛋白', 'g/dL', 'g/L'],
  ['2885-2', `Protein [Mass/volume] ${PLASMA}`, 'Total protein', '總蛋白', 'g/dL', 'g/L'],
  ['718-7', 'Hemoglobin [Mass/volume] in Blood', 'Hemoglobin', '血紅素', 'g/dL', 'g/L'],
  ['4544-3', `Hematocrit [Volume Fraction] of Blood ${COUNT}`, 'Hematocrit', '血球容積比', '%'],
  ['789-8', `Erythrocytes [#/volume] in Blood ${COUNT}`, 'Red blood cells', '紅血球', '10*6/uL', '10*12/L'],
  ['6690-2', `Leukocytes [#/volume] in Blood ${COUNT}`, 'White blood cells', '白血球', '10*3/uL', '10*9/L'],
  ['777-3', `Platelets [#/volume] in Blood ${COUNT}`, 'Platelets', '血小板', '10*3/uL', '10*9/L'],
  ['1988-5', `C reactive protein [Mass/volume] ${PLASMA}`, 'CRP', 'C 反應蛋白 CRP', 'mg/L', 'mg/dL'],
  ['3016-3', `Thyrotropin [Units/volume] ${PLASMA}`, 'TSH', '甲狀腺刺激素 TSH', 'u[IU]/mL', 'm[IU]/L'],
  ['3024-7', `Thyroxine (T4) free [Mass/volume] ${PLASMA}`, 'Free T4', '游離甲狀腺素 Free T4', 'ng/dL'],
  ['2276-4', `Ferritin [Mass/volume] ${PLASMA}`, 'Ferritin', '鐵蛋白', 'ng/mL', 'ug/L'],
  ['2498-4', `Iron [Mass/volume] ${PLASMA}`, 'Iron', '鐵', 'ug/dL'],
  ['2132-9', `Cobalamin (Vitamin B12) [Mass/volume] ${PLASMA}`, 'Vitamin B12', '維生素 B12', 'pg/mL'],
  ['2284-8', `Folate [Mass/volume] ${PLASMA}`, 'Folate', '葉酸', 'ng/mL'],
  ['2857-1', `Prostate specific Ag [Mass/volume] ${PLASMA}`, 'PSA', '攝護腺特異抗原 PSA', 'ng/mL'],
  ['6301-6', 'INR in Platelet poor plasma by Coagulation assay', 'INR', '國際標準化比值 INR'],
  ['882-1', 'ABO and Rh group [Type] in Blood', 'Blood group', '血型'],
  ['5048-4', 'Nuclear Ab [Titer] in Serum by Immunofluorescence', 'ANA', '抗核抗體 ANA'],
  ['22322-2', 'Hepatitis B virus surface Ab [Presence] in Serum', 'Hepatitis B surface antibody', 'B 型肝炎表面抗體'],
  [
    '14959-1',
    'Microalbumin/Creatinine [Mass Ratio] in Urine',
    'Urine albumin/creatinine',
    '尿液白蛋白/肌酸酐比',
    'mg/g',
  ],
]

/** Names of the tests in a language, each once. */
export function testNames(language: string): string[] {
  return [...new Set(ROWS.map(([, , en, zh]) => (language === 'en' ? en : zh)))]
}

/**
 * The code of a test by its name in either language; null for other words, and where the unit does not fit any code of that
 * name: LOINC tells mass from substance concentration. Without a unit the first code is meant only if it is the only one.
 */
export function testCode(name: string, unitCode: string, unit: string): CodeChoice | null {
  const wanted = name.trim().toLowerCase()
  const named = ROWS.filter(([, , en, zh]) => en.toLowerCase() === wanted || zh.toLowerCase() === wanted)
  const fits = named.filter(([, , , , ...units]) =>
    unit === '' ? named.length === 1 : units.length === 0 || units.includes(unitCode || unit),
  )
  const [row] = fits
  return row === undefined ? null : { system: 'http://loinc.org', code: row[0], display: row[1] }
}

/** The everyday Chinese names of the tests, by LOINC code. */
export const TESTS_ZH: ReadonlyMap<string, string> = new Map(ROWS.map(([code, , , zh]) => [code, zh]))
