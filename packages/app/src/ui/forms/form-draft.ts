/**
 * What was typed into a form and not yet saved. The form writes each change into its draft and begins with what the draft
 * holds; where drafts are kept (sealed), the screen around it decides. Without one, a form forgets as forms do.
 */
import { createContext, use, useEffect, useRef, useState } from 'react'

/** A form's values with the reason of a correction. */
export interface DraftContent {
  values: unknown
  reason: string
  /** For the people who look after the chart alone. */
  isPrivate?: boolean
}

export interface FormDraft {
  /** What was kept for this form; null where nothing was, or not of this form's shape. */
  kept: DraftContent | null
  keep(content: DraftContent): void
}

export const FormDraftContext = createContext<FormDraft | null>(null)

export interface FormValues<Values> {
  values: Values
  setValues: (change: (before: Values) => Values) => void
  reason: string
  setReason: (reason: string) => void
}

/** The state of a form: as it was left, else `initial`. */
export function useFormValues<Values extends object>(initial: Values): FormValues<Values> {
  const draft = use(FormDraftContext)
  const [content, setContent] = useState(() => {
    const kept = draft?.kept ?? null
    return kept !== null && isShapedLike(kept.values, initial)
      ? { values: kept.values, reason: kept.reason }
      : { values: initial, reason: '' }
  })
  const isTouched = useRef(false)
  useEffect(() => {
    if (isTouched.current) draft?.keep(content)
  }, [content, draft])
  return {
    ...content,
    setValues(change) {
      isTouched.current = true
      setContent((before) => ({ ...before, values: change(before.values) }))
    },
    setReason(reason) {
      isTouched.current = true
      setContent((before) => ({ ...before, reason }))
    },
  }
}

/** A draft of an older version of the form may lack a field, or hold one of another kind. */
function isShapedLike<Values extends object>(value: unknown, shape: Values): value is Values {
  if (typeof value !== 'object' || value === null) return false
  const found = value as Record<string, unknown>
  return Object.entries(shape).every(([key, like]) => {
    const other = found[key]
    return Array.isArray(like)
      ? Array.isArray(other) && other.every((item) => typeof item === 'string' || isTexts(item))
      : typeof other === typeof like
  })
}

/** A row of a form: texts by name. */
function isTexts(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.values(value).every((text) => typeof text === 'string')
}
