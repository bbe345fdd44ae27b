/** Who allowed it, found by name or birth date, and opening one of their charts in an emergency. */
import { useMemo, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { useParams } from 'react-router'
import { addressOf } from '../../app/place/addresses.ts'
import { useSession } from '../../app/context/app-context.tsx'
import { NotYours } from '../../app/practice/not-yours.tsx'
import { usePracticeIfAny } from '../../app/practice/practice-context.tsx'
import { Delayed } from '../../app/hooks/delayed.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { useMinute } from '../../app/hooks/use-minute.ts'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card, ScreenHead } from '../../ui/display/card.tsx'
import { EmptyState } from '../../ui/display/empty-state.tsx'
import { FRESH_LIST, type ListMemory, RecordList } from '../../ui/lists/record-list.tsx'
import { heldRows } from './held-rows.ts'
import { OpenForm } from './open-form.tsx'

const BY_NAME: ListMemory = { ...FRESH_LIST, sort: { column: 'title', descending: false } }

export function HeldScreen() {
  const { t } = useTranslation()
  const session = useSession()
  const view = usePracticeIfAny()
  const held = useObservable(session.emergency.held$)
  const { held: chosen } = useParams()
  // What was typed is there again when the person comes back from one.
  const memory = useRef(BY_NAME)
  const now = useMinute()
  const language = currentLanguage()
  const first = session.practice === null ? 'overview' : 'chart'
  const rows = useMemo(() => heldRows(held ?? [], { t, language, now, first }), [held, t, language, now, first])
  const asked = held?.find(({ id }) => id === chosen)
  if (view !== null && !view.practice.may('emergency-access'))
    return <NotYours word="patients" what={['emergency-access']} back={addressOf('patients')} />
  if (asked !== undefined) return <OpenForm held={asked} />
  return (
    <Screen word="patients" focusKey="emergency">
      <ScreenHead
        above={
          <a className="ck-alone" href={addressOf('patients')}>
            {t('deed.backTo', { place: t(session.practice === null ? 'shared.title' : 'screen.patients') })}
          </a>
        }
        title={t('emerg.held')}
      >
        {session.practice?.name ?? null}
      </ScreenHead>
      {held === undefined ? (
        <Delayed />
      ) : (
        <>
          {held.length === 0 ? null : (
            <p>{t('emerg.heldIntro', { group: session.practice?.name ?? t('audit.you') })}</p>
          )}
          <RecordList
            name={t('emerg.held')}
            rows={rows}
            memory={memory.current}
            onMemory={(left) => (memory.current = left)}
            words={{
              search: t('emerg.find'),
              heads: {
                title: t('patients.name'),
                value: t('patients.born'),
                date: t('emerg.rowAllowed'),
                by: t('emerg.oneLasts'),
              },
              none: t('emerg.noneFound'),
              count: (count) => t('emerg.allowedHere', { count }),
              results: (count) => t('emerg.found', { count }),
              searched: () => t('emerg.noneFoundText'),
            }}
            empty={
              <Card>
                <EmptyState title={t('emerg.heldEmptyTitle')}>{t('emerg.heldEmptyText')}</EmptyState>
              </Card>
            }
          />
        </>
      )}
    </Screen>
  )
}
