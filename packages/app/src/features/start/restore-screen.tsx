/** Bring the account of a recovery kit to this device. Other devices keep everything. */
import { Button, Stack } from '@mantine/core'
import type { RestoreRefusal } from '@chartkeep/sync'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/place/addresses.ts'
import { useApp } from '../../app/context/app-context.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { useNewDevice } from '../../app/enrol/use-new-device.ts'
import { ErrorSummary } from '../../ui/fields/error-summary.tsx'
import { useFieldErrors } from '../../ui/fields/use-field-errors.ts'
import { NewDeviceFields } from '../../app/enrol/new-device-fields.tsx'
import { QrScanner } from '../../ui/scan/qr-scanner.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'
import { KitCodeField } from '../../app/enrol/kit-code-field.tsx'
import { typedTwiceErrors } from '../../ui/passphrase/typed-twice.tsx'
import '../../i18n/all.ts'

export function RestoreScreen() {
  const { t } = useTranslation()
  const { accountManager, platform, enter } = useApp()
  const [code, setCode] = useState('')
  const { values, change, label, passphrase, server } = useNewDevice()
  const { errors, attempt, errorOf, refuse } = useFieldErrors()
  const [isWorking, setWorking] = useState(false)
  const [refusal, setRefusal] = useState<RestoreRefusal | null>(null)

  const go = async (event: FormEvent) => {
    event.preventDefault()
    const found = [
      ...(code.trim() === '' ? [{ field: 'code', message: t('form.required', { field: t('restore.field') }) }] : []),
      ...(await typedTwiceErrors('passphrase', passphrase, t)),
    ]
    setRefusal(null)
    if (refuse(found)) return
    setWorking(true)
    try {
      const answer = await accountManager.restore({ code, label, passphrase: passphrase.secret, server })
      if (answer.type === 'unlocked') {
        // Who has typed the whole code has a copy that can be read.
        await answer.session.proveKit().catch(() => {})
        return enter(answer.session)
      }
      setRefusal(answer)
      if (answer.type === 'wrong-code') refuse([{ field: 'code', message: t('restore.bad') }])
    } finally {
      setWorking(false)
    }
  }
  return (
    <Screen word="restore">
      <h1 tabIndex={-1} id="screen-title">
        {t('restore.title')}
      </h1>
      <p>{t('pair.anotherHow')}</p>
      <Button component="a" href={addressOf('restore', 'device')} variant="default" mb="lg">
        {t('pair.another')}
      </Button>{' '}
      <Button component="a" href={addressOf('restore', 'backup')} variant="default" mb="lg">
        {t('backup.from')}
      </Button>
      <p>{t('restore.intro')}</p>
      <form onSubmit={(event) => void go(event)} noValidate>
        <ErrorSummary errors={errors} attempt={attempt} />
        {refusal && refusal.type !== 'wrong-code' ? (
          <Banner status="attention" urgent>
            {refusal.type === 'unknown-code'
              ? t('restore.unknown')
              : refusal.type === 'offline'
                ? t('restore.offline')
                : `${t('sync.signin')} ${t('error.code', { code: refusal.error })}`}
          </Banner>
        ) : null}
        <Stack gap="lg">
          <QrScanner
            choosePicture={() => platform.openFile({ accept: 'image/*', multiple: false })}
            onRead={(text) => {
              if (!/^[0-9A-Z]{4}(?:-[0-9A-Z]{4}){8}$/u.test(text)) return false
              setCode(text)
              return true
            }}
          />
          <KitCodeField id="code" value={code} error={errorOf('code')} onChange={setCode} />
          <NewDeviceFields values={values} onChange={change} errors={errors} serverTitle={t('pair.server')} />
          <Button type="submit" loading={isWorking}>
            {t('restore.go')}
          </Button>
          <Button component="a" href={addressOf('start')} variant="subtle">
            {t('deed.back')}
          </Button>
          <p role="status">{isWorking ? t('restore.bringing') : ''}</p>
        </Stack>
      </form>
    </Screen>
  )
}
