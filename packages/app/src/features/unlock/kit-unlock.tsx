/** Forgotten passphrase: the kit opens the charts on this device, then a new passphrase is set. */
import { Button, Stack, Textarea } from '@mantine/core'
import type { AccountSlot, UnlockRefusal } from '@chartkeep/sync'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApp } from '../../app/app-context.tsx'
import { PassphraseField } from '../../ui/passphrase-field.tsx'
import { isPassphraseStrongEnough } from '../../ui/passphrase-strength.ts'
import { RefusalBanner } from './refusal-banner.tsx'

/** The code, and the passphrase from now on. */
export function KitUnlock({ account, onBack }: { account: AccountSlot; onBack: () => void }) {
  const { t } = useTranslation()
  const { keeper, enter } = useApp()
  const [code, setCode] = useState('')
  const [passphrase, setPassphrase] = useState('')
  const [isWeak, setWeak] = useState(false)
  const [refusal, setRefusal] = useState<UnlockRefusal | null>(null)
  const [isWorking, setWorking] = useState(false)
  const unlock = async (event: FormEvent) => {
    event.preventDefault()
    const tooWeak = !isPassphraseStrongEnough(passphrase)
    setWeak(tooWeak)
    setRefusal(null)
    if (tooWeak) return
    setWorking(true)
    try {
      const answer = await keeper.unlockWithKit(account.slot, code, passphrase)
      if (answer.type === 'unlocked') return enter(answer.session)
      setRefusal(answer)
    } finally {
      setWorking(false)
    }
  }
  const isCodeWrong = refusal?.type === 'wrong-code' || refusal?.type === 'wrong-passphrase'
  return (
    <form onSubmit={(event) => void unlock(event)} noValidate>
      <Stack gap="md">
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
        <PassphraseField
          id="passphrase"
          label={t('restore.newPassphrase')}
          value={passphrase}
          onChange={setPassphrase}
          isNew
          error={isWeak ? t('create.tooWeak') : undefined}
        />
        <RefusalBanner refusal={isCodeWrong ? null : refusal} />
        <Button type="submit" loading={isWorking}>
          {t('unlock.go')}
        </Button>
        <Button variant="subtle" onClick={onBack}>
          {t('deed.back')}
        </Button>
      </Stack>
    </form>
  )
}
