/** What the server noted of its own (A2), opened on this device: who asked for what, from where; never what it said. */
import type { AccessLine } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import { useSession } from '../../app/app-context.tsx'
import { useObservable } from '../../app/use-observable.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { StatusMark } from '../../ui/status-mark.tsx'
import { LineList, type Line } from './line-list.tsx'
import { ProofButton, useSaveProof } from './save-proof.tsx'
import { noteSentence } from './sentences.ts'

export function Notes({ lines }: { lines: readonly AccessLine[] }) {
  const { t } = useTranslation()
  const session = useSession()
  const devices = useObservable(session.devices$)
  const { save, busy, dialog } = useSaveProof()
  if (lines.length === 0) return <EmptyState title={t('who.serverEmptyTitle')}>{t('who.serverEmptyText')}</EmptyState>
  const shown = lines.map((line): Line => {
    const sentence = noteSentence(line, t)
    const key = `note ${line.n}`
    const device = devices?.find(({ id }) => id === line.author.device)?.name ?? ''
    return {
      key,
      at: line.at,
      sentence,
      detail: detailOf(line, device, t),
      marks: line.outcome === 'ok' ? null : <StatusMark status="attention">{line.outcome}</StatusMark>,
      deed: (
        <ProofButton
          what={sentence}
          isBusy={busy === key}
          onSave={() => void save(key, sentence, { type: 'access', n: line.n })}
        />
      ),
    }
  })
  return (
    <>
      <p>{t('who.serverIntro')}</p>
      <p role="status">{t('list.results', { count: lines.length })}</p>
      <LineList lines={shown} />
      {dialog}
    </>
  )
}

function detailOf({ n, address, unlogged }: AccessLine, device: string, t: TFunction): string {
  const parts = [
    t('who.noteOf', { n }),
    ...(device === '' ? [] : [t('who.onDevice', { device })]),
    ...(address === '' ? [] : [t('who.from', { address })]),
    ...(unlogged === 0 ? [] : [t('who.unlogged', { count: unlogged })]),
  ]
  return parts.join(' · ')
}
