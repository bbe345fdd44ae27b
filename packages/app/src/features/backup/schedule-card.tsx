/** Backups that make themselves: choosing folder, passphrase and how often; what became of them; and ending it. */
import { Button, Group, Radio, Stack } from '@mantine/core'
import { createBackupLock } from '@chartkeep/interop/backup'
import { type FormEvent, useEffect, useEffectEvent, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSession } from '../../app/context/app-context.tsx'
import { type Interval, INTERVALS, nextBackupAt, type Schedule, scheduleOf } from '../../app/backup/backup-schedule.ts'
import { forgetFolder, type KeptFolder, keptFolder, offersFolders, pickFolder } from '../../platform/kept-folder.ts'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card } from '../../ui/display/card.tsx'
import { ErrorSummary } from '../../ui/fields/error-summary.tsx'
import { useFieldErrors } from '../../ui/fields/use-field-errors.ts'
import { Banner } from '../../ui/display/status-mark.tsx'
import { NOTHING_TYPED, TypedTwiceFields, typedTwiceErrors } from '../../ui/passphrase/typed-twice.tsx'
import type { BackupProgress } from '../../app/backup/backup-run.ts'
import { BackupWork } from './backup-work.tsx'
import { replaceSchedule, runSchedule, runsEnded$ } from '../../app/backup/scheduled-run.ts'

/** A backup that somebody waits for, as the schedule makes them: how far it is, and a way to stop it. Leaving the screen stops it too. */
function useRunNow() {
  const session = useSession()
  const [progress, setProgress] = useState<BackupProgress | null>(null)
  const control = useRef<AbortController | null>(null)
  useEffect(() => () => control.current?.abort(), [])
  const run = async () => {
    control.current = new AbortController()
    setProgress({ step: 'writing', percent: 0 })
    try {
      await runSchedule(session, Date.now(), { signal: control.current.signal, onProgress: setProgress })
    } finally {
      setProgress(null)
    }
  }
  return { progress, run, stop: () => control.current?.abort() }
}

/** `onDone`: a backup was made. */
export function ScheduleCard({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation()
  const session = useSession()
  const [schedule, setSchedule] = useState(() => scheduleOf(session))
  const changed = () => {
    setSchedule(scheduleOf(session))
    onDone()
  }
  const onRun = useEffectEvent(changed)
  useEffect(() => {
    const watch = runsEnded$.subscribe(onRun)
    return () => watch.unsubscribe()
  }, [])
  return (
    <Card title={t('backup.itself')}>
      {!offersFolders() ? (
        <p>{t('backup.itselfNot')}</p>
      ) : schedule === null ? (
        <BeginForm onBegun={changed} />
      ) : (
        <Running key={schedule.folder} schedule={schedule} onChanged={changed} />
      )}
    </Card>
  )
}

function BeginForm({ onBegun }: { onBegun: () => void }) {
  const { t } = useTranslation()
  const session = useSession()
  const [id] = useState(() => crypto.randomUUID())
  const [folder, setFolder] = useState<KeptFolder | null>(null)
  const [interval, setInterval] = useState<Interval>('7')
  const [typed, setTyped] = useState(NOTHING_TYPED)
  const { errors, attempt, refuse } = useFieldErrors()
  const now = useRunNow()

  const pick = async () => {
    const picked = await pickFolder(id).catch(() => null)
    if (picked !== null) setFolder(picked)
  }
  const go = async (event: FormEvent) => {
    event.preventDefault()
    const found = [
      ...(folder === null ? [{ field: 'folder', message: t('backup.folderFirst') }] : []),
      ...(await typedTwiceErrors('schedule-passphrase', typed, t)),
    ]
    if (refuse(found)) return
    const lock = await createBackupLock(typed.secret)
    await replaceSchedule(session, { interval, folder: id, lock, files: [], writing: null, trouble: null })
    try {
      await now.run()
    } finally {
      onBegun()
    }
  }
  if (now.progress !== null) return <BackupWork progress={now.progress} onStop={now.stop} />
  return (
    <form onSubmit={(event) => void go(event)} noValidate>
      <Stack gap="md">
        <p>{t('backup.itselfWhat')}</p>
        <ErrorSummary errors={errors} attempt={attempt} />
        <Group gap="md">
          <Button id="folder" variant="default" onClick={() => void pick()}>
            {t('backup.folder')}
          </Button>
          <span role="status">
            {folder === null ? t('backup.folderNone') : t('backup.chosen', { name: folder.name })}
          </span>
        </Group>
        <Radio.Group
          value={interval}
          onChange={(value) => setInterval(INTERVALS.find((each) => each === value) ?? interval)}
          label={t('backup.every')}
        >
          <Stack gap="xs" mt="xs">
            {INTERVALS.map((each) => (
              <Radio key={each} value={each} label={t('backup.everyDays', { count: Number(each) })} />
            ))}
          </Stack>
        </Radio.Group>
        <TypedTwiceFields
          id="schedule-passphrase"
          label={t('backup.passphrase')}
          description={t('backup.itselfPassphrase')}
          value={typed}
          onChange={setTyped}
          errors={errors}
        />
        <Button type="submit">{t('backup.itselfOn')}</Button>
      </Stack>
    </form>
  )
}

function Running({ schedule, onChanged }: { schedule: Schedule; onChanged: () => void }) {
  const { t } = useTranslation()
  const session = useSession()
  const [folder, setFolder] = useState<KeptFolder | null>(null)
  const work = useRunNow()
  useEffect(() => {
    keptFolder(schedule.folder).then(setFolder, () => setFolder(null))
  }, [schedule.folder])
  const why = schedule.trouble?.why ?? null
  const next = formatMoment(new Date(nextBackupAt(session, schedule)), currentLanguage())

  const attempt = async (before: () => Promise<boolean>) => {
    if (!(await before())) return
    try {
      await work.run()
    } finally {
      onChanged()
    }
  }
  const chooseAgain = async () => {
    const picked = await pickFolder(schedule.folder).catch(() => null)
    if (picked !== null) setFolder(picked)
    return picked !== null
  }
  const [isEnding, setEnding] = useState(false)
  const end = async () => {
    setEnding(true)
    await replaceSchedule(session, null).finally(() => setEnding(false))
    await forgetFolder(schedule.folder).catch(() => {})
    onChanged()
  }
  if (work.progress !== null) return <BackupWork progress={work.progress} onStop={work.stop} />
  return (
    <Stack gap="md">
      <div role="status">
        {why === null ? (
          <Banner status="good">{t('backup.itselfGood', { next, count: schedule.files.length })}</Banner>
        ) : (
          <Banner status="attention">{t(`backup.trouble.${why}`)}</Banner>
        )}
      </div>
      <p>{t('backup.itselfIs', { folder: folder?.name ?? '–', count: Number(schedule.interval) })}</p>
      <Group gap="md">
        {why === null ? null : (
          <Button
            onClick={() =>
              void attempt(
                why === 'asks' && folder !== null ? async () => (await folder.ask()) === 'open' : chooseAgain,
              )
            }
          >
            {t(why === 'asks' ? 'backup.allow' : 'backup.folder')}
          </Button>
        )}
        <Button variant="default" loading={isEnding} onClick={() => void end()}>
          {t('backup.itselfEnd')}
        </Button>
      </Group>
    </Stack>
  )
}
