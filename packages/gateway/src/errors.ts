/**
 * Every refusal of the gateway, once: status, the code of FHIR (hl7.org/fhir/R4/valueset-issue-type), our own code and its words. No text holds
 * content of a record or a token.
 */

interface Entry {
  status: number
  issue: string
  en: string
  zh: string
}

const ERRORS = {
  'no-token': {
    status: 401,
    issue: 'login',
    en: 'Send a token: Authorization: Bearer ck_...',
    zh: '請附上權杖：Authorization: Bearer ck_...',
  },
  'bad-token': {
    status: 401,
    issue: 'login',
    en: 'This gateway does not know the token. Ask the person for a new one.',
    zh: '此閘道不認得這個權杖。請向本人索取新的權杖。',
  },
  'token-ended': {
    status: 401,
    issue: 'expired',
    en: 'The token has ended. Get a new one.',
    zh: '權杖已到期，請重新取得。',
  },
  'grant-ended': {
    status: 403,
    issue: 'forbidden',
    en: 'The person has ended this access, or its time has ended. Nothing more can be read.',
    zh: '本人已結束此存取權，或期限已過。無法再讀取。',
  },
  'not-granted': {
    status: 403,
    issue: 'forbidden',
    en: 'The person has not allowed this. Ask for it with a new request.',
    zh: '本人未允許此操作。請提出新的請求。',
  },
  'not-your-record': {
    status: 403,
    issue: 'forbidden',
    en: 'Another author wrote this record. A program can only change its own records. Add a record of your own, or suggest a change.',
    zh: '這筆紀錄由他人撰寫。程式只能更改自己的紀錄；您可以新增紀錄，或提出更改建議。',
  },
  'propose-only': {
    status: 403,
    issue: 'forbidden',
    en: 'This program may suggest and not write. The person decides what becomes a record.',
    zh: '此程式只能提出建議，不能寫入。是否成為紀錄由本人決定。',
  },
  'not-found': { status: 404, issue: 'not-found', en: 'There is no such record here.', zh: '此處沒有這筆紀錄。' },
  gone: { status: 410, issue: 'deleted', en: 'This record was deleted.', zh: '這筆紀錄已刪除。' },
  'unknown-parameter': {
    status: 400,
    issue: 'not-supported',
    en: 'This search parameter is not known here: {what}. With "Prefer: handling=lenient" it is passed over and named in the answer.',
    zh: '不支援此搜尋參數：{what}。使用「Prefer: handling=lenient」時會略過，並在回應中列出。',
  },
  'bad-parameter': {
    status: 400,
    issue: 'value',
    en: 'The value of this search parameter cannot be used: {what}.',
    zh: '此搜尋參數的值無法使用：{what}。',
  },
  'bad-page': {
    status: 400,
    issue: 'expired',
    en: 'This page is not known or has expired. Search again.',
    zh: '此頁面不存在或已過期，請重新搜尋。',
  },
  'version-needed': {
    status: 428,
    issue: 'required',
    en: 'Say which version you have read: If-Match: W/"...".',
    zh: '請說明您讀取的版本：If-Match: W/"..."。',
  },
  'version-changed': {
    status: 412,
    issue: 'conflict',
    en: 'Another version is current. Nothing was written. Read it and try again.',
    zh: '目前已有其他版本，未寫入任何內容。請重新讀取後再試。',
  },
  'multiple-matches': {
    status: 412,
    issue: 'multiple-matches',
    en: 'More than one record has this name. Nothing was written.',
    zh: '有多筆紀錄符合，未寫入任何內容。',
  },
  'bad-json': { status: 400, issue: 'structure', en: 'The body is not JSON: {what}.', zh: '內容不是 JSON：{what}。' },
  'duplicate-key': {
    status: 400,
    issue: 'structure',
    en: 'A member appears twice in the body: {what}.',
    zh: '內容中有重複的成員：{what}。',
  },
  'too-deep': { status: 400, issue: 'too-long', en: 'The body is nested too deeply.', zh: '內容的巢狀層級過深。' },
  'bad-structure': {
    status: 422,
    issue: 'structure',
    en: 'This is not a resource that can be stored here: {what}.',
    zh: '此資源無法儲存：{what}。',
  },
  'wrong-type': {
    status: 422,
    issue: 'invalid',
    en: 'The type in the address and in the body differ.',
    zh: '網址與內容的類型不一致。',
  },
  'too-large': {
    status: 413,
    issue: 'too-long',
    en: 'The body is larger than this gateway takes.',
    zh: '內容超過大小限制。',
  },
  'too-many-entries': {
    status: 422,
    issue: 'too-long',
    en: 'A bundle may have at most 500 entries.',
    zh: 'Bundle 最多 500 筆。',
  },
  'too-costly': {
    status: 400,
    issue: 'too-costly',
    en: 'This query asks for too much at once: {what}.',
    zh: '此查詢一次要求過多資料：{what}。',
  },
  'not-acceptable': { status: 406, issue: 'not-supported', en: 'Only JSON is spoken here.', zh: '此處僅支援 JSON。' },
  'wrong-media': {
    status: 415,
    issue: 'not-supported',
    en: 'Send application/fhir+json.',
    zh: '請使用 application/fhir+json。',
  },
  'wrong-host': {
    status: 403,
    issue: 'forbidden',
    en: 'This gateway does not answer under this name or for this page.',
    zh: '此閘道不接受這個主機名稱或網頁來源。',
  },
  'rate-limited': {
    status: 429,
    issue: 'throttled',
    en: 'Too many requests. Wait a moment.',
    zh: '請求過多，請稍候。',
  },
  busy: {
    status: 503,
    issue: 'transient',
    en: 'Too many charts are in use. Try again.',
    zh: '使用中的健康檔案過多，請稍後再試。',
  },
  'not-reported': {
    status: 503,
    issue: 'transient',
    en: 'What was read has not reached the person for too long. The gateway answers again once it has synced.',
    zh: '讀取紀錄已太久未送達本人。閘道完成同步後才會再回應。',
  },
  'not-noted': {
    status: 503,
    issue: 'transient',
    en: 'The gateway could not write down this reading, so it does not answer.',
    zh: '閘道無法記下這次讀取，因此不回應。',
  },
  locked: { status: 503, issue: 'transient', en: 'The gateway is locked.', zh: '閘道已鎖定。' },
  'no-room': {
    status: 507,
    issue: 'no-store',
    en: 'The disk of the gateway is full. Nothing was written.',
    zh: '閘道的磁碟已滿，未寫入任何內容。',
  },
  'not-built': {
    status: 501,
    issue: 'not-supported',
    en: 'This gateway does not offer this: {what}.',
    zh: '此閘道不提供：{what}。',
  },
  'wrong-method': {
    status: 405,
    issue: 'not-supported',
    en: 'This cannot be done here: {what}.',
    zh: '此處無法執行：{what}。',
  },
  internal: {
    status: 500,
    issue: 'exception',
    en: 'The gateway made a mistake. Nothing was changed by it.',
    zh: '閘道發生錯誤，未變更任何內容。',
  },
} as const satisfies Record<string, Entry>

export type ErrorCode = keyof typeof ERRORS

export const ERROR_CODES = Object.keys(ERRORS) as ErrorCode[]

/** A refusal on its way to the client. `what` names a parameter or a place, never content. */
export class GatewayError extends Error {
  readonly code: ErrorCode
  readonly what: string

  constructor(code: ErrorCode, what = '') {
    super(code)
    this.code = code
    this.what = what
  }

  get status(): number {
    return ERRORS[this.code].status
  }
}

/** Characters that a person cannot see, in what a client sent, would hide in the message. */
function shown(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.slice(0, 80).replace(/[^\x20-\x7e]/gu, '?')
}

/** The OperationOutcome of a refusal; `language`: an Accept-Language header. */
export function outcomeOf({ code, what }: GatewayError, language = ''): Record<string, unknown> {
  const entry = ERRORS[code]
  const text = /^\s*zh/iu.test(language) ? entry.zh : entry.en
  return {
    resourceType: 'OperationOutcome',
    issue: [
      {
        severity: 'error',
        code: entry.issue,
        details: {
          coding: [{ system: 'urn:chartkeep:gateway-error', code }],
          text: text.replace('{what}', shown(what)),
        },
      },
    ],
  }
}
