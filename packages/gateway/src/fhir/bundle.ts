/** Bundles as text: entries are texts of resources, put together without being parsed. */
import { stringifyJson, jsonObject } from '@chartkeep/domain'

export interface Entry {
  /** Address of the resource. */
  fullUrl: string
  text: string
  mode: 'match' | 'include' | 'outcome'
}

export interface SearchSet {
  /** Null where nobody asked. */
  total: number | null
  links: { relation: string; url: string }[]
  entries: readonly Entry[]
}

export function searchSet({ total, links, entries }: SearchSet): string {
  const head = [
    '"resourceType":"Bundle"',
    '"type":"searchset"',
    ...(total === null ? [] : [`"total":${total}`]),
    `"link":[${links.map((link) => stringifyJson(jsonObject({ ...link }))).join(',')}]`,
  ]
  const texts = entries.map(
    ({ fullUrl, text, mode }) =>
      `{${fullUrl === '' ? '' : `"fullUrl":${JSON.stringify(fullUrl)},`}"resource":${text},"search":{"mode":"${mode}"}}`,
  )
  return `{${[...head, ...(texts.length === 0 ? [] : [`"entry":[${texts.join(',')}]`])].join(',')}}`
}

export interface PastEntry {
  fullUrl: string
  type: string
  /** Null where the body is not here: the entry then says so. */
  text: string | null
  version: string
  at: string
  isFirst: boolean
}

export function historySet(total: number, self: string, entries: readonly PastEntry[]): string {
  const texts = entries.map(({ fullUrl, type, text, version, at, isFirst }) => {
    const status = text === null ? '503' : isFirst ? '201' : '200'
    const response = JSON.stringify({ status, etag: `W/"${version}"`, lastModified: at })
    const request = JSON.stringify({ method: isFirst ? 'POST' : 'PUT', url: type })
    const resource = text === null ? '' : `"resource":${text},`
    return `{"fullUrl":${JSON.stringify(fullUrl)},${resource}"request":${request},"response":${response}}`
  })
  const link = JSON.stringify([{ relation: 'self', url: self }])
  return `{"resourceType":"Bundle","type":"history","total":${total},"link":${link}${texts.length === 0 ? '' : `,"entry":[${texts.join(',')}]`}}`
}
