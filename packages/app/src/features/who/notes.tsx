/** What the server noted of its own (A2), opened on this device: who asked for what, from where; never what it said. */
import type { AccessLine } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import { useSession } from '../../app/context/app-context.tsx'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { EmptyState } from '../../ui/display/empty-state.tsx'
import { StatusMark } from '../../ui/display/status-mark.tsx'
import { LineList, type Line } from './line-list.tsx'
import { ProofButton, useSaveProof } from './save-proof.tsx'
import { noteSentence } from './sentences.ts'

/** `mayProve`: the log holds, so that a proof of a note can be saved. */
export function Notes({ lines, mayProve }: { lines: readonly AccessLine[]; mayProve: boolean }) {
  const { t } = useTranslation()
  const session = useSession()
  const devices = useObservable(session.devices$)
  const { save, busy, dialog } = useSaveProof()
  if (lines.length === 0) return <EmptyState title={t('who.serverEmptyTitle')}>{t('who.serverEmptyText')}</EmptyState>
  const proofOf = (line: AccessLine, sentence: string) => (
    <ProofButton
      what={sentence}
      isBusy={busy === keyOf(line)}
      onSave={() => void save(keyOf(line), sentence, { type: 'access', n: line.n })}
    />
  )
  const shown = lines.map((line): Line => {
    const sentence = noteSentence(line, t)
    const device = devices?.find(({ id }) => id === line.author.device)?.name ?? ''
    return {
      key: keyOf(line),
      at: line.at,
      sentence,
      detail: detailOf(line, device, t),
      marks: line.outcome === 'ok' ? null : <StatusMark status="attention">{line.outcome}</StatusMark>,
      ...(mayProve ? { action: proofOf(line, sentence) } : {}),
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

function keyOf({ n }: AccessLine): string {
  return `note ${n}`
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
