/** A person decides between two versions of a record: one of them, or field by field. Both stay in the history. */
import { Button } from '@mantine/core'
import {
  describe,
  differingFields,
  fieldOf,
  isMovedAway,
  jsonObject,
  type JsonObject,
  parseJsonObject,
  stringifyJson,
  withReason,
} from '@chartkeep/domain'
import type { Conflict } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate, useParams } from 'react-router'
import { addressOf, pathOf } from '../../app/place/addresses.ts'
import { useChart, useSession } from '../../app/context/app-context.tsx'
import { deviceLabels } from '../../platform/device-label.ts'
import { Delayed } from '../../app/hooks/delayed.tsx'
import { fieldLabel, fieldText } from '../../app/words/record-facts.ts'
import { titleOf } from '../../app/words/record-view.ts'
import { versionsTitle } from '../../app/words/versions-title.ts'
import { OtherDevice } from '../../app/place/other-device.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { type ConflictChoice, ConflictView, type VersionLabel } from './conflict-view.tsx'
import { EmptyState } from '../../ui/display/empty-state.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'
import { combined, toldApart } from './combine.ts'

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
  const [problem, setProblem] = useState<'full' | 'no-right' | 'changed' | null>(null)
  const [reason, setReason] = useState('')
  const [before, setBefore] = useState<JsonObject | null>(null)
  const devices = useObservable(session.devices$)
  const language = currentLanguage()
  const versions = [conflict.current, ...conflict.others]
  const seen = { current: conflict.record.revision, others: conflict.others.map(({ revision }) => revision) }
  const shown = [seen.current, ...seen.others].join(' ')
  const [firstShown] = useState(shown)
  const read = versions.map(({ resource }) => parseJsonObject(resource) ?? jsonObject())
  useEffect(() => {
    let isGone = false
    void chart.history(conflict.record.id).then((past) => {
      const texts = [conflict.current, ...conflict.others].map(({ resource }) => resource)
      const older = past
        .filter((version) => version.resource !== null && !texts.includes(version.resource))
        .sort((x, y) => y.n - x.n)[0]
      if (!isGone && older?.resource) setBefore(parseJsonObject(older.resource))
    })
    return () => {
      isGone = true
    }
  }, [chart, conflict])
  const [first = jsonObject(), ...rest] = read
  const differing = [...new Set(rest.flatMap((other) => differingFields(first, other)))]
  const all = [...new Set([...differing, ...read.flatMap((version) => Object.keys(version).map(fieldOf))])].filter(
    (field) => !['resourceType', 'id', 'meta', 'text', 'extension', 'subject', 'patient'].includes(field),
  )
  const fields = all.map((field) => {
    const values = read.map((version) => fieldText(version, field, t, language))
    return {
      key: field,
      label: fieldLabel(field, t),
      values: differing.includes(field) ? toldApart(values) : values,
      before: before === null || !differing.includes(field) ? '' : fieldText(before, field, t, language),
    }
  })
  const labels = deviceLabels(devices ?? [], t)
  const choose = async (choice: ConflictChoice) => {
    const chosen = choice.type === 'one' ? (read[choice.place] ?? first) : combined(read, choice.picks)
    const outcome = await chart.resolve(conflict.record.id, stringifyJson(withReason(chosen, reason.trim())), seen)
    if (outcome.type !== 'saved') return setProblem(outcome.type)
    void navigate(pathOf('record', summary.slot, slots.slotOf({ type: 'record', id: conflict.record.id })), {
      replace: true,
    })
  }
  const moved = read.some(isMovedAway)
  // The marker of a record that was moved has no name of its own.
  const named = read.findIndex((version) => !isMovedAway(version))
  const what =
    moved && named >= 0 ? titleOf({ ...conflict.record, ...describe(read[named]) }, t) : titleOf(conflict.record, t)
  const isDose = differing.some((field) => DOSE_FIELDS.includes(field))
  return (
    <>
      {problem === 'full' || problem === 'no-right' ? (
        <Banner status="danger" urgent>
          {problem === 'full' ? t('store.full') : t('add.none')}
        </Banner>
      ) : null}
      <ConflictView
        // A choice is a place among the versions: it holds for no others.
        key={shown}
        title={versionsTitle(versions.length, what, t)}
        intro={
          conflict.mayDecide
            ? introOf({ moved, isDose, isMany: versions.length > 2, what }, t)
            : t(isDose ? 'conflict.theirsDose' : 'conflict.theirs', {
                medicine: what,
                name: conflict.current.author.name || t('audit.someone'),
              })
        }
        versions={versions.map((version, place): VersionLabel => {
          const away = isMovedAway(read[place])
          return {
            who: version.author.me ? t('list.you') : version.author.name || t('audit.someone'),
            device: labels.get(version.author.device) ?? '',
            time: formatMoment(new Date(version.savedAt), language),
            ...(away ? { note: t('private.away') } : {}),
          }
        })}
        fields={fields.filter(({ values }) => values.some((value) => value !== ''))}
        note={
          problem === 'changed' || shown !== firstShown ? (
            <Banner status="attention" urgent>
              {t('conflict.changed')}
            </Banner>
          ) : null
        }
        reason={reason}
        onReason={setReason}
        onChoose={conflict.mayDecide ? choose : null}
        onLater={() => void navigate(pathOf('overview', summary.slot))}
      />
    </>
  )
}

function introOf(
  { moved, isDose, isMany, what }: { moved: boolean; isDose: boolean; isMany: boolean; what: string },
  t: TFunction,
): string {
  if (moved) return t('conflict.moved')
  if (isDose) return t(isMany ? 'conflict.doseMany' : 'conflict.dose', { medicine: what })
  return t(isMany ? 'conflict.introMany' : 'conflict.intro')
}
