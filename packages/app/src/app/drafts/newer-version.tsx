/**
 * Above a form whose save was refused because the record has a newer version: whose and when, the differences, and that everything typed is
 * still there. The person saves over it or starts again from it. Takes the focus, like a list of errors.
 */
import { Button } from '@mantine/core'
import type { ChartRecord } from '@chartkeep/sync'
import { type ReactNode, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Banner } from '../../ui/display/status-mark.tsx'

interface Props {
  /** How many saves were refused: with each the focus comes back. */
  refusals: number
  /** The current version; null until it is here. */
  record: ChartRecord | null
  /** Drops what was typed. */
  onDrop: () => Promise<void>
  /** What is different in it. */
  children?: ReactNode
}

/** Nothing while no save was refused. */
export function NewerVersion({ refusals, record, onDrop, children }: Props) {
  const { t } = useTranslation()
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (refusals > 0) box.current?.focus()
  }, [refusals])
  if (refusals === 0) return null
  const time = record === null ? '' : formatMoment(new Date(record.savedAt), currentLanguage())
  return (
    <div ref={box} tabIndex={-1} data-refused="">
      <Banner
        status="attention"
        urgent
        title={t('form.changedTitle')}
        action={
          <Button variant="default" onClick={() => void onDrop()}>
            {t('form.dropForNewer')}
          </Button>
        }
      >
        <p>{t('form.changedKept')}</p>
        {record === null ? null : (
          <>
            <p>
              {record.author.me
                ? t('form.changedByYou', { time })
                : t('form.changedBy', { name: record.author.name || t('audit.someone'), time })}
            </p>
            {children}
            <p>{t('form.changedSave')}</p>
          </>
        )}
      </Banner>
    </div>
  )
}
