/** Saves a signed note with all that proves who signed it, for anybody to check offline (chartkeep-verify). */
import { Button } from '@mantine/core'
import { IconFileCertificate } from '@tabler/icons-react'
import type { ChartRecord } from '@chartkeep/sync'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApp } from '../../app/context/app-context.tsx'
import { usePractice } from '../../app/practice/practice-context.tsx'
import { Dialog } from '../../ui/dialogs/dialogs.tsx'

export function NoteProof({ record }: { record: ChartRecord }) {
  const { t } = useTranslation()
  const { platform } = useApp()
  const { vault } = usePractice()
  const [isAsking, setAsking] = useState(false)
  const save = async () => {
    const bytes = await vault.saveSigned(record.id)
    setAsking(false)
    // The name of the file says nothing about the person or the note (P1).
    if (bytes !== null)
      await platform.saveFile('chartkeep-signed.cbor', new Blob([bytes as BlobPart], { type: 'application/cbor' }))
  }
  return (
    <>
      <Button
        variant="subtle"
        leftSection={<IconFileCertificate size={18} aria-hidden="true" />}
        onClick={() => setAsking(true)}
      >
        {t('note.saveProof')}
      </Button>
      <Dialog isOpen={isAsking} onClose={() => setAsking(false)} title={t('note.saveProof')}>
        <p>{t('note.saveProofHint')}</p>
        <Button onClick={() => void save()}>{t('deed.saveFile')}</Button>
      </Dialog>
    </>
  )
}
