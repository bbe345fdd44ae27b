/** What the desktop program does on this computer when its window is closed or the system starts. Only in the desktop program. */
import { Checkbox, Stack } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApp } from '../../app/context/app-context.tsx'
import type { ShellSettings } from '../../platform/platform.ts'
import { Card } from '../../ui/display/card.tsx'

export function ComputerCard() {
  const { t } = useTranslation()
  const { shell } = useApp().platform
  const [settings, setSettings] = useState<ShellSettings | null>(null)
  useEffect(() => {
    void shell?.settings().then(setSettings)
  }, [shell])
  if (shell === null || settings === null) return null
  const change = (changes: Partial<ShellSettings>) => void shell.change(changes).then(setSettings)
  return (
    <Card title={t('settings.computer')}>
      <Stack gap="md">
        <Checkbox
          label={t('settings.keepsRunning')}
          description={t('settings.keepsRunningWhat')}
          checked={settings.keepsRunning === true}
          onChange={(event) => change({ keepsRunning: event.currentTarget.checked })}
        />
        <Checkbox
          label={t('settings.startsWithSystem')}
          checked={settings.startsWithSystem}
          onChange={(event) => change({ startsWithSystem: event.currentTarget.checked })}
        />
      </Stack>
    </Card>
  )
}
