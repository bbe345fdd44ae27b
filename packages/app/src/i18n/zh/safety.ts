import type { Translated } from '../translated.ts'
import type { safety as en } from '../en/safety.ts'

export const safety: Translated<typeof en> = {
  safety: {
    title: '安全',
    oneWay: '您目前只有一種進入方式，請再加一種。',
    oneWayWhat: '忘記四個字詞時，只有復原文件或第二台裝置能讓您回來。',
    ways_other: '您有 {count} 種進入方式。',
    kitSaved: '已儲存並核對',
    kitMissing: '尚未儲存',
    devices: '其他裝置',
    noneYet: '尚無',
    deviceCount_other: '另有 {count} 台裝置',
    helper: '有人協助您',
    helperWhat: '對方也能開啟您的健康檔案',
    pinFirst: '請先儲存復原文件。PIN 只在此裝置有效，您需要另一種找回方式。',
  },
  firstRecord: {
    title: '{name}，歡迎您。想先新增什麼？',
    what: '請選一項，不到一分鐘就能完成，之後都可以修改。',
    photo: '拍照',
    photoWhat: '信件、檢驗報告或藥盒都可以。細節現在或之後再填。',
    medicine: '藥品',
    medicineWhat: '正在使用或用過的藥',
    allergy: '過敏',
    allergyWhat: '沒有過敏也可以記下來',
    import: '匯入紀錄',
    importWhat: '從醫院或其他程式',
    other: '家人的健康檔案',
    otherWhat: '孩子或父母',
    look: '先逛逛就好',
  },
}
