/**
 * "Who may open this if you cannot?": a person who manages the chart, a sealed second kit, or nobody, said in plain words. Asked when a chart
 * is begun, and answered or changed later. The kit's own print is asked for by whoever shows this.
 */
import { Button, Group, Stack, TextInput } from '@mantine/core'
import type { ChartAppearance } from '@chartkeep/sync'
import { type ReactNode, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ChooseOne } from '../../ui/fields/choices.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'
import { limited } from '../../ui/fields/limited.tsx'
import { watchRefused } from '../hooks/refused-field.ts'

/** What a person answers; `person`: somebody is to be added, and the question stays until they are. */
export type OpenerAnswer = NonNullable<ChartAppearance['opener']> | { how: 'person' }

/** `second`: how a second kit is printed here. `onLater`: where it may wait. */
export function OpenerChoice({
  opener,
  second,
  save,
  onSave,
  onLater,
}: {
  opener: ChartAppearance['opener']
  second: ReactNode
  save: string
  onSave: (answer: OpenerAnswer) => void
  onLater?: (() => void) | undefined
}) {
  const { t } = useTranslation()
  const [how, setHow] = useState<string>(opener?.how ?? '')
  const [who, setWho] = useState(opener?.who ?? '')
  const [missing, setMissing] = useState<'how' | 'who' | null>(null)
  const whole = useRef<HTMLDivElement>(null)
  const answer = () => {
    setMissing(null)
    if (whole.current !== null) watchRefused(whole.current)
    if (how === 'kit' && who.trim() === '') return setMissing('who')
    if (how === 'kit') return onSave({ how, who: who.trim() })
    if (how === 'nobody') return onSave({ how, who: '' })
    if (how === 'person') return onSave({ how })
    return setMissing('how')
  }
  return (
    <Stack gap="md" ref={whole}>
      <Stack gap="md" className="ck-screen-only">
        <p>{t('opener.why')}</p>
        <ChooseOne
          id="opener"
          legend={t('opener.yours')}
          value={how}
          isOptional={false}
          error={missing === 'how' ? t('opener.missing') : undefined}
          onChange={(value) => {
            setHow(value)
            setMissing(null)
          }}
          choices={[
            { value: 'kit', label: t('opener.kit') },
            { value: 'person', label: t('opener.person') },
            { value: 'nobody', label: t('opener.nobody') },
          ]}
        />
        {how === 'kit' ? <p>{t('opener.kitHow')}</p> : null}
        {how === 'person' ? <p>{t('opener.personHow')}</p> : null}
        {how === 'nobody' ? <Banner status="attention">{t('people.none')}</Banner> : null}
      </Stack>
      {how === 'kit' ? second : null}
      <Stack gap="md" className="ck-screen-only">
        {how === 'kit' ? (
          <TextInput
            label={t('opener.kitWho')}
            value={who}
            {...limited(who, 60, t, t('opener.kitWhoHint'))}
            error={missing === 'who' ? t('opener.whoMissing') : undefined}
            onChange={(event) => setWho(event.currentTarget.value)}
            autoComplete="off"
          />
        ) : null}
        <Group gap="sm">
          <Button onClick={answer}>{save}</Button>
          {onLater ? (
            <Button variant="default" onClick={onLater}>
              {t('opener.later')}
            </Button>
          ) : null}
        </Group>
      </Stack>
    </Stack>
  )
}
