/** A small form whose text is kept as a draft, sealed: its values come from `useFormValues`, and it begins anew when the draft is done with. */
import type { ReactNode } from 'react'
import { FormDraftContext } from '../../ui/forms/form-draft.ts'
import { type Draft, useDraft } from './use-draft.ts'

/** `slot` names the form inside this account; not shown anywhere. */
export function WithDraft({ slot, children }: { slot: string; children: (draft: Draft) => ReactNode }) {
  const draft = useDraft(slot, null)
  return (
    <FormDraftContext key={`${slot} ${draft.round}`} value={draft.form}>
      {children(draft)}
    </FormDraftContext>
  )
}
