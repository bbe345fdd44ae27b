/** A person decides between two versions of a record: one of them, or field by field. Both stay in the history. */
import { Button } from '@mantine/core'
import {
  differingFields,
  fieldOf,
  isJsonObject,
  jsonObject,
  type JsonObject,
  parseJsonOrNull,
  stringifyJson,
} from '@chartkeep/domain'
import type { Conflict } from '@chartkeep/sync'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate, useParams } from 'react-router'
import { addressOf, pathOf } from '../../app/addresses.ts'
import { useChart, useSession } from '../../app/app-context.tsx'
import { deviceLabels } from '../../app/device-label.ts'
import { Delayed } from '../../app/delayed.tsx'
import { withReason } from '../../app/version-reason.ts'
import { fieldLabel, fieldText } from '../../app/record-facts.ts'
import { titleOf } from '../../app/record-view.ts'
import { OtherDevice } from '../../app/other-device.tsx'
import { Screen } from '../../app/screen.tsx'
import { useObservable } from '../../app/use-observable.ts'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { type ConflictChoice, ConflictView, type VersionLabel } from '../../ui/conflict-view.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Banner } from '../../ui/status-mark.tsx'

/** The conflict of the record behind the slot of the address. */
export function ResolveScreen() {
  const { t } = useTranslation()
  const { slot } = useParams()
  const { chart, summary, slots } = useChart()
  const conflicts = useObservable(chart.conflicts$)
  const target = slots.targetOf(slot)
  const id = target?.type === 'record' ? target.id : null
  const conflict = conflicts?.find((candidate) => candidate.record.id === id)
  return (
    <Screen word="resolve" focusKey={conflict ? (id ?? '') : ''}>
      {id === null ? (
        <OtherDevice />
      ) : conflicts === undefined ? (
        <Delayed />
      ) : conflict ? (
        <OneConflict key={id} conflict={conflict} />
      ) : (
        <EmptyState
          isScreen
          title={t('conflict.none')}
          action={
            <Button component="a" href={addressOf('overview', summary.slot)}>
              {t('screen.overview')}
            </Button>
          }
        />
      )}
    </Screen>
  )
}

const DOSE_FIELDS = ['dosage', 'dosageInstruction', 'dose', 'doseQuantity']

function OneConflict({ conflict }: { conflict: Conflict }) {
  const { t } = useTranslation()
  const session = useSession()
  const { chart, summary, slots } = useChart()
  const navigate = useNavigate()
  const [problem, setProblem] = useState<'full' | 'no-right' | null>(null)
  const [before, setBefore] = useState<JsonObject | null>(null)
  const devices = useObservable(session.devices$)
  const labels = deviceLabels(devices ?? [], t)
  const language = currentLanguage()
  const a = asObject(conflict.current.resource)
  const other = conflict.others[0]
  const b = asObject(other?.resource ?? '')
  useEffect(() => {
    let isGone = false
    void chart.history(conflict.record.id).then((versions) => {
      const texts = [conflict.current.resource, ...conflict.others.map((one) => one.resource)]
      const older = versions
        .filter((version) => version.resource !== null && !texts.includes(version.resource))
        .sort((x, y) => y.n - x.n)[0]
      if (!isGone && older?.resource) setBefore(asObject(older.resource))
    })
    return () => {
      isGone = true
    }
  }, [chart, conflict])
  if (!a || !b || !other) return <EmptyState isScreen title={t('conflict.none')} />

  const differing = differingFields(a, b)
  const all = [...new Set([...differing, ...Object.keys(a).map(fieldOf)])].filter(
    (field) => !['resourceType', 'id', 'meta', 'text', 'extension', 'subject', 'patient'].includes(field),
  )
  const fields = all.map((field) => ({
    key: field,
    label: fieldLabel(field, t),
    ...readable(differing.includes(field), fieldText(a, field, t, language), fieldText(b, field, t, language)),
    before: before === null || !differing.includes(field) ? '' : fieldText(before, field, t, language),
  }))
  const labelOf = (version: { author: Conflict['current']['author']; savedAt: number }): VersionLabel => ({
    who: version.author.me ? t('list.you') : version.author.name || t('audit.someone'),
    device: labels.get(version.author.device) ?? '',
    time: formatMoment(new Date(version.savedAt), language),
  })
  const choose = async (choice: ConflictChoice, reason: string) => {
    const chosen = choice.type === 'a' ? a : choice.type === 'b' ? b : combined(a, b, choice.picks)
    const outcome = await chart.resolve(conflict.record.id, stringifyJson(withReason(chosen, reason.trim())))
    if (outcome.type !== 'saved') return setProblem(outcome.type)
    void navigate(pathOf('record', summary.slot, slots.slotOf({ type: 'record', id: conflict.record.id })), {
      replace: true,
    })
  }
  const what = titleOf(conflict.record, t)
  const isDose = differing.some((field) => DOSE_FIELDS.includes(field))
  return (
    <>
      {problem ? (
        <Banner status="danger" urgent>
          {problem === 'full' ? t('store.full') : t('add.none')}
        </Banner>
      ) : null}
      <ConflictView
        title={t('conflict.title', { what })}
        {...(isDose ? { warning: t('conflict.dose', { medicine: what }) } : {})}
        a={labelOf(conflict.current)}
        b={labelOf(other)}
        fields={fields.filter((field) => field.a !== '' || field.b !== '')}
        onChoose={choose}
        onLater={() => void navigate(pathOf('overview', summary.slot))}
      />
    </>
  )
}

/** Two fields that differ but read the same are told apart by a mark, never shown as equal. */
function readable(differs: boolean, a: string, b: string): { a: string; b: string } {
  return differs && a === b ? { a, b: `${b} *` } : { a, b }
}

/** Version A with the picked fields of version B. */
function combined(a: JsonObject, b: JsonObject, picks: Record<string, 'a' | 'b'>): JsonObject {
  const taken = (element: string) => picks[fieldOf(element)] === 'b'
  return jsonObject({
    ...Object.fromEntries(Object.entries(a).filter(([element]) => !taken(element))),
    ...Object.fromEntries(Object.entries(b).filter(([element]) => taken(element))),
  })
}

function asObject(text: string): JsonObject | null {
  const value = parseJsonOrNull(text)
  return isJsonObject(value) ? value : null
}
