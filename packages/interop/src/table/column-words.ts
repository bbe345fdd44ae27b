/** What the columns of a table of results are for, told by their header in English, Chinese and other languages of laboratories. */

export type ColumnUse =
  | 'date'
  | 'time'
  | 'test'
  | 'code'
  | 'value'
  | 'unit'
  | 'range'
  | 'low'
  | 'high'
  | 'flag'
  | 'place'
  | 'note'
  | 'person'
  | 'birth-date'
  | 'person-number'
  | 'none'

/** Earlier ones win: a column is named by its most telling words. */
const WORDS: readonly [use: ColumnUse, words: RegExp][] = [
  [
    'birth-date',
    /^(?:dob|d\.o\.b\.|birth ?dates?|date of birth|birthday|出生日期|生日|出生年月日|geburtsdatum|date de naissance|fecha de nacimiento)$/u,
  ],
  [
    'person-number',
    /^(?:mrn|patient (?:id|number|no\.?)|medical record (?:number|no\.?)|chart (?:no\.?|number)|病歷號碼?|病歷號|身分證(?:字號|號碼?)?|patienten-?nr\.?|patientennummer)$/u,
  ],
  [
    'person',
    /^(?:patient|name|patient(?:'s)? name|姓名|病人姓名|病患姓名|病患|病人|受檢者(?:姓名)?|patientenname|nom(?: du patient)?|paciente|nombre)$/u,
  ],
  [
    'low',
    /^(?:(?:ref(?:erence|\.)?|normal|range)[ _-]?(?:range )?(?:low|min(?:imum)?|lower(?: limit)?)|low(?:er)?(?: limit| normal)?|lln|下限|參考值?下限|參考(?:值|範圍)[(（]?低[)）]?|untergrenze)$/u,
  ],
  [
    'high',
    /^(?:(?:ref(?:erence|\.)?|normal|range)[ _-]?(?:range )?(?:high|max(?:imum)?|upper(?: limit)?)|(?:high|upper)(?: limit| normal)|uln|上限|參考值?上限|參考(?:值|範圍)[(（]?高[)）]?|obergrenze)$/u,
  ],
  [
    'range',
    /^(?:(?:biological )?ref(?:erence|\.)?[ _-]?(?:ranges?|intervals?|values?)?(?: \/ cutoff)?|normal(?: range| values?)?|range|expected(?: range| values?)?|參考(?:值|範圍|區間|值範圍|值區間)?|參考值\/單位|正常(?:值|範圍|值範圍)|生物參考區間|参考(?:值|范围|区间)|referenz(?:bereich|wert|werte|intervall)?|normbereich|normwert|valeurs? (?:de r[ée]f[ée]rence|usuelles|normales)|r[ée]f[ée]rences?|valores? de referencia|rango(?: de referencia)?)$/u,
  ],
  [
    'flag',
    /^(?:(?:abnormal|result)?[ _-]?flags?|abnormal(?:ity)?|h\/l|hi\/lo|interpretation|indicator|out of range|status flag|異常(?:註記|標記|值|旗標)?|高低|判讀|判定|注記|標記|异常|bewertung|auff[äa]llig|markierung|drapeau|anormal)$/u,
  ],
  [
    'unit',
    /^(?:(?:(?:test|result|value|observation|measurement|lab)[ _-]?)?units?(?: of measure(?:ment)?)?|uom|單位|单位|einheit(?:en)?|unit[ée]s?|unidad(?:es)?)$/u,
  ],
  ['code', /^(?:loinc(?:[ _-]?(?:code|num(?:ber)?))?)$/u],
  [
    'value',
    /^(?:(?:(?:test|lab(?:oratory)?|numeric|observed|your|obs)[ _-]?)?(?:results?|values?)(?:[ _-]?(?:values?|numeric))?|observation value|measurement|reading|finding|(?:檢驗|檢查|測定|報告)?(?:結果|數值|數據|值)|檢驗結果值|(?:检验|检查)?(?:结果|数值)|ergebnis(?:se)?|messwert|wert|r[ée]sultats?|valeur|resultados?|valor)$/u,
  ],
  [
    'test',
    /^(?:(?:lab(?:oratory)?[ _-]?)?(?:test|analyte|component|parameter|observation|exam(?:ination)?|procedure|assay|marker|biomarker)(?:[ _-]?(?:name|description|item|component))?|tests|item|lab|name of test|(?:檢驗|檢查|檢測|測試|化驗)?(?:項目|名稱|項目名稱)|檢驗|(?:检验|检查|检测)(?:项目|名称)|项目|analyse|untersuchung|parameter|bezeichnung|messgr[öo](?:ß|ss)e|analyses?|examen|param[èe]tre|prueba|an[áa]lisis|par[áa]metro)$/u,
  ],
  [
    'time',
    /^(?:(?:collection|collected|test|result|sample|specimen)?[ _-]?time|時間|採檢時間|檢驗時間|时间|uhrzeit|zeit|heure|hora)$/u,
  ],
  [
    'date',
    /^(?:(?:(?:collection|collected|specimen|sample|draw|drawn|test|tested|result|observation|report|reported|service|lab|effective|visit|exam)[ _-]?(?:date|date ?(?:\/|and|&|_)? ?time|datetime|on|day)?|date(?: ?(?:\/|and|&|_)? ?time)?|datetime|day|when|date (?:of )?(?:collection|collected|test|service|result|specimen|taken))|(?:檢驗|檢查|採檢|報告|檢體|採血|就醫|收件|測量|抽血|健檢|看診)?(?:日期|日期時間|日)|採檢日期時間|(?:检验|检查|采样|报告)?日期|(?:abnahme|entnahme|befund|untersuchungs)?datum|pr[ée]l[èe]vement|date (?:de|du) .{1,20}|fecha(?: .{1,20})?)$/u,
  ],
  [
    'place',
    /^(?:lab(?:oratory)?(?: name)?|performing (?:lab(?:oratory)?|organization)|facility|hospital|clinic|location|檢驗(?:院所|機構|單位)|院所(?:名稱)?|醫院|醫療院所|機構|labor|laboratoire|laboratorio)$/u,
  ],
  ['note', /^(?:comments?|notes?|remarks?|備註|註解|说明|說明|備考|kommentar|bemerkung|commentaire|comentarios?)$/u],
]

/** What a column with this header is for; `none` for others. */
export function useOfHeader(header: string): ColumnUse {
  const plain = header
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[_\s]+/gu, ' ')
    .replace(/[:：*]+$/u, '')
    .trim()
  return WORDS.find(([, words]) => words.test(plain))?.[0] ?? 'none'
}

/** Names by which a column of a wide table is surely an analyte, also without a unit in its header. */
const ANALYTE =
  /^(?:glucose|glu|ac ?sugar|fasting glucose|hb ?a1c|hemoglobin|h[ae]moglobin|hgb|hb|hct|hematocrit|wbc|rbc|plt|platelets?|mcv|mch|mchc|creatinine|crea|cre|bun|urea|egfr|uric acid|ua|alt|ast|gpt|got|sgpt|sgot|alp|ggt|r-gt|bilirubin|t-?bil|albumin|alb|sodium|na|potassium|k|chloride|cl|calcium|ca|cholesterol|total cholesterol|chol|tc|ldl(?:-c)?|hdl(?:-c)?|triglycerides?|tg|tsh|free t4|ft4|t3|t4|crp|hs-?crp|esr|psa|ferritin|iron|vitamin d|vitamin b12|inr|pt|aptt|血糖|飯前血糖|飯後血糖|空腹血糖|糖化血色素|血色素|血紅素|白血球|紅血球|血小板|肌酸酐|肌酐|尿素氮|尿酸|總膽固醇|膽固醇|三酸甘油酯|低密度脂蛋白(?:膽固醇)?|高密度脂蛋白(?:膽固醇)?|鈉|鉀|氯|鈣|白蛋白|甲狀腺刺激素)$/u

/** Name and unit in the header of a column of values: `Glucose (mg/dL)`. Null for a header that names no analyte for certain. */
export function analyteOfHeader(header: string): { test: string; unit: string } | null {
  const plain = header.normalize('NFC').trim()
  const found = /^(.{1,80}?)\s*[([（［]\s*([^()[\]（）［］]{1,20})\s*[)\]）］]$/u.exec(plain)
  if (found !== null && looksLikeUnit(found[2]!)) return { test: found[1]!.trim(), unit: found[2]!.trim() }
  return ANALYTE.test(plain.normalize('NFKC').toLowerCase()) ? { test: plain, unit: '' } : null
}

/** Whether the text can be a unit of a laboratory. */
export function looksLikeUnit(text: string): boolean {
  const plain = text.normalize('NFKC').trim()
  return /^(?:%|‰|[a-zµμ]{1,5}\/[a-zµμ0-9.]{1,8}(?:\/.{1,10})?|(?:x ?)?10[\^*]?\d{1,2} ?\/ ?[a-zµμ]{1,3}|\/[a-zµμ]{1,5}|fl|pg|ratio|s|sec|mm|cm|kg|bpm|mmhg|[cdmµμn]?g|(?:k|m|m?i)?u\/m?l|meq\/l|cells\/.{1,5}|index|s\/co|coi|g\/24h|萬\/ul|千\/ul)$/iu.test(
    plain,
  )
}
