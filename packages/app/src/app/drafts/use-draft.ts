/**
 * A form's unfinished text: sealed into the account's home a second after it was typed and when the app locks, offered
 * when the same form is opened again, gone when it was saved or dropped.
 */
import { useEffect, useMemo, useRef, useState } from 'react'
import type { DraftContent, FormDraft } from '../../ui/forms/form-draft.ts'
import { useApp, useSession } from '../context/app-context.tsx'
import { createDraftWork, draftPlace } from './draft-work.ts'

const QUIET_MS = 1_000

interface KeptDraft extends DraftContent {
  /** Milliseconds since 1970. */
  at: number
  /** The revision of the corrected record when the draft was started; null for a new record. */
  revision: string | null
}

export interface Draft {
  form: FormDraft
  /** When the text that the form began with was typed; null when it began empty. */
  since: number | null
  /** The record has got another version since. */
  isStale: boolean
  /** Changes when the form has to start again. */
  round: number
  /** Whether what is typed is for the private list; kept with the text, so that no draft comes back less private than it was. */
  isPrivate: boolean
  setPrivate(isPrivate: boolean): void
  /** The person wants to start again. */
  drop(): Promise<void>
  /** What was typed is saved. */
  done(): Promise<void>
}

/** @param slot - names the form inside this account; not shown anywhere */
export function useDraft(slot: string, revision: string | null): Draft {
  const session = useSession()
  const { onLock } = useApp()
  const place = useMemo(() => draftPlace(session, `draft.${slot}`), [session, slot])
  const [round, setRound] = useState(0)
  const [found] = useState(() => readDraft(place.read()))
  const kept = round === 0 ? found : null
  const began = useRef(found?.revision ?? revision)
  const [isPrivate, showPrivate] = useState(found?.isPrivate === true)
  const privacy = useRef(isPrivate)
  const typed = useRef<DraftContent | null>(found)

  const work = useMemo(
    () =>
      createDraftWork<DraftContent>(
        place,
        (content) => JSON.stringify({ ...content, at: Date.now(), revision: began.current } satisfies KeptDraft),
        QUIET_MS,
      ),
    [place],
  )

  useEffect(() => {
    const stop = onLock(work.flush)
    return () => {
      stop()
      void work.flush().catch(() => {})
    }
  }, [onLock, work])
  const form: FormDraft = useMemo(
    () => ({
      kept,
      keep({ values, reason }) {
        typed.current = { values, reason }
        work.keep({ values, reason, isPrivate: privacy.current })
      },
    }),
    [kept, work],
  )
  return {
    form,
    since: kept?.at ?? null,
    isStale: kept !== null && kept.revision !== revision,
    round,
    isPrivate,
    setPrivate(wanted) {
      privacy.current = wanted
      showPrivate(wanted)
      if (typed.current === null) return
      const { values, reason } = typed.current
      work.keep({ values, reason, isPrivate: wanted })
    },
    async drop() {
      await work.clear()
      typed.current = null
      privacy.current = false
      showPrivate(false)
      began.current = revision
      setRound((before) => before + 1)
    },
    done: work.end,
  }
}

function readDraft(text: string | null): KeptDraft | null {
  if (text === null) return null
  try {
    const { at, revision, values, reason, isPrivate } = JSON.parse(text) as Partial<KeptDraft>
    if (typeof at !== 'number' || typeof reason !== 'string' || values === undefined) return null
    return { at, revision: revision ?? null, values, reason, isPrivate: isPrivate === true }
  } catch {
    return null
  }
}
