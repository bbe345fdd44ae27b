/** Who a chart is of, by the code that the person shows: scanned, from a picture, or as text. It is compared with who holds the chart, on this device. */
import { Button, Stack, Textarea } from '@mantine/core'
import type { ChartSummary } from '@chartkeep/sync'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApp, useSession } from '../../app/context/app-context.tsx'
import { useAction } from '../../app/actions/use-action.ts'
import { QrScanner } from '../../ui/scan/qr-scanner.tsx'
import { Problem } from '../../ui/display/status-mark.tsx'

/** `onProved`: the code is of somebody who holds the chart now. */
export function IdentityCode({ chart, onProved }: { chart: ChartSummary; onProved: (name: string) => void }) {
  const { t } = useTranslation()
  const { platform } = useApp()
  const session = useSession()
  const [text, setText] = useState('')
  const { isWorking, problem, run } = useAction()
  const compare = (code: string) =>
    run(async () => {
      // Opened to read who holds it, and by nobody: it is noted as opened once it is confirmed.
      const opened = await session.watchChart(chart.slot)
      const whose = opened?.owners.whoseCode(code) ?? { type: 'other' }
      if (whose.type !== 'owner') return t(whose.type === 'other' ? 'patients.codeOther' : 'patients.codeBad')
      onProved(whose.name)
      return ''
    })
  return (
    <Stack gap="md">
      <p>{t('patients.codeHow')}</p>
      <QrScanner
        choosePicture={() => platform.openFile({ accept: 'image/*', multiple: false })}
        onRead={(read) => {
          if (!read.startsWith('chartkeep:')) return false
          void compare(read)
          return true
        }}
      />
      <Textarea
        label={t('patients.codeText')}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        autosize
        minRows={2}
        maxRows={5}
        autoComplete="off"
        spellCheck={false}
        classNames={{ input: 'ck-code' }}
      />
      <Problem text={problem} status="danger" />
      <Button
        variant="default"
        loading={isWorking}
        disabled={text.trim() === ''}
        onClick={() => void compare(text)}
        w="fit-content"
      >
        {t('patients.codeCompare')}
      </Button>
    </Stack>
  )
}
