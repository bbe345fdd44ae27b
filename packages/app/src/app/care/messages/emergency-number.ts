/** The number for emergencies where this device seems to be: by the region of its language, else by its time zone, else the one that works in most places. */

const BY_REGION: Readonly<Record<string, string>> = {
  TW: '119',
  JP: '119',
  KR: '119',
  CN: '120',
  HK: '999',
  MO: '999',
  SG: '995',
  MY: '999',
  US: '911',
  CA: '911',
  MX: '911',
  GB: '999',
  IE: '112',
  AU: '000',
  NZ: '111',
  IN: '112',
  BR: '192',
  ZA: '112',
}
const BY_ZONE: Readonly<Record<string, string>> = {
  'Asia/Taipei': 'TW',
  'Asia/Tokyo': 'JP',
  'Asia/Seoul': 'KR',
  'Asia/Hong_Kong': 'HK',
  'Asia/Singapore': 'SG',
  'Europe/London': 'GB',
}
/** Answered in Europe, and by mobile phones nearly everywhere. */
const ANYWHERE = '112'

/** `language` as browsers name it (`zh-TW`), `zone` as the IANA database does. A zone says where one is, a language only where it is spoken. */
export function emergencyNumber(
  language: string = navigator.language,
  zone: string = Intl.DateTimeFormat().resolvedOptions().timeZone,
): string {
  const region = BY_ZONE[zone] ?? language.split('-').find((part) => /^[A-Z]{2}$/u.test(part)) ?? ''
  return BY_REGION[region] ?? ANYWHERE
}
