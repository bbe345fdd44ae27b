/** How far a backup is, and the button that stops it. */
import { Button, Stack } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { BackupProgress } from '../../app/backup/backup-run.ts'

export function BackupWork({ progress, onStop }: { progress: BackupProgress; onStop: () => void }) {
  const { t } = useTranslation()
  const { step, percent } = progress
  return (
    <Stack gap="md">
      <p role="status">{t(step === 'writing' ? 'backup.writing' : 'backup.checking', { percent })}</p>
      <Button variant="default" onClick={onStop}>
        {t('backup.stop')}
      </Button>
    </Stack>
  )
}
