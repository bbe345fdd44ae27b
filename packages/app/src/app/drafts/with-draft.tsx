/**
 * A small form whose text is kept as a sealed draft: its values come from `useFormValues`, and it starts again when the draft is finished.
 */
import type { ReactNode } from 'react'
import { FormDraftContext } from '../../ui/forms/form-draft.ts'
import { type Draft, useDraft } from './use-draft.ts'

/** `slot` names the form inside this account; not shown anywhere. `revision`: of the record that it is about, where there is one. */
export function WithDraft({
  slot,
  revision = null,
  children,
}: {
  slot: string
  revision?: string | null
  children: (draft: Draft) => ReactNode
}) {
  const draft = useDraft(slot, revision)
  return (
    <FormDraftContext key={`${slot} ${draft.round}`} value={draft.form}>
      {children(draft)}
    </FormDraftContext>
  )
}
