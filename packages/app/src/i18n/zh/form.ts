import type { Translated } from '../translated.ts'
import type { form as en } from '../en/form.ts'

export const form: Translated<typeof en> = {
  form: {
    invalid: '這些內容無法存成健康紀錄。請檢查欄位；您填寫的內容都還在。',
    for: '對象：{name}',
    more: '更多：日期、備註、細節',
    asTyped: '照樣使用「{text}」',
    suggestions_other: '{count} 個建議',
    draft: '草稿已保留',
    draftOf: '這是您 {time} 未完成的內容，已加密儲存，只在此裝置上。',
    draftStale: '此紀錄之後已有較新的版本，儲存前請先比對。',
    dropDraft: '捨棄並重新開始',
    full: '這裡最多 {n} 個字，請檢查結尾是否完整。',
    notSaved: '無法儲存，內容仍在畫面上。請再試一次。',
    notes: '備註',
    required: '請填寫「{field}」。',
    bad: '「{field}」格式不符，請檢查。',
    clearChoice: '清除選擇',
    correctionReason: '為什麼要更正？（選填）',
    correctTitle: '更正{what}',
    rowOf: '{legend}，第 {n} 項',
    removeRow: '移除第 {n} 項',
  },
  date: {
    hint: '可填年、月或日：1997、1997-03、1997-03-21，或民國 86/3/21',
    reads: '讀作 {date}',
    hintTime: '日期和時刻：2026-11-21 08:30；也可只填年、月或日',
    hintDay: '年月日：2027-03-21，或民國 116/3/21',
    now: '現在',
    bad: '無法讀出這個日期。請寫成 1997、1997-03 或 1997-03-21。',
    badDay: '無法讀出這一天。請寫成 2027-03-21。',
    year: '{date}（只知道年份）',
    month: '{date}（只知道月份）',
    today: '今天',
  },
}
