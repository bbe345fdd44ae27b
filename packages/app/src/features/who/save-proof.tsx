/** Saves one entry with all that proves it (A4), and says what the file is and which numbers to give along with it. */
import { Button, Stack } from '@mantine/core'
import { IconFileCertificate } from '@tabler/icons-react'
import type { ProofSubject, SavedProof } from '@chartkeep/sync'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApp, useChart } from '../../app/context/app-context.tsx'
import { Dialog } from '../../ui/dialogs/dialogs.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'
import styles from './who.module.css'

type Shown = { what: string; outcome: SavedProof }

/** The deed and the dialogue that follows it. */
export function useSaveProof() {
  const { chart } = useChart()
  const { platform } = useApp()
  const [shown, setShown] = useState<Shown | null>(null)
  const [busy, setBusy] = useState('')
  const save = async (key: string, what: string, subject: ProofSubject) => {
    setBusy(key)
    try {
      const outcome = await chart.saveProof(subject)
      // The name of the file says nothing about the person or the entry (P1).
      if (outcome.type === 'proof')
        await platform.saveFile(
          'chartkeep-proof.cbor',
          new Blob([outcome.bytes as BlobPart], { type: 'application/cbor' }),
        )
      setShown({ what, outcome })
    } finally {
      setBusy('')
    }
  }
  return { save, busy, dialog: <ProofDialog shown={shown} onClose={() => setShown(null)} /> }
}

export function ProofButton({ what, isBusy, onSave }: { what: string; isBusy: boolean; onSave: () => void }) {
  const { t } = useTranslation()
  return (
    <Button
      variant="subtle"
      className={`${styles.proof} ck-screen-only`}
      leftSection={<IconFileCertificate size={18} aria-hidden="true" />}
      aria-label={t('who.saveProofOf', { what })}
      loading={isBusy}
      onClick={onSave}
    >
      {t('who.saveProof')}
    </Button>
  )
}

const WHY = { offline: 'who.proofOffline', 'not-proved': 'who.proofNot', stopped: 'who.proofStopped' } as const

function ProofDialog({ shown, onClose }: { shown: Shown | null; onClose: () => void }) {
  const { t } = useTranslation()
  const outcome = shown?.outcome
  const isSaved = outcome?.type === 'proof'
  return (
    <Dialog isOpen={shown !== null} onClose={onClose} title={isSaved ? t('who.proofTitle') : t('who.saveProof')}>
      <Stack gap="md">
        <p>{shown?.what}</p>
        {outcome === undefined || outcome.type === 'proof' ? null : (
          <Banner status="attention">{t(WHY[outcome.type])}</Banner>
        )}
        {outcome?.type === 'proof' ? (
          <>
            <p>{t('who.proofText')}</p>
            <p>{t('who.proofHow')}</p>
            <dl className={styles.numbers}>
              <dt>{t('who.proofServer')}</dt>
              <dd>{outcome.fingerprints.server}</dd>
              {outcome.fingerprints.accounts.map((account) => (
                <div key={account}>
                  <dt>{t('who.proofAccount')}</dt>
                  <dd>{account}</dd>
                </div>
              ))}
            </dl>
          </>
        ) : null}
        <Button onClick={onClose}>{t('deed.close')}</Button>
      </Stack>
    </Dialog>
  )
}
