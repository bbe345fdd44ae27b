/**
 * What opens the charts on this device: the passphrase, or passphrase or PIN together with a key that the device keeps.
 * Each change asks for what opens them now, and seals one key anew.
 */
import { isAcceptedPin } from '@chartkeep/store'
import type { AccountSlot, PassphraseChange, PlatformWay } from '@chartkeep/sync'
import { Button, Stack } from '@mantine/core'
import { type FormEvent, useCallback, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApp, useSession } from '../../app/app-context.tsx'
import { Card } from '../../ui/card.tsx'
import { ChooseOne } from '../../ui/choices.tsx'
import { PassphraseField } from '../../ui/passphrase-field.tsx'
import { isPassphraseStrongEnough } from '../../ui/passphrase-strength.ts'
import { Banner } from '../../ui/status-mark.tsx'

type InUse = AccountSlot['platform']

export function UnlockCards() {
  const { keeper } = useApp()
  const session = useSession()
  const [inUse, setInUse] = useState<InUse | undefined>(undefined)
  const [offered, setOffered] = useState<PlatformWay | null>(null)
  const look = useCallback(async () => setInUse(await session.platformInUse()), [session])
  useEffect(() => {
    void look()
    void keeper.platformWay().then(setOffered)
  }, [look, keeper])
  if (inUse === undefined) return null
  return (
    <>
      <ChangeSecret key={`secret-${inUse?.isPin}`} inUse={inUse} />
      {inUse === null ? (
        <TurnOn offered={offered} onChanged={() => void look()} />
      ) : (
        <TurnOff inUse={inUse} onChanged={() => void look()} />
      )}
    </>
  )
}

/** One change: at work, and its answer. */
function useChange() {
  const { t } = useTranslation()
  const [answer, setAnswer] = useState<PassphraseChange | null>(null)
  const [isWorking, setWorking] = useState(false)
  const change = async (work: () => Promise<PassphraseChange>): Promise<boolean> => {
    setWorking(true)
    setAnswer(null)
    try {
      const found = await work()
      setAnswer(found)
      return found.type === 'changed'
    } catch {
      setAnswer({ type: 'failed' })
      return false
    } finally {
      setWorking(false)
    }
  }
  const problem =
    answer?.type === 'platform-key' ? (
      <Banner status="attention" urgent>
        {answer.why === 'unavailable' ? t('unlock.deviceUnavailable') : t('unlock.deviceCancelled')}
      </Banner>
    ) : answer?.type === 'failed' ? (
      <Banner status="attention" urgent>
        {t('settings.changeFailed')}
      </Banner>
    ) : null
  return { change, answer, isWorking, problem }
}

/** What opens the charts now. */
function CurrentField({
  inUse,
  id,
  value,
  onChange,
  answer,
}: {
  inUse: InUse
  id: string
  value: string
  onChange: (value: string) => void
  answer: PassphraseChange | null
}) {
  const { t } = useTranslation()
  const isPin = inUse?.isPin ?? false
  return (
    <PassphraseField
      id={id}
      label={isPin ? t('settings.currentPin') : t('settings.currentPassphrase')}
      value={value}
      onChange={onChange}
      isPin={isPin}
      error={answer?.type === 'wrong-passphrase' ? (isPin ? t('unlock.wrongPin') : t('unlock.wrong')) : undefined}
    />
  )
}

type Wrong = 'bad' | 'differs' | null

function wrongIn(next: string, again: string, isPin: boolean): Wrong {
  const isGood = isPin ? isAcceptedPin(next) : isPassphraseStrongEnough(next)
  return !isGood ? 'bad' : next !== again ? 'differs' : null
}

/** What opens the charts from now on, once more: whoever mistypes it unseen could not open this device any more. */
function TypedTwice({
  id,
  isPin,
  value,
  onChange,
  again,
  onAgain,
  wrong,
}: {
  id: string
  isPin: boolean
  value: string
  onChange: (value: string) => void
  again: string
  onAgain: (again: string) => void
  wrong: Wrong
}) {
  const { t } = useTranslation()
  return (
    <>
      <PassphraseField
        id={id}
        label={isPin ? t('settings.newPin') : t('settings.nextPassphrase')}
        value={value}
        onChange={onChange}
        isNew
        isPin={isPin}
        error={wrong !== 'bad' ? undefined : isPin ? t('settings.pinBad') : t('create.tooWeak')}
      />
      <PassphraseField
        id={`${id}-again`}
        label={isPin ? t('settings.againPin') : t('create.again')}
        value={again}
        onChange={onAgain}
        isAgain
        isPin={isPin}
        error={wrong === 'differs' ? t('create.differs') : undefined}
      />
    </>
  )
}

