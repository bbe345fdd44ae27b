/** F1: what this device keeps of a server that said something against itself, in plain words, and the file of it to show to somebody. Nothing where nothing is kept. */
import type { EvidenceView } from '@chartkeep/sync'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card } from '../../ui/display/card.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'
import { useApp } from '../context/app-context.tsx'
import { ActionButton } from '../actions/action-button.tsx'

interface Kept {
  views: readonly EvidenceView[]
  /** Answers with the file. */
  save: () => Uint8Array
}

export function KeptEvidence(kept: Kept) {
  const { t } = useTranslation()
  if (kept.views.length === 0) return null
  return (
    <Card title={t('evidence.title')}>
      <EvidenceLines {...kept} />
    </Card>
  )
}

/** The same as a part of what is told of one chart. */
export function KeptEvidencePart(kept: Kept) {
  const { t } = useTranslation()
  if (kept.views.length === 0) return null
  return (
    <section>
      <h3>{t('evidence.title')}</h3>
      <EvidenceLines {...kept} />
    </section>
  )
}

function EvidenceLines({ views, save }: Kept) {
  const { t } = useTranslation()
  const { platform } = useApp()
  const [isSaved, setSaved] = useState(false)
  const run = async () => {
    setSaved(false)
    // The name of the file says nothing about the person (P1).
    const content = new Blob([save() as BlobPart], { type: 'application/json' })
    await platform.saveFile('chartkeep-evidence.json', content)
    setSaved(true)
  }
  return (
    <>
      <ul>
        {views.map(({ place, fault, count, signed }) => (
          <li key={`${place} ${fault}`}>
            {t('joined.label', { label: t(`evidence.place.${place}`), text: t(`evidence.fault.${fault}`, { count }) })}{' '}
            {signed === null ? null : t('evidence.signed', { time: formatMoment(new Date(signed), currentLanguage()) })}
          </li>
        ))}
      </ul>
      <p>{t('evidence.what')}</p>
      <ActionButton action={t('evidence.save')} run={run} />
      <div role="status">{isSaved ? <Banner status="good">{t('evidence.saved')}</Banner> : null}</div>
    </>
  )
}
