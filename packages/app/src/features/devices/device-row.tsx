/** One device of this account: what it is called, how and when it came in, and what can be done with it. */
import { Button, Group, Stack, TextInput } from '@mantine/core'
import { IconDeviceLaptop } from '@tabler/icons-react'
import type { AccountActionOutcome, DeviceView } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSession } from '../../app/context/app-context.tsx'
import { ActionButton } from '../../app/actions/action-button.tsx'
import { currentLanguage } from '../../i18n/index.ts'
import { formatDay, formatTime } from '../../i18n/dates.ts'
import { Dialog } from '../../ui/dialogs/dialogs.tsx'
import { Question } from '../../ui/dialogs/question.tsx'
import { Problem, StatusMark } from '../../ui/display/status-mark.tsx'
import { limited } from '../../ui/fields/limited.tsx'
import styles from './devices.module.css'

/** `label` tells devices of one name apart. */
export function DeviceRow({ device, label }: { device: DeviceView; label: string }) {
  const { t } = useTranslation()
  const session = useSession()
  const [open, setOpen] = useState<'rename' | 'remove' | null>(null)
  return (
    <li>
      <IconDeviceLaptop size={24} aria-hidden="true" />
      <div className={styles.name}>
        <strong>{label}</strong>
        <div className={styles.how}>{howText(device, t)}</div>
        {device.thisDevice || device.removed ? null : (
          <div className={styles.how}>
            {device.heardAt === null ? t('device.neverSeen') : t('device.seen', { time: dateOf(device.heardAt) })}
          </div>
        )}
        <div>
          {device.thisDevice ? <StatusMark status="good">{t('device.this')}</StatusMark> : null}
          {device.outOfDateSince === null ? null : (
            <StatusMark status="attention">{t('device.outOfDate', { date: dateOf(device.outOfDateSince) })}</StatusMark>
          )}
          {device.newByKit ? <StatusMark status="attention">{kitUse(device, t)}</StatusMark> : null}
          {device.former && !device.removed ? <StatusMark status="attention">{t('device.former')}</StatusMark> : null}
          {device.removed ? <StatusMark status="neutral">{t('device.removed')}</StatusMark> : null}
        </div>
      </div>
      {device.removed ? null : (
        <Group gap="xs">
          {device.newByKit ? (
            <ActionButton action={t('device.wasMe')} run={() => session.acknowledgeDevice(device.id)} />
          ) : null}
          <Button variant="default" onClick={() => setOpen('rename')} aria-label={`${t('devices.rename')}: ${label}`}>
            {t('devices.rename')}
          </Button>
          {device.thisDevice ? null : (
            <Button
              variant="default"
              onClick={() => setOpen('remove')}
              aria-label={`${t('device.removeDeed')}: ${label}`}
            >
              {t('device.removeDeed')}
            </Button>
          )}
        </Group>
      )}
      <Rename device={device} isOpen={open === 'rename'} onClose={() => setOpen(null)} />
      <Remove device={device} isOpen={open === 'remove'} onClose={() => setOpen(null)} />
    </li>
  )
}

/** Day and time, today too: a use of the kit is a matter for exact words. */
export function dateOf(time: number): string {
  const moment = new Date(time)
  return `${formatDay(moment, currentLanguage())} ${formatTime(moment)}`
}

function howText({ added, seen }: DeviceView, t: TFunction): string {
  const how =
    added.how === 'first'
      ? t('devices.first')
      : added.how === 'kit'
        ? t('devices.byKit')
        : t('devices.byPairing', { device: added.by })
  if (seen === null || (added.how === 'first' && !seen.isExact)) return how
  return `${how} · ${t(seen.isExact ? 'devices.on' : 'devices.before', { date: dateOf(seen.time) })}`
}

function kitUse({ seen }: DeviceView, t: TFunction): string {
  if (seen === null) return t('device.byKit')
  return t(seen.isExact ? 'devices.usedAt' : 'devices.usedBefore', { date: dateOf(seen.time) })
}

function Rename({ device, isOpen, onClose }: { device: DeviceView; isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation()
  const session = useSession()
  const [name, setName] = useState(device.name)
  const [isMissing, setMissing] = useState(false)
  const [problem, setProblem] = useState('')
  const [isWorking, setWorking] = useState(false)
  const save = async () => {
    setProblem('')
    setMissing(name.trim() === '')
    if (name.trim() === '') return
    setWorking(true)
    const outcome = await session.renameDevice(device.id, name)
    setWorking(false)
    if (outcome.type === 'done') return onClose()
    setProblem(problemText(outcome, t('devices.renameOffline'), t))
  }
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={t('devices.rename')}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void save()
        }}
      >
        <Stack gap="md">
          <TextInput
            label={t('devices.renameTitle')}
            value={name}
            {...limited(name, 80, t)}
            onChange={(event) => setName(event.currentTarget.value)}
            error={isMissing ? t('devices.nameMissing') : undefined}
            autoComplete="off"
            data-autofocus
          />
          <Problem text={problem} />
          <Button type="submit" loading={isWorking}>
            {t('devices.renamed')}
          </Button>
          <Button variant="default" onClick={onClose}>
            {t('deed.cancel')}
          </Button>
        </Stack>
      </form>
    </Dialog>
  )
}

function Remove({ device, isOpen, onClose }: { device: DeviceView; isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation()
  const session = useSession()
  const [problem, setProblem] = useState('')
  const [isWorking, setWorking] = useState(false)
  const remove = async () => {
    setWorking(true)
    const outcome = await session.removeDevice(device.id)
    setWorking(false)
    if (outcome.type === 'done') return onClose()
    const until = session.waitUntil()
    const error = outcome.type === 'refused' ? outcome.error : null
    if (error === 'too-early' && until !== null) setProblem(t('devices.tooEarly', { date: dateOf(until) }))
    else if (error === 'server-full') setProblem(t('devices.removeFull'))
    else setProblem(problemText(outcome, t('device.removeOffline'), t))
  }
  return (
    <Question
      isOpen={isOpen}
      title={t('device.removeDeed')}
      problem={problem}
      stay={t('deed.cancel')}
      go={t('device.removeDeed')}
      isWorking={isWorking}
      onStay={onClose}
      onGo={() => void remove()}
    >
      <p>
        <strong>{t('devices.removeAsk', { device: device.name })}</strong>
      </p>
      <ul>
        <li>{t('devices.removeWhat')}</li>
        <li>{t('devices.removeKept')}</li>
        <li>{t('devices.removeBack')}</li>
      </ul>
    </Question>
  )
}

function problemText(outcome: Exclude<AccountActionOutcome, { type: 'done' }>, offline: string, t: TFunction): string {
  return outcome.type === 'offline' ? offline : `${t('sync.signin')} ${t('error.code', { code: outcome.error })}`
}
