import type { Translated } from '../translated.ts'
import type { safety as en } from '../en/safety.ts'

export const safety: Translated<typeof en> = {
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
