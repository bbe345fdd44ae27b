/**
 * Bring an account to this device by another device of it: passphrase first, then the code, then the words that both screens show. Nothing is
 * kept on this device before its person has said that the words are the same.
 */
import { Button, CopyButton, Group, Stack, Textarea } from '@mantine/core'
import type { ComparedNumber, NewDevice, PairingRefusal } from '@chartkeep/sync'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/place/addresses.ts'
import { useApp } from '../../app/context/app-context.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { useNewDevice } from '../../app/enrol/use-new-device.ts'
import { Card } from '../../ui/display/card.tsx'
import { CompareWords } from '../../app/enrol/compare-words.tsx'
import { ErrorSummary } from '../../ui/fields/error-summary.tsx'
import { useFieldErrors } from '../../ui/fields/use-field-errors.ts'
import { NewDeviceFields } from '../../app/enrol/new-device-fields.tsx'
import { QrCode } from '../../ui/scan/qr-code.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'
import { typedTwiceErrors } from '../../ui/passphrase/typed-twice.tsx'
import { refusalText } from '../../app/enrol/pairing-refusal.ts'
import '../../i18n/all.ts'

type Step =
  | { at: 'form' }
  | { at: 'code'; device: NewDevice }
  | { at: 'compare'; device: NewDevice; number: ComparedNumber; isWaiting: boolean }

/** `isMember`: the account is a practice's, whose administrator lets this device in as a new member's. */
export function PairNewScreen({ isMember = false }: { isMember?: boolean }) {
  const { t } = useTranslation()
  const { accountManager, platform, enter } = useApp()
  const { values, change, label, passphrase, server } = useNewDevice()
  const { errors, attempt, refuse } = useFieldErrors()
  const [isWorking, setWorking] = useState(false)
  const [step, setStep] = useState<Step>({ at: 'form' })
  const [refusal, setRefusal] = useState<PairingRefusal | null>(null)
  const current = useRef<NewDevice | null>(null)
  // Leaving the screen calls the pairing off.
  useEffect(() => () => void current.current?.cancel(), [])

  const giveUp = (why: PairingRefusal) => {
    current.current = null
    setStep({ at: 'form' })
    setRefusal(why)
  }
  const begin = async (event: FormEvent) => {
    event.preventDefault()
    const found = await typedTwiceErrors('passphrase', passphrase, t)
    setRefusal(null)
    if (refuse(found)) return
    setWorking(true)
    const paired = await accountManager.pair({ label, passphrase: passphrase.secret, server })
    setWorking(false)
    if (paired.type !== 'pairing') return setRefusal(paired)
    const { device } = paired
    current.current = device
    setStep({ at: 'code', device })
    const answered = await device.answered()
    if (current.current !== device) return
    if (answered.type !== 'compare') return giveUp(answered)
    setStep({ at: 'compare', device, number: answered, isWaiting: false })
  }
  const match = async (device: NewDevice, number: ComparedNumber) => {
    setStep({ at: 'compare', device, number, isWaiting: true })
    const entered = await device.confirm()
    if (entered.type === 'unlocked') {
      current.current = null
      void platform.keepStorage()
      return enter(entered.session)
    }
    if (current.current !== device) return
    if (entered.type !== 'offline') return giveUp(entered)
    setRefusal(entered)
    setStep({ at: 'compare', device, number, isWaiting: false })
  }
  const stop = async (device: NewDevice, why: 'differ' | 'cancel') => {
    giveUp(why === 'differ' ? { type: 'bad-answer' } : { type: 'cancelled' })
    await device.cancel()
  }

  return (
    <Screen word="restore" focusKey={step.at}>
      <h1 tabIndex={-1} id="screen-title">
        {isMember ? t('joining.join') : t('pair.title')}
      </h1>
      {refusal ? (
        <Banner status={refusal.type === 'bad-answer' || refusal.type === 'fork' ? 'danger' : 'attention'} urgent>
          {refusalText(refusal, t)}
        </Banner>
      ) : null}
      {step.at === 'form' ? (
        <form onSubmit={(event) => void begin(event)} noValidate>
          <p>{isMember ? t('joining.joinIntro') : t('pair.intro')}</p>
          <ErrorSummary errors={errors} attempt={attempt} />
          <Stack gap="lg">
            <NewDeviceFields values={values} onChange={change} errors={errors} serverTitle={t('pair.server')} />
            <Button type="submit" loading={isWorking}>
              {t('pair.showCode')}
            </Button>
            {isMember ? null : (
              <Button component="a" href={addressOf('restore')} variant="default">
                {t('pair.useKit')}
              </Button>
            )}
            <Button component="a" href={addressOf('start')} variant="subtle">
              {t('deed.back')}
            </Button>
          </Stack>
        </form>
      ) : step.at === 'code' ? (
        <Stack gap="lg">
          <p>{isMember ? t('joining.show') : t('pair.show')}</p>
          <QrCode text={step.device.code} label={t('pair.qr')} size={340} />
          <Stack gap="sm" align="flex-start">
            <Textarea
              label={t('pair.text')}
              description={t('pair.textHint')}
              value={step.device.code}
              readOnly
              autosize
              minRows={3}
              maxRows={6}
              classNames={{ input: 'ck-code' }}
              spellCheck={false}
              w="100%"
              data-testid="pairing-code"
            />
            <CopyButton value={step.device.code}>
              {({ copied, copy }) => (
                <Button variant="default" onClick={copy}>
                  {copied ? t('deed.copied') : t('deed.copy')}
                </Button>
              )}
            </CopyButton>
          </Stack>
          <p role="status">{isMember ? t('joining.waiting') : t('pair.waiting')}</p>
          <Button variant="default" onClick={() => void stop(step.device, 'cancel')}>
            {t('deed.cancel')}
          </Button>
        </Stack>
      ) : (
        <Stack gap="lg">
          <Card title={t('pair.compare')}>
            <p>{t('pair.compareHint')}</p>
            <CompareWords number={step.number} />
          </Card>
          <Group gap="sm">
            <Button onClick={() => void match(step.device, step.number)} loading={step.isWaiting}>
              {t('share.match')}
            </Button>
            <Button variant="default" onClick={() => void stop(step.device, 'differ')}>
              {t('share.differ')}
            </Button>
          </Group>
          <p role="status">{step.isWaiting ? t('pair.waitOther') : ''}</p>
          {step.isWaiting ? (
            <Button variant="subtle" onClick={() => void stop(step.device, 'cancel')}>
              {t('deed.cancel')}
            </Button>
          ) : null}
        </Stack>
      )}
    </Screen>
  )
}
