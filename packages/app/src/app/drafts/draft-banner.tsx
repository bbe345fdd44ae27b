/** Above a form that starts with unfinished text: when it was typed, and the current version if the record has changed since. */
import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Fold } from '../../ui/display/fold.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'
import type { Draft } from './use-draft.ts'

/** Nothing for a form that started empty. `children`: the current record. */
export function DraftBanner({ draft, children }: { draft: Draft; children?: ReactNode }) {
  const { t } = useTranslation()
  if (draft.since === null) return null
  return (
    <Banner
      status={draft.isStale ? 'attention' : 'info'}
      action={
        <Button variant="default" onClick={() => void draft.drop()}>
          {t('form.dropDraft')}
        </Button>
      }
    >
      {t('form.draftOf', { time: formatMoment(new Date(draft.since), currentLanguage()) })}{' '}
      {draft.isStale ? t('form.draftStale') : null}
      {draft.isStale && children ? <Fold title={t('form.standsNow')}>{children}</Fold> : null}
    </Banner>
  )
}
