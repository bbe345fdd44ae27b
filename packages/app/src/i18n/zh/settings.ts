import type { Translated } from '../translated.ts'
import type { settings as en } from '../en/settings.ts'

export const settings: Translated<typeof en> = {
  settings: {
    language: '語言',
    theme: '淺色或深色',
    themeLight: '淺色',
    themeDark: '深色',
    themeAuto: '與裝置相同',
    text: '文字大小',
    textNormal: '一般',
    textLarge: '大',
    textLarger: '特大',
    calendar: '曆法',
    gregorian: '西元（2026）',
    roc: '民國（115）',
    lockTime: '自動鎖定',
    minutes_other: '{count} 分鐘後',
    never: '只在我鎖定時',
    server: '伺服器',
    licences: '授權條款',
    licenceText: 'Chartkeep 是以 Apache License 2.0 授權的自由軟體。',
    plain: '這些設定只留在此裝置且不加密，讓解鎖畫面可以使用。',
    version: '版本 {version}',
    update: '新版本已準備好。',
    updateNow: '使用新版本',
  },
}
