/** A note as it is read, on both sides: its sections as they were written, its signatures, its addenda with theirs. */
import { readSections } from '@chartkeep/domain'
import type { JsonObject } from '@chartkeep/domain'
import type { ChartRecord, SignatureView } from '@chartkeep/sync'
import { useTranslation } from 'react-i18next'
import { formatMoment } from '../../../i18n/dates.ts'
import { currentLanguage } from '../../../i18n/index.ts'
import { Card } from '../../../ui/display/card.tsx'
import { Banner } from '../../../ui/display/status-mark.tsx'
import { SignatureList } from './signature-list.tsx'
import { breaks } from '../../practice/writers.ts'
import styles from './note.module.css'

/** The sections that hold something; a blank note says that it is one. */
export function NoteText({ resource }: { resource: unknown }) {
  const { t } = useTranslation()
  const sections = readSections(resource)
  if (sections.length === 0) return <p>{t('note.nothingWritten')}</p>
  return sections.map(({ name, title, text }, at) => (
    <section key={`${name ?? title} ${at}`} className={styles.section}>
      <h3>{name === null ? title : `${t(`note.letter.${name}`)} · ${t(`note.section.${name}`)}`}</h3>
      <p className={styles.text}>{text}</p>
    </section>
  ))
}

/** Red, before anything else of the note is read. */
export function BrokenBanner({ signatures, record }: { signatures: readonly SignatureView[]; record: ChartRecord }) {
  const { t } = useTranslation()
  if (!signatures.some((signature) => breaks(signature, record))) return null
  return (
    <Banner status="danger" title={t('sign.brokenTitle')} urgent>
      {t('sign.broken')}
    </Banner>
  )
}

export interface ReadAddendum {
  record: ChartRecord
  resource: JsonObject
  signatures: readonly SignatureView[]
}

export function Addenda({ addenda }: { addenda: readonly ReadAddendum[] }) {
  const { t } = useTranslation()
  if (addenda.length === 0) return null
  const language = currentLanguage()
  return (
    <Card title={t('note.addenda')}>
      <ul className={styles.signatures}>
        {addenda.map(({ record, resource, signatures }) => (
          <li key={record.id}>
            <BrokenBanner signatures={signatures} record={record} />
            <h3>{formatMoment(new Date(record.savedAt), language)}</h3>
            {readSections(resource).map(({ text }, at) => (
              <p key={at} className={styles.text}>
                {text}
              </p>
            ))}
            <SignatureList signatures={signatures} record={record} />
          </li>
        ))}
      </ul>
    </Card>
  )
}
