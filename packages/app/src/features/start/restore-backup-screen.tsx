/** Brings a backup file to this device, without a server. Whatever is wrong with it is told apart, and nothing on the device changes. */
import { Button, Radio, Stack } from '@mantine/core'
import { BackupFault, openBackup, type BackupRefusal } from '@chartkeep/interop/backup'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/place/addresses.ts'
import { useApp } from '../../app/context/app-context.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { ErrorSummary } from '../../ui/fields/error-summary.tsx'
import { useFieldErrors } from '../../ui/fields/use-field-errors.ts'
import { PassphraseField } from '../../ui/passphrase/passphrase-field.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'
import { KitCodeField } from '../../app/enrol/kit-code-field.tsx'
import { NOTHING_TYPED, TypedTwiceFields, typedTwiceErrors } from '../../ui/passphrase/typed-twice.tsx'
import '../../i18n/all.ts'

type Problem =
  { type: BackupRefusal['type'] | 'content' | 'full' | 'disk' | 'stopped' } | { type: 'cut'; read: number; all: number }

type Way = 'passphrase' | 'kit'

export function RestoreBackupScreen() {
  const { t } = useTranslation()
  const { accountManager, platform, enter } = useApp()
  const [file, setFile] = useState<File | null>(null)
  const [way, setWay] = useState<Way>('passphrase')
  const [secret, setSecret] = useState('')
  const [code, setCode] = useState('')
  const [passphrase, setPassphrase] = useState(NOTHING_TYPED)
  const { errors, attempt, errorOf, refuse } = useFieldErrors()
  const [percent, setPercent] = useState<number | null>(null)
  const [problem, setProblem] = useState<Problem | null>(null)
  const stop = useRef<AbortController | null>(null)
  useEffect(() => () => stop.current?.abort(), [])

  const pick = async () => {
    const [picked] = await platform.openFile({ accept: '.chartkeep', multiple: false })
    if (picked === undefined) return
    setFile(picked)
    setProblem(null)
  }

  const restore = async (from: File, signal: AbortSignal): Promise<Problem | null> => {
    const key = way === 'kit' ? { code } : { passphrase: secret }
    const onProgress = (bytes: number) => setPercent(Math.min(99, Math.floor((100 * bytes) / from.size)))
    try {
      const opened = await openBackup(from, key, { signal, onProgress })
      if (opened.type !== 'opened') return opened
      const restored = await accountManager.restoreBackup({
        items: opened.items,
        label: null,
        passphrase: passphrase.secret,
        code: way === 'kit' ? code : null,
        signal,
      })
      if (restored.type === 'unlocked') {
        enter(restored.session)
        return null
      }
      return restored.type === 'content' ? { type: 'content' } : { type: restored.trouble === 'full' ? 'full' : 'disk' }
    } catch (error) {
      if (signal.aborted) return { type: 'stopped' }
      if (!(error instanceof BackupFault)) throw error
      const { fault, read, all } = error
      return fault === 'incomplete' && all !== null
        ? { type: 'cut', read, all: Math.max(all, read + 1) }
        : { type: fault }
    }
  }

  const go = async (event: FormEvent) => {
    event.preventDefault()
    const required = (field: string) => t('form.required', { field })
    const typed = way === 'kit' ? code : secret
    const found = [
      ...(file === null ? [{ field: 'file', message: t('backup.chooseFirst') }] : []),
      ...(typed.trim() === ''
        ? [{ field: 'secret', message: required(way === 'kit' ? t('restore.field') : t('backup.passphrase')) }]
        : []),
      ...(await typedTwiceErrors('passphrase', passphrase, t)),
    ]
    setProblem(null)
    if (refuse(found) || file === null) return
    const control = new AbortController()
    stop.current = control
    setPercent(0)
    try {
      setProblem(await restore(file, control.signal))
    } finally {
      stop.current = null
      setPercent(null)
    }
  }
  const isWorking = percent !== null
  return (
    <Screen word="restore">
      <h1 tabIndex={-1} id="screen-title">
        {t('backup.fromTitle')}
      </h1>
      <p>{t('backup.fromWhat')}</p>
      <form onSubmit={(event) => void go(event)} noValidate>
        <ErrorSummary errors={errors} attempt={attempt} />
        {problem === null ? null : (
          <Banner status={problem.type === 'stopped' ? 'info' : 'attention'} urgent>
            <ProblemText problem={problem} />
          </Banner>
        )}
        <Stack gap="lg">
          <div>
            <Button id="file" variant="default" onClick={() => void pick()} disabled={isWorking}>
              {t('backup.choose')}
            </Button>
            <p role="status">{file === null ? '' : t('backup.chosen', { name: file.name })}</p>
            {errorOf('file') ? <p>{errorOf('file')}</p> : null}
          </div>
          <Radio.Group
            value={way}
            onChange={(value) => setWay(value === 'kit' ? 'kit' : 'passphrase')}
            label={t('backup.openWith')}
          >
            <Stack gap="xs" mt="xs">
              <Radio value="passphrase" label={t('backup.withPassphrase')} />
              <Radio value="kit" label={t('backup.withKit')} />
            </Stack>
          </Radio.Group>
          {way === 'kit' ? (
            <KitCodeField id="secret" value={code} error={errorOf('secret')} onChange={setCode} />
          ) : (
            <PassphraseField
              id="secret"
              label={t('backup.passphrase')}
              value={secret}
              onChange={setSecret}
              error={errorOf('secret')}
            />
          )}
          <TypedTwiceFields
            id="passphrase"
            label={t('restore.newPassphrase')}
            description={t('create.passphraseIntro')}
            value={passphrase}
            onChange={setPassphrase}
            errors={errors}
          />
          <Button type="submit" loading={isWorking}>
            {t('restore.go')}
          </Button>
          {isWorking ? (
            <Button variant="default" onClick={() => stop.current?.abort()}>
              {t('backup.stop')}
            </Button>
          ) : (
            <Button component="a" href={addressOf('restore')} variant="subtle">
              {t('deed.back')}
            </Button>
          )}
          <p role="status">{isWorking ? t('backup.bringing', { percent }) : ''}</p>
        </Stack>
      </form>
    </Screen>
  )
}

function ProblemText({ problem }: { problem: Problem }) {
  const { t } = useTranslation()
  switch (problem.type) {
    case 'cut':
      return t('backup.bad', { n: problem.read, all: problem.all })
    case 'incomplete':
      return t('backup.badEarly')
    case 'damaged':
      return t('backup.damaged')
    case 'wrong-passphrase':
      return t('backup.pass')
    case 'wrong-kit':
      return t('backup.kit')
    case 'bad-code':
      return t('restore.bad')
    case 'not-a-backup':
      return t('backup.notOne')
    case 'newer':
      return t('backup.newer')
    case 'unreadable':
      return t('backup.unreadable')
    case 'content':
      return t('backup.content')
    case 'full':
      return t('backup.full')
    case 'disk':
      return t('backup.disk')
    case 'stopped':
      return t('backup.restoreStopped')
  }
}
