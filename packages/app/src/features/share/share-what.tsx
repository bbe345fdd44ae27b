/** Step 2: which lists, what they may do, until when to the minute. */
import { Button, Checkbox, Group, Stack, TextInput } from '@mantine/core'
import type { Grantee } from '@chartkeep/sync'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useChart } from '../../app/app-context.tsx'
import { collectionLabel } from '../../app/chart/collection-label.ts'
import { useObservable } from '../../app/use-observable.ts'
import { ChooseOne } from '../../ui/choices.tsx'
import { Banner } from '../../ui/status-mark.tsx'
import { localMinute, type Preset, PRESETS, RIGHTS, SHAREABLE } from './scopes.ts'
import { type Draft, HOUR } from './share-draft.ts'
import styles from './share.module.css'

/** Reading is part of every share. */
export function What({
  grantee,
  draft,
  onBack,
  onDone,
}: {
  grantee: Grantee
  draft: Draft
  onBack: () => void
  onDone: (draft: Draft) => void
}) {
  const { t } = useTranslation()
  const { chart } = useChart()
  const counts = useObservable(chart.counts$) ?? {}
  const [values, setValues] = useState(draft)
  const [problem, setProblem] = useState('')
  const set = (change: Partial<Draft>) => setValues((before) => ({ ...before, ...change }))
  const next = () => {
    if (values.collections.length === 0) return setProblem(t('share.pickOne'))
    if (!(new Date(values.until).getTime() > Date.now())) return setProblem(t('share.untilPast'))
    onDone(values)
  }
  const toggle = (collection: string, isOn: boolean) =>
    set({
      preset: 'presetChoose',
      collections: isOn
        ? [...values.collections, collection]
        : values.collections.filter((other) => other !== collection),
    })
  return (
    <Stack gap="lg">
      <p>
        <strong>{grantee.name}</strong>
      </p>
      {problem === '' ? null : (
        <Banner status="danger" urgent>
          {problem}
        </Banner>
      )}
      <ChooseOne
        id="preset"
        legend={t('share.what')}
        value={values.preset}
        isOptional={false}
        onChange={(preset) =>
          set({
            preset: preset as Preset,
            collections: [...PRESETS[preset as Preset]],
            ...(preset === 'presetCare' ? { rights: [...RIGHTS] } : {}),
          })
        }
        choices={(Object.keys(PRESETS) as Preset[])
          .filter((preset) => grantee.practice || preset !== 'presetCare')
          .map((preset) => ({ value: preset, label: t(`share.${preset}`) }))}
      />
      <fieldset className={styles.lists}>
        <legend>{t('overview.lists')}</legend>
        {SHAREABLE.map((collection) => (
          <Checkbox
            key={collection}
            py="xs"
            label={`${collectionLabel(collection, t)} (${counts[collection] ?? 0})`}
            checked={values.collections.includes(collection)}
            onChange={(event) => toggle(collection, event.currentTarget.checked)}
          />
        ))}
      </fieldset>
      <p>{t('share.privateNever')}</p>
      <ChooseOne
        id="from"
        legend={t('share.from')}
        value={values.from}
        isOptional={false}
        onChange={(from) => set({ from: from as Draft['from'] })}
        choices={[
          { value: 'all', label: t('share.fromAll') },
          { value: 'now', label: t('share.fromNow') },
        ]}
      />
      <p>{values.from === 'now' ? t('share.fromNowHint') : t('share.fromAllHint')}</p>
      <fieldset className={styles.lists}>
        <legend>{t('share.may')}</legend>
        {RIGHTS.filter((right) => grantee.practice || right !== 'sign').map((right) => (
          <Checkbox
            key={right}
            py="xs"
            label={t(`share.${right}`)}
            disabled={right === 'read'}
            checked={values.rights.includes(right)}
            onChange={(event) =>
              set({
                rights: event.currentTarget.checked
                  ? [...values.rights, right]
                  : values.rights.filter((other) => other !== right),
              })
            }
          />
        ))}
      </fieldset>
      <div>
        <TextInput
          id="until"
          type="datetime-local"
          label={t('share.untilLabel')}
          value={values.until}
          onChange={(event) => set({ until: event.currentTarget.value })}
        />
        <Group gap="sm" mt="sm">
          {(
            [
              ['hours24', 24],
              ['hours48', 48],
              ['days30', 24 * 30],
            ] as const
          ).map(([key, hours]) => (
            <Button key={key} variant="default" onClick={() => set({ until: localMinute(Date.now() + hours * HOUR) })}>
              {t(`share.${key}`)}
            </Button>
          ))}
        </Group>
      </div>
      <TextInput
        label={t('share.purpose')}
        value={values.purpose}
        onChange={(event) => set({ purpose: event.currentTarget.value })}
        autoComplete="off"
      />
      <Group gap="sm">
        <Button onClick={next}>{t('deed.continue')}</Button>
        <Button variant="default" onClick={onBack}>
          {t('deed.back')}
        </Button>
      </Group>
    </Stack>
  )
}
