/** Step 2: which lists, what they may do, until when to the minute. */
import { Button, Checkbox, Stack, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ChooseOne } from '../../ui/fields/choices.tsx'
import { minuteTime } from '../../ui/fields/date-entry.ts'
import { Problem } from '../../ui/display/status-mark.tsx'
import { PRESETS, type Preset, RIGHTS } from '../../app/people/scopes.ts'
import { EndField } from '../../app/people/end-field.tsx'
import { ListChoice } from '../../app/people/list-choice.tsx'
import { type Draft, fitting, type Recipient } from './share-draft.ts'
import { Recipients } from './share-recipients.tsx'
import styles from '../../app/people/share.module.css'

const SHARE_PRESETS = Object.keys(PRESETS) as Preset[]

/** Reading is part of every share. */
export function What({
  recipients,
  onRecipients,
  draft,
  onAdd,
  onDone,
}: {
  recipients: readonly Recipient[]
  onRecipients: (recipients: Recipient[]) => void
  draft: Draft
  /** Back to the code of one more; what was chosen here stays. */
  onAdd: (draft: Draft) => void
  onDone: (draft: Draft) => void
}) {
  const { t } = useTranslation()
  const hasPractice = recipients.some(({ grantee }) => grantee.practice)
  const [typed, setValues] = useState(draft)
  const values = fitting(typed, recipients)
  const [problem, setProblem] = useState('')
  const set = (change: Partial<Draft>) => setValues((before) => ({ ...before, ...change }))
  const next = () => {
    if (values.collections.length === 0) return setProblem(t('share.pickOne'))
    if (!(minuteTime(values.until) > Date.now())) return setProblem(t('share.untilPast'))
    onDone(values)
  }
  return (
    <Stack gap="lg">
      <Recipients
        recipients={recipients}
        onChange={(changed) => {
          onRecipients(changed)
          if (changed.length === 0) onAdd(values)
        }}
        onAdd={() => onAdd(values)}
      />
      <Problem text={problem} status="danger" />
      <ListChoice
        presets={SHARE_PRESETS.filter((preset) => hasPractice || preset !== 'presetCare')}
        preset={values.preset}
        collections={values.collections}
        onChange={(preset, collections) =>
          set({ preset, collections, ...(preset === 'presetCare' ? { rights: [...RIGHTS] } : {}) })
        }
      />
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
        {RIGHTS.filter((right) => hasPractice || right !== 'sign').map((right) => (
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
      <EndField value={values.until} onChange={(until) => set({ until })} />
      <TextInput
        label={t('share.purpose')}
        value={values.purpose}
        onChange={(event) => set({ purpose: event.currentTarget.value })}
        autoComplete="off"
      />
      <Button onClick={next} w="fit-content">
        {t('deed.continue')}
      </Button>
    </Stack>
  )
}
