/** The first screen on a device without an account: one sentence, two buttons, a look at the sample where the server has one. Clinics get one line at the end. */
import { Button } from '@mantine/core'
import { IconArrowRight, IconDoorExit, IconKey, IconPlane } from '@tabler/icons-react'
import type { Session } from '@chartkeep/sync'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/place/addresses.ts'
import { useApp } from '../../app/context/app-context.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { VanishedBanner } from '../../app/drafts/vanished-banner.tsx'
import { wasHere } from '../../app/session/was-here.ts'
import { IconBox } from '../../ui/display/icon-box.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'
import { Peek } from './peek.tsx'
import styles from './start.module.css'

const FACTS = [
  { words: 'welcome.server', Icon: IconKey },
  { words: 'welcome.offline', Icon: IconPlane },
  { words: 'welcome.leave', Icon: IconDoorExit },
] as const

export function WelcomeScreen() {
  const { t } = useTranslation()
  const { accountManager } = useApp()
  const [hasAccounts, setHasAccounts] = useState(false)
  const [isDeleted, setDeleted] = useState(false)
  useEffect(() => {
    // What the disk refuses stands above the screen.
    accountManager.accounts().then(
      (accounts) => {
        setHasAccounts(accounts.length > 0)
        setDeleted(accounts.length === 0 && wasHere())
      },
      () => {},
    )
  }, [accountManager])
  return (
    <Screen word="start">
      <div className={styles.welcome} data-wide>
        <div>
          <h1 tabIndex={-1} id="screen-title">
            {t('welcome.title')}
          </h1>
          {isDeleted ? <VanishedBanner /> : null}
          <p className={styles.lead}>{t('welcome.what')}</p>
          <div className={styles.choices}>
            <Button component="a" href={addressOf('start', 'new')} mih={56} fz="1.0625rem">
              {t('welcome.start')}
            </Button>
            <Button component="a" href={addressOf('restore')} variant="default">
              {t('welcome.restore')}
            </Button>
            {hasAccounts ? (
              <Button component="a" href={addressOf('unlock')} variant="subtle">
                {t('unlock.go')}
              </Button>
            ) : null}
          </div>
          <Sample />
          <ul className={styles.facts}>
            {FACTS.map(({ words, Icon }) => (
              <li key={words}>
                <IconBox>
                  <Icon size={20} stroke={1.75} />
                </IconBox>
                <span>{t(words)}</span>
              </li>
            ))}
          </ul>
          <p className={styles.work}>
            {t('welcome.work')}{' '}
            <a className="ck-alone" href={addressOf('start', 'work')}>
              {t('welcome.workGo')}
            </a>
          </p>
        </div>
        <Peek />
      </div>
    </Screen>
  )
}

/** Nothing where the server was not started as a demonstration. */
function Sample() {
  const { t } = useTranslation()
  const { demo, enter } = useApp()
  const [state, setState] = useState<'idle' | 'opening' | 'failed'>('idle')
  if (!demo) return null
  const open = async (account: () => Promise<Session>) => {
    setState('opening')
    try {
      enter(await account())
    } catch {
      setState('failed')
    }
  }
  return (
    <div className={styles.sample}>
      <button type="button" disabled={state === 'opening'} onClick={() => void open(demo.family)}>
        <span>{t('welcome.demoFamily')}</span> <IconArrowRight size={18} aria-hidden="true" />
      </button>
      <button type="button" disabled={state === 'opening'} onClick={() => void open(demo.doctor)}>
        <span>{t('welcome.demoDoctor')}</span> <IconArrowRight size={18} aria-hidden="true" />
      </button>
      <p className={styles.hint}>{t('welcome.demoNote')}</p>
      <div role="status">
        {state === 'opening' ? <p>{t('welcome.demoOpening')}</p> : null}
        {state === 'failed' ? <Banner status="attention">{t('welcome.demoFailed')}</Banner> : null}
      </div>
    </div>
  )
}
