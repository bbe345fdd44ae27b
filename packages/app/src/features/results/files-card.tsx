/** The files of a result: kept by the practice, copied to the patient with the release. */
import { Button, FileButton } from '@mantine/core'
import { IconPaperclip } from '@tabler/icons-react'
import { objectAt } from '@chartkeep/domain'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { usePractice } from '../../app/practice/practice-context.tsx'
import type { PracticeResult } from '../../app/care/results/practice-results.ts'
import { attachFile, proofsOf } from '../../app/care/results/release-files.ts'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { Card } from '../../ui/display/card.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'

export function FilesCard({ result, mayWrite }: { result: PracticeResult; mayWrite: boolean }) {
  const { t } = useTranslation()
  const { vault } = usePractice()
  const documents$ = useMemo(() => vault.list$('documents'), [vault])
  const documents = useObservable(documents$)
  const proofs = useMemo(() => proofsOf(result.record, documents ?? []), [result.record, documents])
  const [isBusy, setBusy] = useState(false)
  const [isFailed, setFailed] = useState(false)
  const person = objectAt(result.resource, 'subject')
  const attach = async (file: File | null) => {
    if (file === null || person === null) return
    setBusy(true)
    const outcome = await attachFile(vault, { record: result.record, person }, file).catch(() => ({ type: 'failed' }))
    setFailed(outcome.type !== 'saved')
    setBusy(false)
  }
  if (proofs.length === 0 && !mayWrite) return null
  return (
    <Card title={t('release.files')}>
      {proofs.length === 0 ? <p>{t('release.noFiles')}</p> : null}
      <ul>
        {proofs.map((proof) => (
          <li key={proof.id}>{proof.title}</li>
        ))}
      </ul>
      {isFailed ? (
        <Banner status="danger" urgent>
          {t('release.fileFailed')}
        </Banner>
      ) : null}
      {mayWrite ? (
        <FileButton onChange={(file) => void attach(file)}>
          {(props) => (
            <Button {...props} variant="default" loading={isBusy} leftSection={<IconPaperclip size={20} />}>
              {t('release.attach')}
            </Button>
          )}
        </FileButton>
      ) : null}
    </Card>
  )
}
