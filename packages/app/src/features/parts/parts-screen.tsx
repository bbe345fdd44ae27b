/** Every part of the interface on one page, for developers: `npm run dev`, then `/#/parts`. No build contains it. */
import { Button, Checkbox, Chip, PasswordInput, Radio, SegmentedControl, Skeleton, TextInput } from '@mantine/core'
import { IconPill } from '@tabler/icons-react'
import { type ReactNode, useState } from 'react'
import '../../i18n/all.ts'
import { Card, Facts, ScreenHead } from '../../ui/display/card.tsx'
import { EmptyState } from '../../ui/display/empty-state.tsx'
import { FilterChips } from '../../ui/lists/filter-chips.tsx'
import { PersonSymbol, TONES } from '../../ui/display/person-chip.tsx'
import { Banner, StatusMark, type Status } from '../../ui/display/status-mark.tsx'
import { SyncChip } from '../../ui/frame/sync-chip.tsx'
import styles from './parts.module.css'
import '../../i18n/all.ts'

const STATUSES: readonly Status[] = ['danger', 'attention', 'good', 'info', 'neutral', 'private']
const COLORS = ['page', 'card', 'raised', 'sunk', 'soft', 'accent', 'band', ...STATUSES.map((name) => `${name}-bg`)]
const TYPE = [
  { style: styles.value, text: '6.1 %' },
  { style: styles.title, text: 'Page title 28/34, 650' },
  { style: styles.lead, text: 'Lead 20/28, 650' },
  { style: styles.cardTitle, text: 'Card title 18/24, 650' },
  { style: styles.row, text: 'Row title 16/24, 600' },
  { style: styles.body, text: 'Body 16/24, 400. Il1 O0 0123456789 mg/dL' },
  { style: styles.caption, text: 'Caption 14/20: dates, sources, hints. Nothing is smaller.' },
  { style: styles.body, text: '繁體中文正文 16/26，標題不縮字距。低密度脂蛋白膽固醇 76 mg/dL' },
]
const SAYS = {
  title: 'Chartkeep parts',
  type: 'Type',
  color: 'Color',
  people: 'People',
  buttons: 'Buttons and chips',
  flags: 'Flags and banners',
  fields: 'Fields',
  facts: 'Facts',
  waiting: 'Loading and empty',
  banner: 'What happened, what is safe, what to do.',
  empty: 'Add what you take, or photograph the box.',
  error: 'Enter a number, such as 12.4.',
}

export function PartsScreen() {
  const [pressed, setPressed] = useState<readonly string[]>(['chosen'])
  const [shown, setShown] = useState('Chart')
  return (
    <div className={styles.parts}>
      <ScreenHead title={SAYS.title} />
      <Card title={SAYS.type}>
        {TYPE.map(({ style, text }) => (
          <div key={text} className={style}>
            {text}
          </div>
        ))}
      </Card>
      <Card title={SAYS.color}>
        <Row>
          {COLORS.map((name) => (
            <div
              key={name}
              className={styles.swatch}
              style={{
                background: `var(--ck-${name})`,
                color: name === 'accent' ? 'var(--ck-on-accent)' : 'var(--ck-ink)',
              }}
            >
              {name}
            </div>
          ))}
        </Row>
      </Card>
      <Card title={SAYS.people}>
        <Row>
          {TONES.map((name, tone) => (
            <PersonSymbol key={name} person={{ name, symbol: name.slice(0, 2), tone }} size={48} />
          ))}
        </Row>
      </Card>
      <Card title={SAYS.buttons}>
        <Row>
          {(['filled', 'light', 'default', 'subtle'] as const).map((variant) => (
            <Button key={variant} variant={variant}>
              {variant}
            </Button>
          ))}
          <Button disabled>{'disabled'}</Button>
          <Button loading>{'loading'}</Button>
          <SyncChip state={{ type: 'confirmed', time: '08:32' }} href="#/parts" />
        </Row>
        <Row>
          <FilterChips
            name={SAYS.buttons}
            chips={['chosen', 'choice'].map((id) => ({ id, label: id }))}
            pressed={pressed}
            onToggle={(id) =>
              setPressed(pressed.includes(id) ? pressed.filter((each) => each !== id) : [...pressed, id])
            }
          />
          <Chip defaultChecked>{'08:00'}</Chip>
          <SegmentedControl data={['Chart', 'Table']} value={shown} onChange={setShown} />
        </Row>
      </Card>
      <Card title={SAYS.flags}>
        <Row>
          {STATUSES.map((status) => (
            <StatusMark key={status} status={status} filled>
              {status}
            </StatusMark>
          ))}
        </Row>
        {STATUSES.map((status) => (
          <Banner key={status} status={status} title={status}>
            {SAYS.banner}
          </Banner>
        ))}
      </Card>
      <Card title={SAYS.fields}>
        <div className={styles.fields}>
          <TextInput label={'Medicine'} description={'Name on the label'} placeholder={'Search or type'} />
          <TextInput label={'Value (mg/dL)'} defaultValue="12,,4" error={SAYS.error} />
          <PasswordInput label={'Your four words'} />
          <Checkbox label={'Checked'} defaultChecked />
          <Radio label={'Chosen'} defaultChecked />
        </div>
      </Card>
      <Card title={SAYS.facts}>
        <Facts items={STATUSES.map((status) => ({ label: status, value: SAYS.banner }))} />
      </Card>
      <Card title={SAYS.waiting}>
        <Skeleton height={20} width="40%" animate={false} />
        <EmptyState
          icon={<IconPill size={32} />}
          title={'No medicines yet'}
          action={<Button>{'Add a medicine'}</Button>}
        >
          {SAYS.empty}
        </EmptyState>
      </Card>
    </div>
  )
}

function Row({ children }: { children: ReactNode }) {
  return <div className={styles.line}>{children}</div>
}
