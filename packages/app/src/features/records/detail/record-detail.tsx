/** One record in full: name and value big, state in words, who wrote it and when, the facts, and the original data. */
import type { JsonValue } from '@chartkeep/domain'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Card, Facts } from '../../../ui/display/card.tsx'
import { ElementTree } from '../../../ui/display/element-tree.tsx'
import { FoldedText } from '../../../ui/display/folded-text.tsx'
import type { Mark } from '../../../ui/lists/list-rows.ts'
import { StatusMark } from '../../../ui/display/status-mark.tsx'
import styles from './record-detail.module.css'

/** A fact with its label; both ready for people. */
export interface Fact {
  label: string
  value: ReactNode
}

/** `children` stands between the value and the facts (a plot, a number line); `original` is the resource as it came. */
export function RecordDetail({
  title,
  kind,
  value,
  flag,
  marks = [],
  date,
  banners,
  facts,
  provenance,
  original,
  rawText,
  actions,
  struck = false,
  children,
}: {
  title: string
  kind: string
  value?: string
  flag?: Mark | undefined
  marks?: readonly Mark[]
  date: string
  banners?: ReactNode
  facts: readonly Fact[]
  provenance: readonly Fact[]
  original: JsonValue
  rawText: string
  actions?: ReactNode
  struck?: boolean
  children?: ReactNode
}) {
  const { t } = useTranslation()
  return (
    <article className={styles.record}>
      <header className={styles.head}>
        <p className={styles.kind}>{kind}</p>
        <h1 tabIndex={-1} id="screen-title" className={struck ? styles.struck : undefined}>
          {title}
        </h1>
        {value === undefined ? null : (
          <p className={styles.value}>
            <span className="ck-number">
              <FoldedText text={value || t('record.noValue')} />
            </span>
          </p>
        )}
        <div className={styles.marks}>
          {flag ? (
            <StatusMark status={flag.status} filled>
              {flag.word}
            </StatusMark>
          ) : null}
          {marks.map((mark) => (
            <StatusMark key={mark.word} status={mark.status} filled>
              {mark.word}
            </StatusMark>
          ))}
          <span className={styles.date}>{date || t('list.noDate')}</span>
        </div>
      </header>
      {banners}
      {actions ? <div className={`${styles.actions} ck-screen-only`}>{actions}</div> : null}
      {children}
      {facts.length > 0 ? (
        <Card title={t('record.details')}>
          <Facts items={facts} />
        </Card>
      ) : null}
      <Card title={t('record.source')}>
        <Facts items={provenance} />
      </Card>
      <Original original={original} rawText={rawText} />
    </article>
  )
}

function Original({ original, rawText }: { original: JsonValue; rawText: string }) {
  const { t } = useTranslation()
  const [isOpen, setOpen] = useState(false)
  const [isRaw, setRaw] = useState(false)
  return (
    <details className={`${styles.original} ck-screen-only`} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t('record.original')}</summary>
      {isOpen ? (
        <div className={styles.originalBody}>
          <p>{t('record.originalHint')}</p>
          <label className={styles.raw}>
            <input type="checkbox" checked={isRaw} onChange={(event) => setRaw(event.currentTarget.checked)} />
            {t('record.raw')}
          </label>
          {isRaw ? (
            <pre className={styles.text} lang="en" tabIndex={0} aria-label={t('record.original')}>
              {rawText}
            </pre>
          ) : (
            <ElementTree value={original} />
          )}
        </div>
      ) : null}
    </details>
  )
}
