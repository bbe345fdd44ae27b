/**
 * A device lets another one in (K8): scan or paste its code, compare the words, then it is in. Nothing changes before "The words match". Who the
 * new device is for is the caller's matter.
 */
import { Button, Group, Stack, Textarea, TextInput } from '@mantine/core'
import type { ComparedNumber, DeviceAddition, PairingRefusal } from '@chartkeep/sync'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Card } from '../../ui/display/card.tsx'
import { CompareWords } from './compare-words.tsx'
import { QrScanner } from '../../ui/scan/qr-scanner.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'
import { limited } from '../../ui/fields/limited.tsx'
import { useApp } from '../context/app-context.tsx'
import { refusalText } from './pairing-refusal.ts'

/** The state of a new device after it was enrolled. */
export type EnteredState = 'waiting' | 'entered' | 'refused' | 'unknown'

export type PairingStep =
  | { at: 'read'; isWorking: boolean }
  | { at: 'compare'; addition: DeviceAddition; number: ComparedNumber; isWorking: boolean }
  | { at: 'added'; name: string; how: EnteredState }

/**
 * `begin` answers the code on the new device's screen. `how`: where to find that code. `means`: what the new device may do afterwards.
 * `added`: the text at the end. `onStep` gets the current step, for the focus.
 */
export function PairingSteps({
  begin,
  how,
  means,
  added,
  onStep,
}: {
  begin: (code: string) => Promise<{ type: 'pairing'; addition: DeviceAddition } | PairingRefusal>
  how: string
  means: string
  added: (name: string, how: EnteredState) => ReactNode
  onStep: (at: PairingStep['at']) => void
}) {
  const { t } = useTranslation()
  const { platform } = useApp()
  const [code, setCode] = useState('')
  const [name, setName] = useState('')
  const [step, setStep] = useState<PairingStep>({ at: 'read', isWorking: false })
  const [refusal, setRefusal] = useState<PairingRefusal | null>(null)
  const current = useRef<DeviceAddition | null>(null)
  const isAdded = useRef(false)
  useEffect(
    () => () => {
      if (!isAdded.current) void current.current?.cancel()
    },
    [],
  )
  // oxlint-disable-next-line react-hooks/exhaustive-deps -- only when the step changes
  useEffect(() => onStep(step.at), [step.at])

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
    const answered = await begin(text)
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
    const confirmed = await addition.confirm(name.trim() === '' ? undefined : name.trim())
    if (confirmed.type === 'offline') {
      setRefusal(confirmed)
      return setStep({ at: 'compare', addition, number, isWorking: false })
    }
    if (confirmed.type !== 'added') return giveUp(confirmed)
    isAdded.current = true
    setStep({ at: 'added', name: name.trim(), how: 'waiting' })
    const entered = await addition.entered()
    setStep({ at: 'added', name: name.trim(), how: entered })
  }
  const stop = async (addition: DeviceAddition, why: 'differ' | 'cancel') => {
    giveUp(why === 'differ' ? { type: 'bad-answer' } : { type: 'cancelled' })
    await addition.cancel()
  }

  return (
    <>
      {refusal && !(refusal.type === 'bad-code' && step.at === 'read') ? (
        <Banner status={refusal.type === 'bad-answer' ? 'danger' : 'attention'} urgent>
          {refusalText(refusal, t)}
        </Banner>
      ) : null}
      {step.at === 'read' ? (
        <>
          <Card title={t('pair.readTitle')}>
            <p>{how}</p>
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
                  error={refusal?.type === 'bad-code' ? refusalText(refusal, t) : undefined}
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
            value={name}
            {...limited(name, 80, t, t('restore.deviceHint'))}
            onChange={(event) => setName(event.currentTarget.value)}
            autoComplete="off"
          />
          <p>{means}</p>
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
        added(step.name, step.how)
      )}
    </>
  )
}
