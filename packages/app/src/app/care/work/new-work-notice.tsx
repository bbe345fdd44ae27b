/** Announces politely that new work waits, without a name, a kind or any content. */
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Work } from './use-work.ts'

/** Said at most so often. */
const QUIET_MS = 10_000

export function NewWorkNotice({ work }: { work: Work | undefined }) {
  const { t } = useTranslation()
  const known = useRef<ReadonlySet<string> | null>(null)
  const said = useRef(0)
  const [words, setWords] = useState('')
  useEffect(() => {
    if (work === undefined) return
    const keys = new Set(work.mine.map(({ key }) => key))
    const isNew = known.current !== null && [...keys].some((key) => !known.current!.has(key))
    known.current = keys
    if (!isNew || Date.now() - said.current < QUIET_MS) return
    said.current = Date.now()
    setWords(t('work.newWork'))
    const timer = setTimeout(() => setWords(''), QUIET_MS)
    return () => clearTimeout(timer)
  }, [work, t])
  return (
    <p role="status" className="ck-hidden">
      {words}
    </p>
  )
}
