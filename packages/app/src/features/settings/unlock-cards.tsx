/**
 * What opens the charts on this device: the passphrase, or passphrase or PIN together with a key that the device keeps.
 * Each change asks for what opens them now, and seals one key anew.
 */
import { countsTries, isAcceptedPin } from '@chartkeep/store'
import type { AccountSlot, PassphraseChange, PlatformWay } from '@chartkeep/sync'
import { Button, Stack } from '@mantine/core'
import type { TFunction } from 'i18next'
import { type FormEvent, useCallback, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApp, useSession } from '../../app/context/app-context.tsx'
import { addressOf } from '../../app/place/addresses.ts'
import { useWaysBack } from '../../app/people/use-ways-back.ts'
import { hasWayBack } from '../../app/people/ways-back.ts'
import { Card } from '../../ui/display/card.tsx'
import { ChooseOne } from '../../ui/fields/choices.tsx'
import { useFieldErrors } from '../../ui/fields/use-field-errors.ts'
import { PassphraseField } from '../../ui/passphrase/passphrase-field.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'
import { NOTHING_TYPED, TypedTwiceFields, typedTwiceErrors } from '../../ui/passphrase/typed-twice.tsx'

type InUse = AccountSlot['platform']

export function UnlockCards() {
  const { accountManager } = useApp()
  const session = useSession()
  const [inUse, setInUse] = useState<InUse | undefined>(undefined)
  const [offered, setOffered] = useState<PlatformWay | null>(null)
  const look = useCallback(async () => setInUse(await session.platformInUse()), [session])
  useEffect(() => {
    void look()
    void accountManager.platformWay().then(setOffered)
  }, [look, accountManager])
  if (inUse === undefined) return null
  return (
    <>
      <ChangeSecret key={`secret-${inUse?.isPin}`} inUse={inUse} onChanged={() => void look()} />
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

function pinWrong(pin: string, t: TFunction): string {
  return isAcceptedPin(pin) ? '' : t('settings.pinBad')
}

/** Another passphrase, or another PIN where a PIN is in use and safe. A PIN that is not safe here makes way for a passphrase. */
function ChangeSecret({ inUse, onChanged }: { inUse: InUse; onChanged: () => void }) {
  const { t } = useTranslation()
  const session = useSession()
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState(NOTHING_TYPED)
  const { errors, refuse } = useFieldErrors()
  const { change, answer, isWorking, problem } = useChange()
  const isUnsafe = inUse !== null && inUse.isPin && !countsTries(inUse.kind)
  const isPin = inUse !== null && inUse.isPin && !isUnsafe
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const found = await typedTwiceErrors('next-passphrase', next, t, isPin ? pinWrong(next.secret, t) : undefined)
    if (refuse(found)) return
    const isChanged = await change(() => session.changePassphrase(current, next.secret, inUse ? { isPin } : undefined))
    if (!isChanged) return
    setCurrent('')
    setNext(NOTHING_TYPED)
    if (isUnsafe) onChanged()
  }
  return (
    <Card title={isPin ? t('settings.pinTitle') : t('settings.passphrase')}>
      <form onSubmit={(event) => void submit(event)} noValidate>
        <Stack gap="md" maw={420}>
          {isUnsafe ? <Banner status="attention">{t('settings.pinUnsafe')}</Banner> : null}
          <CurrentField inUse={inUse} id="current-passphrase" value={current} onChange={setCurrent} answer={answer} />
          <TypedTwiceFields
            id="next-passphrase"
            label={isPin ? t('settings.newPin') : t('settings.nextPassphrase')}
            pinAgain={isPin ? t('settings.againPin') : undefined}
            value={next}
            onChange={setNext}
            errors={errors}
          />
          {problem}
          <div role="status">
            {answer?.type === 'changed' ? (
              <Banner status="good">{isPin ? t('settings.pinChanged') : t('settings.passphraseChanged')}</Banner>
            ) : null}
          </div>
          <Button type="submit" variant="default" loading={isWorking} disabled={current === '' || next.secret === ''}>
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
  const ways = useWaysBack()
  const [way, setWay] = useState('passphrase')
  const [pin, setPin] = useState(NOTHING_TYPED)
  const { errors, refuse } = useFieldErrors()
  const { change, answer, isWorking, problem } = useChange()
  // Whoever has a PIN no longer types the words, and forgets them: only a way back brings them in again.
  if (offered !== null && (ways === undefined || !hasWayBack(ways))) {
    return (
      <Card title={t('settings.way')}>
        <p>{t('safety.pinFirst')}</p>
        <Button component="a" href={addressOf('devices', 'kit')} variant="default">
          {t('overview.kitMissing')}
        </Button>
      </Card>
    )
  }
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
    const found = isPin ? await typedTwiceErrors('way-pin', pin, t, pinWrong(pin.secret, t)) : []
    if (refuse(found)) return
    if (await change(() => session.changePassphrase(current, isPin ? pin.secret : current, { isPin }))) onChanged()
  }
  return (
    <Card title={t('settings.way')}>
      <p>{t('settings.wayWhat')}</p>
      <p>{countsTries(offered) ? t('settings.wayPinSafe') : t('settings.wayNoPin')}</p>
      <p>{t('settings.wayLost')}</p>
      <form onSubmit={(event) => void submit(event)} noValidate>
        <Stack gap="md" maw={420}>
          <CurrentField inUse={null} id="way-current" value={current} onChange={setCurrent} answer={answer} />
          {countsTries(offered) ? (
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
          ) : null}
          {way === 'pin' ? (
            <TypedTwiceFields
              id="way-pin"
              label={t('settings.newPin')}
              pinAgain={t('settings.againPin')}
              value={pin}
              onChange={setPin}
              errors={errors}
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
  const [next, setNext] = useState(NOTHING_TYPED)
  const { errors, refuse } = useFieldErrors()
  const { change, answer, isWorking, problem } = useChange()
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (refuse(await typedTwiceErrors('way-next', next, t))) return
    if (await change(() => session.changePassphrase(current, next.secret))) onChanged()
  }
  return (
    <Card title={t('settings.way')}>
      <Banner status="good">{inUse.isPin ? t('settings.wayOnPin') : t('settings.wayOnPassphrase')}</Banner>
      <p>{t('settings.wayLost')}</p>
      <p>{t('settings.wayOffWhat')}</p>
      <form onSubmit={(event) => void submit(event)} noValidate>
        <Stack gap="md" maw={420}>
          <CurrentField inUse={inUse} id="way-current" value={current} onChange={setCurrent} answer={answer} />
          <TypedTwiceFields
            id="way-next"
            label={t('settings.nextPassphrase')}
            value={next}
            onChange={setNext}
            errors={errors}
          />
          {problem}
          <Button type="submit" variant="default" loading={isWorking} disabled={current === '' || next.secret === ''}>
            {t('settings.wayOffDeed')}
          </Button>
        </Stack>
      </form>
    </Card>
  )
}
