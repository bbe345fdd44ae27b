/** Documents as rows of a list: kind and size, words to find them by, how many versions, and where the file is. */
import { conceptText, stringsAt, tagsOf } from '@chartkeep/domain'
import type { Chart, ChartRecord, FileState } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import { kindOf } from '../../../ui/viewer/file-kind.ts'
import { rowsOf, type Wording } from '../../../app/words/record-view.ts'
import type { DocumentVersions } from '../../../app/chart/document-versions.ts'
import { bytesText } from '../../../i18n/sizes.ts'
import type { ListFilter, ListRow, Mark } from '../../../ui/lists/list-rows.ts'

/** Tags that get a chip of their own; the others are found by the search. */
const TAG_CHIPS = 6

export interface DocumentRow extends ListRow {
  tags: readonly string[]
  isOlder: boolean
  isHere: boolean
}

interface Known {
  chart: Pick<Chart, 'files'>
  versions: DocumentVersions
  /** By id of the file; undefined until the disk was looked at. */
  states: ReadonlyMap<string, FileState> | undefined
}

/** One row for each document; older versions are marked, so that a filter can hide them. */
export function documentRows(
  records: readonly ChartRecord[],
  wording: Wording,
  { chart, versions, states }: Known,
): DocumentRow[] {
  const { t } = wording
  return rowsOf(records, wording).map((row, index) => {
    const record = records[index]!
    const { resource } = wording.views.of(record)
    const files = chart.files(record.resource)
    const size = files.reduce((sum, file) => sum + file.size, 0)
    const tags = tagsOf(resource)
    const kind = files[0] === undefined ? '' : t(`docs.kind.${kindOf(files[0])}`)
    const sized = kind !== '' && size > 0 ? t('docs.sizeOf', { kind, size: bytesText(size) }) : kind
    const count = versions.of(record.id).length
    const places = files.flatMap(({ id }) => (id === null ? [] : [states?.get(id)]))
    const words = [
      conceptText(resource, 'type'),
      ...stringsAt(resource, 'author', 'display'),
      ...tags,
      ...files.map(({ name }) => name),
    ]
    return {
      id: row.id,
      href: row.href,
      title: row.title,
      type: row.type,
      value: [sized, tags.join(', ')].filter(Boolean).join(' · '),
      range: '',
      state: row.state,
      date: row.date,
      dateKey: row.dateKey,
      by: row.by,
      marks: [
        ...row.marks,
        ...(count > 1 ? [{ status: 'info', word: t('docs.versionMark', { count }) } as const] : []),
        ...placeMark(places, t),
      ],
      rank: row.rank,
      search: `${row.search} ${words.join(' ').normalize('NFKC').toLowerCase()} ${kind.toLowerCase()}`,
      tags,
      isOlder: versions.older.has(record.id),
      isHere: places.every((state) => state?.place === 'here'),
    }
  })
}

/** Where the files of a document are, in one mark; none before the disk was looked at, and for small files inside the record. */
function placeMark(places: readonly (FileState | undefined)[], t: TFunction): Mark[] {
  if (places.length === 0 || places.includes(undefined)) return []
  if (places.some((state) => state?.isWaiting)) return [{ status: 'neutral', word: t('docs.sendMark') }]
  if (places.every((state) => state?.place === 'here')) return [{ status: 'good', word: t('docs.hereMark') }]
  const isPart = places.some((state) => state?.place !== 'server')
  return [{ status: 'neutral', word: isPart ? t('docs.partMark') : t('docs.serverMark') }]
}

/** The chips of the list: the words most used, what is on this device, older versions when asked for. `before`: those of every list. */
export function documentFilters(
  rows: readonly DocumentRow[],
  before: readonly ListFilter[],
  t: TFunction,
): ListFilter[] {
  const counts = new Map<string, number>()
  for (const { tags } of rows) for (const tag of tags) counts.set(tag, (counts.get(tag) ?? 0) + 1)
  const used = [...counts].toSorted(([a, one], [b, two]) => two - one || (a < b ? -1 : 1)).slice(0, TAG_CHIPS)
  const is = (test: (row: DocumentRow) => boolean) => (row: ListRow) => test(row as DocumentRow)
  return [
    ...used.map(([tag]) => ({ id: `tag ${tag}`, label: tag, test: is(({ tags }) => tags.includes(tag)) })),
    { id: 'here', label: t('docs.isHere'), test: is(({ isHere }) => isHere) },
    ...(rows.some(({ isOlder }) => isOlder)
      ? [{ id: 'older', label: t('docs.older'), test: is(({ isOlder }) => isOlder), hides: true }]
      : []),
    ...before,
  ]
}
