/** Let a new device into this account: scan or paste its code, compare the words, then it is in. Nothing changes before "The words match". */
import { Button, Group, Stack, Textarea, TextInput } from '@mantine/core'
import type { ComparedNumber, DeviceAddition, PairingRefusal } from '@chartkeep/sync'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/addresses.ts'
import { useApp, useSession } from '../../app/app-context.tsx'
import { Screen } from '../../app/screen.tsx'
import { Card, ScreenHead } from '../../ui/card.tsx'
import { CompareWords } from '../../ui/compare-words.tsx'
import { QrScanner } from '../../ui/qr-scanner.tsx'
import { Banner } from '../../ui/status-mark.tsx'
import { refusalText } from './refusal.ts'

type Step =
  | { at: 'read'; isWorking: boolean }
  | { at: 'compare'; addition: DeviceAddition; number: ComparedNumber; isWorking: boolean }
  | { at: 'added'; name: string; how: 'waiting' | 'entered' | 'refused' | 'unknown' }

/** See ux.md 2, Devices: Add a device. */
export function PairAddScreen() {
  const { t } = useTranslation()
  const { platform } = useApp()
  const session = useSession()
  const [code, setCode] = useState('')
  const [name, setName] = useState('')
  const [step, setStep] = useState<Step>({ at: 'read', isWorking: false })
  const [refusal, setRefusal] = useState<PairingRefusal | null>(null)
  const current = useRef<DeviceAddition | null>(null)
  const isAdded = useRef(false)
  useEffect(
    () => () => {
      if (!isAdded.current) void current.current?.cancel()
    },
    [],
  )

  const giveUp = (why: PairingRefusal) => {
    current.current = null
    // A code is good for one answer: only what was mistyped, or never asked, is worth another try.
    if (why.type !== 'bad-code' && why.type !== 'offline') setCode('')
    setStep({ at: 'read', isWorking: false })
    setRefusal(why)
  }
  const read = async (text: string) => {
    setRefusal(null)
    setStep({ at: 'read', isWorking: true })
    const answered = await session.addDevice(text)
    if (answered.type !== 'pairing') return giveUp(answered)
    const { addition } = answered
    current.current = addition
    const revealed = await addition.revealed()
    if (current.current !== addition) return
    if (revealed.type !== 'compare') return giveUp(revealed)
    setName(revealed.deviceName)
    setStep({ at: 'compare', addition, number: revealed, isWorking: false })
  }
  const match = async (addition: DeviceAddition, number: ComparedNumber) => {
    setRefusal(null)
    setStep({ at: 'compare', addition, number, isWorking: true })
    const added = await addition.confirm(name.trim() === '' ? undefined : name.trim())
    if (added.type === 'offline') {
      setRefusal(added)
      return setStep({ at: 'compare', addition, number, isWorking: false })
    }
    if (added.type !== 'added') return giveUp(added)
    isAdded.current = true
    setStep({ at: 'added', name: name.trim(), how: 'waiting' })
    const how = await addition.entered()
    setStep({ at: 'added', name: name.trim(), how })
  }
  const stop = async (addition: DeviceAddition, why: 'differ' | 'cancel') => {
    giveUp(why === 'differ' ? { type: 'bad-answer' } : { type: 'cancelled' })
    await addition.cancel()
  }

  return (
    <Screen word="devices" focusKey={step.at}>
      <ScreenHead
        title={t('device.add')}
        above={
          <a className="ck-alone" href={addressOf('devices')}>
            {t('screen.devices')}
          </a>
        }
      />
      {refusal ? (
        <Banner status={refusal.type === 'bad-answer' ? 'danger' : 'attention'} urgent>
          {refusalText(refusal, t)}
        </Banner>
      ) : null}
      {step.at === 'read' ? (
        <>
          <Card title={t('pair.readTitle')}>
            <p>{t('pair.readHow')}</p>
            <QrScanner
              choosePicture={() => platform.openFile({ accept: 'image/*', multiple: false })}
              isMain
              onRead={(text) => {
                if (!text.startsWith('chartkeep:')) return false
                setCode(text)
                void read(text)
                return true
              }}
            />
          </Card>
          <Card title={t('pair.pasteTitle')}>
            <form
              onSubmit={(event) => {
                event.preventDefault()
                void read(code)
              }}
            >
              <Stack gap="md">
                <Textarea
                  id="code"
                  label={t('pair.paste')}
                  description={t('pair.pasteHint')}
                  value={code}
                  onChange={(event) => setCode(event.currentTarget.value)}
                  autosize
                  minRows={3}
                  maxRows={8}
                  autoComplete="off"
                  spellCheck={false}
                  classNames={{ input: 'ck-code' }}
                />
                <Button type="submit" loading={step.isWorking} disabled={code.trim() === ''}>
                  {t('deed.continue')}
                </Button>
              </Stack>
            </form>
          </Card>
          <p role="status">{step.isWorking ? t('pair.asking') : ''}</p>
        </>
      ) : step.at === 'compare' ? (
        <Stack gap="lg">
          <Card title={t('pair.compare')}>
            <p>{t('pair.compareHint')}</p>
            <CompareWords number={step.number} />
          </Card>
          <TextInput
            label={t('pair.deviceName')}
            description={t('restore.deviceHint')}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            maxLength={80}
            autoComplete="off"
          />
          <p>{t('pair.means')}</p>
          <Group gap="sm">
            <Button onClick={() => void match(step.addition, step.number)} loading={step.isWorking}>
              {t('share.match')}
            </Button>
            <Button variant="default" onClick={() => void stop(step.addition, 'differ')}>
              {t('share.differ')}
            </Button>
          </Group>
        </Stack>
      ) : (
        <Stack gap="lg">
          <Banner status={step.how === 'entered' ? 'good' : step.how === 'refused' ? 'attention' : 'info'}>
            {t(`pair.added.${step.how}`, { device: step.name })}
          </Banner>
          <Button component="a" href={addressOf('devices')}>
            {t('screen.devices')}
          </Button>
        </Stack>
      )}
    </Screen>
  )
}
