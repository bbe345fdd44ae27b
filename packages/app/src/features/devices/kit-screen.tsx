/** The recovery kit: saved and proved for the first time, or later another one in place of the one in use (K7), whose copy then stops working. */
import { Button, Stack } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import { addressOf, pathOf } from '../../app/place/addresses.ts'
import { useSession } from '../../app/context/app-context.tsx'
import { RecoveryKit, UNPROVED_KIT } from '../../app/enrol/recovery-kit.tsx'
import { putOff } from '../../app/people/later.ts'
import { KIT_QUESTION } from '../../app/people/use-ways-back.ts'
import { Screen } from '../../app/place/screen.tsx'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { ScreenHead } from '../../ui/display/card.tsx'
import { Banner, Problem } from '../../ui/display/status-mark.tsx'
import { dateOf } from './device-row.tsx'

/** The kit of this account while no copy of it is proved, else a new one. */
export function KitScreen() {
  const session = useSession()
  const [code] = useState(() => {
    const kept = session.setting(UNPROVED_KIT)
    return kept !== null && session.isKit(kept) ? kept : null
  })
  return code === null ? <NewKit /> : <FirstKit code={code} />
}

function FirstKit({ code }: { code: string }) {
  const { t } = useTranslation()
  const session = useSession()
  const navigate = useNavigate()
  const sync = useObservable(session.sync$)
  return (
    <Screen word="devices" focusKey="kit">
      <ScreenHead title={t('overview.kitMissing')} />
      <RecoveryKit
        code={code}
        session={session}
        server={sync?.server?.address ?? null}
        doneLabel={t('kit.done')}
        onLater={() => putOff(session, KIT_QUESTION, session.account, 1)}
        onDone={() => void navigate(pathOf('overview'))}
      />
    </Screen>
  )
}

function NewKit() {
  const { t } = useTranslation()
  const session = useSession()
  const navigate = useNavigate()
  const sync = useObservable(session.sync$)
  const [kit] = useState(() => session.drawKit())
  const [state, setState] = useState<'shown' | 'done'>('shown')
  const [problem, setProblem] = useState('')
  const until = session.waitUntil()
  const replace = async () => {
    setProblem('')
    const outcome = await session.replaceKit(kit.code).catch(() => null)
    if (outcome === null) return setProblem(t('deed.failed'))
    if (outcome.type === 'done') {
      await session.setSetting(UNPROVED_KIT, null)
      await session.proveKit()
      return setState('done')
    }
    setProblem(
      outcome.type === 'offline'
        ? t('devices.kitOffline')
        : `${t('devices.kitRefused')} ${t('error.code', { code: outcome.error })}`,
    )
  }
  return (
    <Screen word="devices" focusKey={state}>
      <ScreenHead
        title={t('devices.kitNew')}
        above={
          <a href={addressOf('devices')} className="ck-alone ck-screen-only">
            {t('screen.devices')}
          </a>
        }
      />
      {until !== null ? (
        <Banner status="info">{t('devices.tooEarly', { date: dateOf(until) })}</Banner>
      ) : state === 'done' ? (
        <Stack gap="md">
          <Banner status="good">{t('devices.kitDone')}</Banner>
          <Button component="a" href={addressOf('devices')}>
            {t('screen.devices')}
          </Button>
        </Stack>
      ) : (
        <>
          <p className="ck-alone ck-screen-only">{t('devices.kitIntro')}</p>
          <Problem text={problem} />
          <RecoveryKit
            code={kit.code}
            session={session}
            server={sync?.server?.address ?? null}
            number={kit.number}
            doneLabel={t('devices.kitReplace')}
            onDone={replace}
            onKeepOld={() => void navigate(pathOf('devices'))}
          />
        </>
      )}
    </Screen>
  )
}
