/** The last page of the first run, inside the new account: what to add first. Looking around is a full answer. */
import { Button } from '@mantine/core'
import { IconAlertOctagon, IconCamera, IconFileImport, IconPill, IconUserPlus } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/place/addresses.ts'
import { useChart } from '../../app/context/app-context.tsx'
import { givenName } from '../../app/people/given-name.ts'
import { Screen } from '../../app/place/screen.tsx'
import { IconBox, type IconTone } from '../../ui/display/icon-box.tsx'
import styles from './start.module.css'

export function FirstRecordScreen() {
  const { t } = useTranslation()
  const { summary, slots } = useChart()
  const { slot } = summary
  const form = (kind: 'medications' | 'allergies') =>
    addressOf('form', slot, slots.slotOf({ type: 'form', collection: kind, id: null, kind }))
  return (
    <Screen word="start" focusKey="first">
      <div className={styles.firstRecord} data-wide>
        <p className={styles.step}>{t('create.step', { n: 2, all: 2 })}</p>
        <h1 tabIndex={-1} id="screen-title">
          {t('firstRecord.title', { name: givenName(summary.name) })}
        </h1>
        <p className={styles.lead}>{t('firstRecord.what')}</p>
        <ul className={styles.tiles}>
          <Tile
            isFirst
            href={addressOf('docs', slot)}
            tone="solid"
            icon={<IconCamera size={24} />}
            title={t('firstRecord.photo')}
            text={t('firstRecord.photoWhat')}
          />
          <Tile
            href={form('medications')}
            tone="accent"
            icon={<IconPill size={24} />}
            title={t('firstRecord.medicine')}
            text={t('firstRecord.medicineWhat')}
          />
          <Tile
            href={form('allergies')}
            tone="danger"
            icon={<IconAlertOctagon size={24} />}
            title={t('firstRecord.allergy')}
            text={t('firstRecord.allergyWhat')}
          />
          <Tile
            href={addressOf('import', slot)}
            tone="info"
            icon={<IconFileImport size={24} />}
            title={t('firstRecord.import')}
            text={t('firstRecord.importWhat')}
          />
          <Tile
            href={addressOf('settings', 'add')}
            tone="private"
            icon={<IconUserPlus size={24} />}
            title={t('firstRecord.other')}
            text={t('firstRecord.otherWhat')}
          />
        </ul>
        <Button component="a" href={addressOf('overview', slot)} variant="subtle" display="flex" mx="auto" mt="lg">
          {t('firstRecord.look')}
        </Button>
      </div>
    </Screen>
  )
}

function Tile({
  href,
  tone,
  icon,
  title,
  text,
  isFirst = false,
}: {
  href: string
  tone: IconTone
  icon: ReactNode
  title: string
  text: string
  isFirst?: boolean
}) {
  return (
    <li data-first={isFirst || undefined}>
      <a href={href} className={styles.tile}>
        <IconBox tone={tone} large>
          {icon}
        </IconBox>
        <span>
          <strong>{title}</strong>
          <span>{text}</span>
        </span>
      </a>
    </li>
  )
}
