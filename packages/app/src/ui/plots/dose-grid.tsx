/**
 * Doses by day as a picture with its legend, and the same days as a table. A mark has a shape of its own; a day
 * that nobody wrote anything down for is hollow, never crossed out.
 */
import { SegmentedControl } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import styles from './dose-grid.module.css'
import { FigureTable } from './figure-table.tsx'

/** What became of a dose. */
export type DoseMarkKind = 'taken' | 'late' | 'skipped' | 'not-recorded' | 'coming'

/** A day, ready for people. */
export interface DoseGridDay {
  day: string
  /** `21 Nov 2026`, and short for the picture. */
  shownDay: string
  shortDay: string
  marks: { kind: DoseMarkKind; isExtra: boolean; time: string }[]
  /** How many were planned; '' where the record does not say. */
  planned: string
}

const KINDS = ['taken', 'late', 'skipped', 'not-recorded', 'coming'] as const
const MOST_MARKS = 4

/** `sentence` says it all in words; `days` oldest first. */
export function DoseGrid({ name, sentence, days }: { name: string; sentence: string; days: readonly DoseGridDay[] }) {
  const { t } = useTranslation()
  const [view, setView] = useState<'picture' | 'table'>('picture')
  const shown = KINDS.filter((kind) => days.some(({ marks }) => marks.some((mark) => mark.kind === kind)))
  const word = useMarkWord()
  return (
    <figure className={styles.figure}>
      <div className="ck-screen-only">
        <SegmentedControl
          aria-label={t('plot.view')}
          value={view}
          onChange={(value) => setView(value === 'table' ? 'table' : 'picture')}
          data={[
            { value: 'picture', label: t('adherence.picture') },
            { value: 'table', label: t('adherence.table') },
          ]}
        />
      </div>
      {view === 'table' ? (
        <DoseTable name={name} days={days} />
      ) : (
        <>
          <div className={styles.grid} role="img" aria-label={sentence}>
            {days.map(({ day, shortDay, marks, planned }) => (
              <span key={day} className={styles.cell} aria-hidden="true">
                <span className={styles.day}>{shortDay}</span>
                <span className={styles.marks}>
                  {marks.slice(0, MOST_MARKS).map((mark, index) => (
                    <DoseMark key={index} kind={mark.kind} />
                  ))}
                  {marks.length > MOST_MARKS ? <span>+{marks.length - MOST_MARKS}</span> : null}
                  {marks.length === 0 && planned === '0' ? <span className={styles.none}>–</span> : null}
                </span>
              </span>
            ))}
          </div>
          {shown.length > 0 ? (
            <ul className={styles.legend} aria-label={t('adherence.legend')}>
              {shown.map((kind) => (
                <li key={kind}>
                  <DoseMark kind={kind} /> {word(kind)}
                </li>
              ))}
            </ul>
          ) : null}
        </>
      )}
      <figcaption className={styles.caption}>{sentence}</figcaption>
    </figure>
  )
}

/** The word for a mark. */
export function useMarkWord(): (kind: DoseMarkKind) => string {
  const { t } = useTranslation()
  return (kind) => (kind === 'not-recorded' ? t('adherence.notRecorded') : t(`adherence.${kind}`))
}

/** The mark alone; the caller shows its words. */
export function DoseMark({ kind }: { kind: DoseMarkKind }) {
  return (
    <svg width={20} height={20} viewBox="0 0 20 20" className={styles.mark} data-kind={kind} aria-hidden="true">
      {kind === 'coming' ? <circle cx={10} cy={10} r={2.5} /> : <circle cx={10} cy={10} r={8} />}
      {kind === 'taken' ? <path d="M6 10.5l3 3 5.5-6.5" /> : null}
      {kind === 'late' ? <path d="M10 5v5.5l3.5 2" /> : null}
      {kind === 'skipped' ? <path d="M5.5 10h9" /> : null}
    </svg>
  )
}

function DoseTable({ name, days }: { name: string; days: readonly DoseGridDay[] }) {
  const { t } = useTranslation()
  const count = ({ marks }: DoseGridDay, kind: DoseMarkKind) =>
    marks.filter((mark) => mark.kind === kind && !mark.isExtra).length
  return (
    <FigureTable name={t('adherence.of', { what: name })} caption={t('adherence.caption')} tall>
      <thead>
        <tr>
          <th scope="col">{t('adherence.day')}</th>
          <th scope="col">{t('adherence.planned')}</th>
          {KINDS.map((kind) => (
            <th scope="col" key={kind}>
              {kind === 'not-recorded' ? t('adherence.notRecorded') : t(`adherence.${kind}`)}
            </th>
          ))}
          <th scope="col">{t('adherence.extra')}</th>
        </tr>
      </thead>
      <tbody>
        {days.toReversed().map((day) => (
          <tr key={day.day}>
            <th scope="row">{day.shownDay}</th>
            <td>{day.planned === '' ? t('adherence.unknown') : day.planned}</td>
            {KINDS.map((kind) => (
              <td key={kind}>{count(day, kind)}</td>
            ))}
            <td>{day.marks.filter(({ isExtra }) => isExtra).length}</td>
          </tr>
        ))}
      </tbody>
    </FigureTable>
  )
}
