/**
 * What a document proves, seen from both ends: on the document the records, on a record the documents. The link stands in the document
 * (FHIR: `context.related`), so that both ends show the same.
 */
import { Button } from '@mantine/core'
import { IconLink } from '@tabler/icons-react'
import { isFactRecord, isJsonObject, provenBy, withoutProof, withProof } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { mayDo, useChart } from '../../../app/context/app-context.tsx'
import { referencedRecords, referenceOf } from '../../../app/words/record-reference.ts'
import { rowsOf, titleOf } from '../../../app/words/record-view.ts'
import { useObservable } from '../../../app/hooks/use-observable.ts'
import { useWording } from '../../../app/chart/use-wording.ts'
import { Card } from '../../../ui/display/card.tsx'
import type { ListRow } from '../../../ui/lists/list-rows.ts'
import { Banner } from '../../../ui/display/status-mark.tsx'
import styles from './documents.module.css'
import { LinkSheet } from './link-sheet.tsx'
import { relink } from './relink.ts'
import { useDocuments } from './use-documents.ts'

interface Linked {
  key: string
  row: Pick<ListRow, 'title' | 'href' | 'value' | 'date'> | null
  /** Undefined where this account may not change the document. */
  remove: (() => Promise<boolean>) | undefined
}

function LinkCard({
  title,
  none,
  links,
  candidates,
  add,
  onPick,
}: {
  title: string
  none: string
  links: readonly Linked[]
  candidates: () => readonly ListRow[]
  /** The words of the button; '' where nothing may be linked. */
  add: string
  onPick: (row: ListRow) => Promise<boolean>
}) {
  const { t } = useTranslation()
  const [isOpen, setOpen] = useState(false)
  const [isFailed, setFailed] = useState(false)
  // Rows of the whole chart are made only while somebody looks for one.
  // oxlint-disable-next-line react-hooks/exhaustive-deps -- a new function for each change of the chart
  const rows = useMemo(() => (isOpen ? candidates() : []), [isOpen, candidates])
  return (
    <Card title={title}>
      {links.length === 0 ? <p>{none}</p> : null}
      <ul className={styles.links}>
        {links.map(({ key, row, remove }) => {
          const what = row?.title ?? t('docs.linkGone')
          return (
            <li key={key}>
              <span>
                {row === null || row.href === '' ? (
                  what
                ) : (
                  <a className="ck-alone" href={row.href}>
                    {what}
                  </a>
                )}{' '}
                <span className={styles.facts}>{[row?.value, row?.date].filter(Boolean).join(' · ')}</span>
              </span>
              {remove === undefined ? null : (
                <Button
                  variant="subtle"
                  aria-label={t('docs.unlink', { what })}
                  onClick={() => void remove().then((isSaved) => setFailed(!isSaved))}
                >
                  {t('deed.remove')}
                </Button>
              )}
            </li>
          )
        })}
      </ul>
      {isFailed ? (
        <Banner status="danger" urgent>
          {t('docs.linkFailed')}
        </Banner>
      ) : null}
      {add === '' ? null : (
        <Button variant="default" leftSection={<IconLink size={20} />} onClick={() => setOpen(true)}>
          {add}
        </Button>
      )}
      <LinkSheet isOpen={isOpen} onClose={() => setOpen(false)} title={add} rows={rows} onPick={onPick} />
    </Card>
  )
}

/** On a document: the records that it proves. */
export function ProvesCard({ document }: { document: ChartRecord }) {
  const { t } = useTranslation()
  const { chart, summary, views } = useChart()
  const wording = useWording()
  const records = useObservable(chart.all$)
  const resource = views.of(document).resource
  const named = useMemo(() => provenBy(resource), [resource])
  const found = useMemo(
    () =>
      referencedRecords(
        named.map(({ reference }) => reference),
        records ?? [],
        views,
      ),
    [named, records, views],
  )
  const candidates = useMemo(() => {
    const linked = new Set([...found.values()].map(({ id }) => id))
    return () =>
      rowsOf(
        (records ?? []).filter(
          (record) =>
            !['audit', 'documents', 'profile'].includes(record.collection.replace(/-private$/u, '')) &&
            record.status !== 'error' &&
            !linked.has(record.id) &&
            isFactRecord(record),
        ),
        wording,
      )
  }, [found, records, wording])
  if (!isJsonObject(resource) || records === undefined) return null
  const mayChange = mayChangeDocument(summary, document)
  const links = named.map(({ reference, display }): Linked => {
    const record = found.get(reference)
    const [row] = record === undefined ? [] : rowsOf([record], wording)
    return {
      key: reference,
      row: row ?? (display === '' ? null : { title: display, href: '', value: '', date: '' }),
      remove: mayChange ? () => relink(chart, document, (now) => withoutProof(now, [reference])) : undefined,
    }
  })
  return (
    <LinkCard
      title={t('docs.proves')}
      none={t('docs.provesNone')}
      links={links}
      candidates={candidates}
      add={mayChange ? t('docs.linkRecord') : ''}
      onPick={async ({ id }) => {
        const record = records.find((each) => each.id === id)
        if (record === undefined) return false
        return relink(chart, document, (now) => withProof(now, referenceOf(record, views), titleOf(record, t)))
      }}
    />
  )
}

/** On any other record: the documents that prove it; nothing where there are none to read. */
export function ProofCard({ record }: { record: ChartRecord }) {
  const { t } = useTranslation()
  const { chart, summary, views } = useChart()
  const wording = useWording()
  const known = useDocuments()
  const documents = known?.documents
  const proofs = useMemo(
    () =>
      (documents ?? []).flatMap((document) => {
        if (document.status === 'error' || !document.resource.includes('"related"')) return []
        const references = provenBy(views.of(document).resource).map(({ reference }) => reference)
        const mine = [...referencedRecords(references, [record], views).keys()]
        return mine.length === 0 ? [] : [{ document, references: mine }]
      }),
    [documents, record, views],
  )
  const candidates = useMemo(() => {
    const linked = new Set(proofs.map(({ document }) => document.id))
    return () =>
      rowsOf(
        (documents ?? []).filter(
          (document) =>
            mayChangeDocument(summary, document) &&
            document.status !== 'error' &&
            !linked.has(document.id) &&
            known?.versions.older.has(document.id) !== true,
        ),
        wording,
      )
  }, [documents, known, proofs, summary, wording])
  if (documents === undefined || documents.length === 0) return null
  const links = proofs.map(({ document, references }): Linked => {
    const resource = views.of(document).resource
    return {
      key: document.id,
      row: rowsOf([document], wording)[0]!,
      remove:
        mayChangeDocument(summary, document) && isJsonObject(resource)
          ? () => relink(chart, document, (now) => withoutProof(now, references))
          : undefined,
    }
  })
  const mayLink = documents.some((document) => mayChangeDocument(summary, document))
  if (links.length === 0 && !mayLink) return null
  return (
    <LinkCard
      title={t('docs.proof')}
      none={t('docs.proofNone')}
      links={links}
      candidates={candidates}
      add={mayLink ? t('docs.linkDocument') : ''}
      onPick={async ({ id }) => {
        const document = documents.find((each) => each.id === id)
        const resource = document === undefined ? null : views.of(document).resource
        if (document === undefined || !isJsonObject(resource)) return false
        return relink(chart, document, (now) => withProof(now, referenceOf(record, views), titleOf(record, t)))
      }}
    />
  )
}

function mayChangeDocument(summary: Parameters<typeof mayDo>[0], document: ChartRecord): boolean {
  if (document.type !== 'DocumentReference') return false
  return summary.relation === 'own' || mayDo(summary, document.collection, 'amend')
}