/** Another passphrase, or another PIN where a PIN is in use. */
function ChangeSecret({ inUse }: { inUse: InUse }) {
  const { t } = useTranslation()
  const session = useSession()
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const [again, setAgain] = useState('')
  const [wrong, setWrong] = useState<Wrong>(null)
  const { change, answer, isWorking, problem } = useChange()
  const isPin = inUse?.isPin ?? false
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const found = wrongIn(next, again, isPin)
    setWrong(found)
    if (found !== null) return
    const isChanged = await change(() => session.changePassphrase(current, next, inUse ? { isPin } : undefined))
    if (!isChanged) return
    setCurrent('')
    setNext('')
    setAgain('')
  }
  return (
    <Card title={isPin ? t('settings.pinTitle') : t('settings.passphrase')}>
      <form onSubmit={(event) => void submit(event)} noValidate>
        <Stack gap="md" maw={420}>
          <CurrentField inUse={inUse} id="current-passphrase" value={current} onChange={setCurrent} answer={answer} />
          <TypedTwice
            id="next-passphrase"
            isPin={isPin}
            value={next}
            onChange={setNext}
            again={again}
            onAgain={setAgain}
            wrong={wrong}
          />
          {problem}
          <div role="status">
            {answer?.type === 'changed' ? (
              <Banner status="good">{isPin ? t('settings.pinChanged') : t('settings.passphraseChanged')}</Banner>
            ) : null}
          </div>
          <Button type="submit" variant="default" loading={isWorking} disabled={current === '' || next === ''}>
            {isPin ? t('settings.pinDeed') : t('settings.passphraseDeed')}
          </Button>
        </Stack>
      </form>
    </Card>
  )
}

function TurnOn({ offered, onChanged }: { offered: PlatformWay | null; onChanged: () => void }) {
  const { t } = useTranslation()
  const session = useSession()
  const [current, setCurrent] = useState('')
  const [way, setWay] = useState('passphrase')
  const [pin, setPin] = useState('')
  const [again, setAgain] = useState('')
  const [wrong, setWrong] = useState<Wrong>(null)
  const { change, answer, isWorking, problem } = useChange()
  if (offered === null) {
    return (
      <Card title={t('settings.way')}>
        <p>{t('settings.wayNone')}</p>
      </Card>
    )
  }
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const isPin = way === 'pin'
    const found = isPin ? wrongIn(pin, again, isPin) : null
    setWrong(found)
    if (found !== null) return
    if (await change(() => session.changePassphrase(current, isPin ? pin : current, { isPin }))) onChanged()
  }
  return (
    <Card title={t('settings.way')}>
      <p>{t('settings.wayWhat')}</p>
      <p>{t('settings.wayLost')}</p>
      <form onSubmit={(event) => void submit(event)} noValidate>
        <Stack gap="md" maw={420}>
          <CurrentField inUse={null} id="way-current" value={current} onChange={setCurrent} answer={answer} />
          <ChooseOne
            id="way-type"
            legend={t('settings.wayType')}
            value={way}
            onChange={setWay}
            isOptional={false}
            choices={[
              { value: 'passphrase', label: t('settings.wayKeep') },
              { value: 'pin', label: t('settings.wayPin') },
            ]}
          />
          {way === 'pin' ? (
            <TypedTwice
              id="way-pin"
              isPin
              value={pin}
              onChange={setPin}
              again={again}
              onAgain={setAgain}
              wrong={wrong}
            />
          ) : null}
          {problem}
          <Button type="submit" variant="default" loading={isWorking} disabled={current === ''}>
            {t('settings.wayOnDeed')}
          </Button>
        </Stack>
      </form>
    </Card>
  )
}

function TurnOff({ inUse, onChanged }: { inUse: NonNullable<InUse>; onChanged: () => void }) {
  const { t } = useTranslation()
  const session = useSession()
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const [again, setAgain] = useState('')
  const [wrong, setWrong] = useState<Wrong>(null)
  const { change, answer, isWorking, problem } = useChange()
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const found = wrongIn(next, again, false)
    setWrong(found)
    if (found === null && (await change(() => session.changePassphrase(current, next)))) onChanged()
  }
  return (
    <Card title={t('settings.way')}>
      <Banner status="good">{inUse.isPin ? t('settings.wayOnPin') : t('settings.wayOnPassphrase')}</Banner>
      <p>{t('settings.wayLost')}</p>
      <p>{t('settings.wayOffWhat')}</p>
      <form onSubmit={(event) => void submit(event)} noValidate>
        <Stack gap="md" maw={420}>
          <CurrentField inUse={inUse} id="way-current" value={current} onChange={setCurrent} answer={answer} />
          <TypedTwice
            id="way-next"
            isPin={false}
            value={next}
            onChange={setNext}
            again={again}
            onAgain={setAgain}
            wrong={wrong}
          />
          {problem}
          <Button type="submit" variant="default" loading={isWorking} disabled={current === '' || next === ''}>
            {t('settings.wayOffDeed')}
          </Button>
        </Stack>
      </form>
    </Card>
  )
}
