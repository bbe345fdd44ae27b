/** Unlock an account of this device. Needs no network. Wrong passphrase, damaged, missing and newer are never mixed. */
import { Button, Stack } from '@mantine/core'
import { IconUserCircle } from '@tabler/icons-react'
import type { AccountSlot } from '@chartkeep/sync'
import { type FormEvent, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/place/addresses.ts'
import { useApp } from '../../app/context/app-context.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { VanishedBanner } from '../../app/drafts/vanished-banner.tsx'
import { wasHere } from '../../app/session/was-here.ts'
import { PassphraseField } from '../../ui/passphrase/passphrase-field.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'
import { EndingBanner } from './ending-banner.tsx'
import { OpenElsewhere, useWhereOpen } from './open-elsewhere.tsx'
import { RefusalBanner } from './refusal-banner.tsx'
import { useUnlock } from './use-unlock.ts'
import { Working } from './working.tsx'
import styles from './unlock.module.css'
import { lazyPart } from '../../ui/display/lazy-part.ts'

const KitUnlock = lazyPart(
  () => import('./kit-unlock.tsx'),
  (part) => part.KitUnlock,
)

/** Chooses the account, then asks for its passphrase; the recovery kit is the way for who forgot it. */
export function UnlockScreen() {
  const { t } = useTranslation()
  const { accountManager, ending, clearTrouble } = useApp()
  const [accounts, setAccounts] = useState<AccountSlot[] | null>(null)
  const [slot, setSlot] = useState<string | null>(null)
  const [isForgotten, setForgotten] = useState(false)
  useEffect(() => {
    accountManager.accounts().then(
      (found) => {
        clearTrouble()
        setAccounts(found)
        if (found.length === 1) setSlot(found[0]?.slot ?? null)
      },
      // What the disk refuses stands above the screen.
      () => {},
    )
  }, [accountManager, clearTrouble])
  const account = accounts?.find((candidate) => candidate.slot === slot)

  return (
    <Screen word="unlock" focusKey={slot ?? ''}>
      <h1 tabIndex={-1} id="screen-title">
        {t('unlock.title')}
      </h1>
      <EndingBanner ending={ending} />
      {accounts?.length === 0 && wasHere() ? (
        <VanishedBanner />
      ) : accounts?.length === 0 ? (
        <Banner
          status="info"
          action={
            <Button component="a" href={addressOf('start')} variant="default">
              {t('deed.continue')}
            </Button>
          }
        >
          {t('store.missing')}
        </Banner>
      ) : null}
      {accounts && !account && accounts.length > 0 ? (
        <>
          <p>{t('unlock.choose')}</p>
          <Stack gap="sm">
            {accounts.map((candidate) => (
              <Button
                key={candidate.slot}
                variant="default"
                justify="flex-start"
                leftSection={<IconUserCircle size={24} aria-hidden="true" />}
                onClick={() => setSlot(candidate.slot)}
              >
                {candidate.label}
              </Button>
            ))}
          </Stack>
        </>
      ) : null}
      {account ? (
        <>
          <p className={styles.account}>
            <IconUserCircle size={28} aria-hidden="true" /> <strong>{account.label}</strong>
          </p>
          {account.failedTries > 0 ? (
            <Banner status="attention">{t('unlock.tries', { count: account.failedTries })}</Banner>
          ) : null}
          {isForgotten ? (
            <KitUnlock account={account} onBack={() => setForgotten(false)} />
          ) : (
            <PassphraseUnlock key={account.slot} account={account} />
          )}
          <Stack gap="xs" mt="md">
            {isForgotten ? null : (
              <Button variant="subtle" onClick={() => setForgotten(true)}>
                {t('unlock.forgot')}
              </Button>
            )}
            {accounts && accounts.length > 1 ? (
              <Button variant="subtle" onClick={() => setSlot(null)}>
                {t('unlock.other')}
              </Button>
            ) : null}
          </Stack>
        </>
      ) : null}
      <Button component="a" href={addressOf('start')} variant="subtle" fullWidth mt="xs">
        {t('unlock.newAccount')}
      </Button>
      <p className={styles.offline}>{t('unlock.offline')}</p>
    </Screen>
  )
}

function PassphraseUnlock({ account }: { account: AccountSlot }) {
  const { t } = useTranslation()
  const { accountManager, demo } = useApp()
  const [passphrase, setPassphrase] = useState('')
  const [isEmpty, setEmpty] = useState(false)
  const { isWorking, percent, refusal, run, stop } = useUnlock()
  const found = useWhereOpen(account.slot)
  const where = found ?? (refusal?.type === 'in-use' ? { since: refusal.since } : null)
  const isPin = account.platform?.isPin ?? false
  const unlock = async (event: FormEvent) => {
    event.preventDefault()
    setEmpty(passphrase === '')
    if (passphrase === '') return
    await run((options) => accountManager.unlock(account.slot, passphrase, { ...options, takeOver: where !== null }))
    document.getElementById('passphrase')?.focus()
  }
  const wrong = isPin ? t('unlock.wrongPin') : t('unlock.wrong')
  return (
    <form onSubmit={(event) => void unlock(event)} noValidate>
      <Stack gap="md">
        {where === null ? null : <OpenElsewhere where={where} />}
        {/* Password managers file a passphrase under a name; the label is the only one that may be known here. */}
        <input type="text" name="username" value={account.label} autoComplete="username" readOnly hidden />
        <PassphraseField
          id="passphrase"
          value={passphrase}
          onChange={setPassphrase}
          autoFocus
          isPin={isPin}
          description={
            account.platform === null
              ? undefined
              : account.platform.kind === 'passkey'
                ? t('unlock.askPasskey')
                : t('unlock.askSystem')
          }
          error={isEmpty ? t('passphrase.missing') : refusal?.type === 'wrong-passphrase' ? wrong : undefined}
        />
        {demo?.labels.includes(account.label) ? (
          <Banner
            status="info"
            action={
              <Button variant="default" onClick={() => setPassphrase(demo.words)}>
                {t('unlock.fillIn')}
              </Button>
            }
          >
            {t('welcome.demoNote')}
          </Banner>
        ) : null}
        <RefusalBanner refusal={refusal} slot={account.slot} passphrase={passphrase} />
        <Button type="submit" loading={isWorking}>
          {where === null ? t('unlock.go') : t('unlock.useHere')}
        </Button>
        <Working isWorking={isWorking} isTakingOver={where !== null} percent={percent} onStop={stop} />
      </Stack>
    </form>
  )
}
