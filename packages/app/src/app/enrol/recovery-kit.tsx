/**
 * Shows, prints and proves the recovery kit: the person types two groups of the printed code. This may wait; until it is proved the code
 * stays sealed in this account on this device, and Overview keeps asking.
 */
import { Button, Group, Stack, TextInput } from '@mantine/core'
import type { Session } from '@chartkeep/sync'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { today } from '../../ui/fields/date-entry.ts'
import { KitSheet } from './kit-sheet.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'
import { useApp } from '../context/app-context.tsx'

/** The sealed setting that holds a code whose print was not yet proved. */
export const UNPROVED_KIT = 'kit-unproved'

/**
 * `onDone` runs when the print is proved or the person postpones it, once at a time. With `onKeepOld` the kit replaces another: it cannot
 * be postponed, only cancelled, and then no part of it is stored.
 */
export function RecoveryKit({
  code,
  session,
  server,
  onDone,
  doneLabel,
  number = 1,
  onKeepOld,
  onLater,
}: {
  code: string
  session: Session
  server: string | null
  onDone: () => Promise<void> | void
  doneLabel: string
  number?: number
  onKeepOld?: () => void
  /** Before `onDone`, where the person puts it off. */
  onLater?: () => Promise<void>
}) {
  const { t } = useTranslation()
  const { platform } = useApp()
  const groups = code.split('-')
  const [[first, second]] = useState(() => twoOf(groups.length))
  const [wasPrinted, setPrinted] = useState(false)
  const [isPdf, setPdf] = useState(false)
  const [typed, setTyped] = useState({ first: '', second: '' })
  const [isWrong, setWrong] = useState(false)
  const isProved = same(typed.first, groups[first]) && same(typed.second, groups[second])

  const [isWorking, setWorking] = useState(false)
  // A second press comes before the button is drawn as busy.
  const isBusy = useRef(false)
  const done = async (unproved: string | null) => {
    if (isBusy.current) return
    isBusy.current = true
    setWorking(true)
    try {
      if (!onKeepOld) {
        await session.setSetting(UNPROVED_KIT, unproved)
        if (unproved === null) await session.proveKit()
        else await onLater?.()
      }
      await onDone()
    } finally {
      isBusy.current = false
      setWorking(false)
    }
  }
  return (
    <Stack gap="md">
      <p className="ck-screen-only">{t('kit.print')}</p>
      <KitSheet code={code} made={today()} number={number} server={server} />
      <Stack gap="md" className="ck-screen-only">
        <Group gap="sm">
          <Button
            variant={wasPrinted ? 'default' : 'filled'}
            onClick={() => void platform.print().then(() => setPrinted(true))}
          >
            {t('deed.print')}
          </Button>
          <Button
            variant="default"
            onClick={() => {
              setPdf(true)
              void platform.print().then(() => setPrinted(true))
            }}
          >
            {t('kit.pdf')}
          </Button>
          <Button variant="default" onClick={() => setPrinted(true)}>
            {t('kit.printed')}
          </Button>
        </Group>
        {isPdf ? <Banner status="attention">{t('kit.pdfDanger')}</Banner> : null}
        <p>{t('kit.byHand')}</p>
        {wasPrinted ? (
          <form
            onSubmit={(event) => {
              event.preventDefault()
              if (isProved) void done(null)
              else setWrong(true)
            }}
            autoComplete="off"
          >
            <Stack gap="md">
              <div>
                <strong>{t('kit.prove', { a: first + 1, b: second + 1 })}</strong>
                <div>{t('kit.proveHint')}</div>
              </div>
              <Group gap="sm" grow>
                <TextInput
                  label={t('restore.group', { n: first + 1 })}
                  value={typed.first}
                  error={isWrong && !isProved && !same(typed.first, groups[first])}
                  onChange={(event) => setTyped({ ...typed, first: event.currentTarget.value })}
                  autoComplete="off"
                  autoCapitalize="characters"
                  classNames={{ input: 'ck-code' }}
                />
                <TextInput
                  label={t('restore.group', { n: second + 1 })}
                  value={typed.second}
                  error={isWrong && !isProved && !same(typed.second, groups[second])}
                  onChange={(event) => setTyped({ ...typed, second: event.currentTarget.value })}
                  autoComplete="off"
                  autoCapitalize="characters"
                  classNames={{ input: 'ck-code' }}
                />
              </Group>
              <div role="status">
                {isProved ? (
                  <Banner status="good">{t('kit.proved')}</Banner>
                ) : isWrong ? (
                  <Banner status="attention">{t('kit.proveWrong')}</Banner>
                ) : null}
              </div>
              <Button type="submit" loading={isWorking}>
                {doneLabel}
              </Button>
            </Stack>
          </form>
        ) : null}
        {onKeepOld ? (
          <Button variant="default" disabled={isWorking} onClick={onKeepOld}>
            {t('devices.kitKeep')}
          </Button>
        ) : (
          <Banner
            status="attention"
            action={
              <Button variant="default" onClick={() => void done(code)}>
                {t('deed.notNow')}
              </Button>
            }
          >
            {t('kit.later')}
          </Banner>
        )}
      </Stack>
    </Stack>
  )
}

/** Two different groups by chance, in order. */
function twoOf(count: number): [number, number] {
  const [a = 0, b = 0] = crypto.getRandomValues(new Uint8Array(2))
  const first = a % count
  const second = (first + 1 + (b % Math.max(1, count - 1))) % count
  return first < second ? [first, second] : [second, first]
}

/** As the code is read everywhere: capitals do not matter, O is 0, I and L are 1. */
function same(typed: string, group: string | undefined): boolean {
  const read = (text: string) => text.trim().toUpperCase().replaceAll('O', '0').replaceAll(/[IL]/gu, '1')
  return group !== undefined && read(typed) === read(group)
}
