/** Forgotten passphrase: the kit opens the charts on this device, then a new passphrase is set. */
import { Button, Stack, Textarea } from '@mantine/core'
import type { AccountSlot } from '@chartkeep/sync'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApp } from '../../app/context/app-context.tsx'
import { useFieldErrors } from '../../ui/fields/use-field-errors.ts'
import { NOTHING_TYPED, TypedTwiceFields, typedTwiceErrors } from '../../ui/passphrase/typed-twice.tsx'
import { OpenElsewhere, useWhereOpen } from './open-elsewhere.tsx'
import { RefusalBanner } from './refusal-banner.tsx'
import { useUnlock } from './use-unlock.ts'
import { Working } from './working.tsx'

/** The code, and the passphrase from now on. */
export function KitUnlock({ account, onBack }: { account: AccountSlot; onBack: () => void }) {
  const { t } = useTranslation()
  const { accountManager } = useApp()
  const [code, setCode] = useState('')
  const [passphrase, setPassphrase] = useState(NOTHING_TYPED)
  const { errors, refuse } = useFieldErrors()
  const { isWorking, percent, refusal, run, stop } = useUnlock()
  const found = useWhereOpen(account.slot)
  const where = found ?? (refusal?.type === 'in-use' ? { since: refusal.since } : null)
  const unlock = async (event: FormEvent) => {
    event.preventDefault()
    const wrong = await typedTwiceErrors('passphrase', passphrase, t)
    if (refuse(wrong)) return
    await run(async (options) => {
      const how = { ...options, takeOver: where !== null }
      const answer = await accountManager.unlockWithKit(account.slot, code, passphrase.secret, how)
      // Who has typed the whole code has a copy that can be read.
      if (answer.type === 'unlocked') await answer.session.proveKit().catch(() => {})
      return answer
    })
  }
  const isCodeWrong = refusal?.type === 'wrong-code' || refusal?.type === 'wrong-passphrase'
  return (
    <form onSubmit={(event) => void unlock(event)} noValidate>
      <Stack gap="md">
        {where === null ? null : <OpenElsewhere where={where} />}
        <p>{t('kit.forgot')}</p>
        <Textarea
          id="code"
          label={t('restore.field')}
          description={t('restore.hint')}
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
          error={isCodeWrong ? t('restore.bad') : undefined}
          autosize
          minRows={2}
          autoComplete="off"
          spellCheck={false}
          classNames={{ input: 'ck-code' }}
        />
        <TypedTwiceFields
          id="passphrase"
          label={t('restore.newPassphrase')}
          value={passphrase}
          onChange={setPassphrase}
          errors={errors}
        />
        <RefusalBanner refusal={isCodeWrong ? null : refusal} slot={account.slot} />
        <Button type="submit" loading={isWorking}>
          {where === null ? t('unlock.go') : t('unlock.useHere')}
        </Button>
        <Working isWorking={isWorking} isTakingOver={where !== null} percent={percent} onStop={stop} />
        <Button variant="subtle" onClick={onBack}>
          {t('deed.back')}
        </Button>
      </Stack>
    </form>
  )
}
