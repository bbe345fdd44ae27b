/** What a share that is being made holds, from step to step. */
import type { CareRole } from '@chartkeep/domain'
import type { Grantee, RightWord } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import type { Preset } from '../../app/people/scopes.ts'

/** One with whom it is shared. `role`: of a practice one role; null is everybody there who cares for patients, and each person. */
export interface Recipient {
  grantee: Grantee
  role: CareRole | null
}

/** "Dr Lin, Green Clinic (only physicians)": as they are named to the person who shares. */
export function namesOf(recipients: readonly Recipient[], t: TFunction): string {
  return recipients
    .map(({ grantee: { name }, role }) =>
      role === null ? name : t('share.nameAndRole', { name, who: t(`share.only.${role}`) }),
    )
    .join(t('share.comma'))
}

/** Chosen so far. */
export interface Draft {
  preset: Preset
  collections: string[]
  rights: RightWord[]
  /** `now`: nothing that is in the chart today. */
  from: 'all' | 'now'
  /** Local time to the minute, as the field holds it. */
  until: string
  purpose: string
}

/** What each of them gets, those with the same together: to sign is given to practices alone. */
export function givenTo(
  recipients: readonly Recipient[],
  rights: readonly RightWord[],
): { recipients: Recipient[]; rights: RightWord[] }[] {
  const [practices, people] = [true, false].map((practice) =>
    recipients.filter(({ grantee }) => grantee.practice === practice),
  ) as [Recipient[], Recipient[]]
  if (practices.length === 0 || people.length === 0 || !rights.includes('sign'))
    return [{ recipients: [...recipients], rights: [...rights] }]
  return [
    { recipients: practices, rights: [...rights] },
    { recipients: people, rights: rights.filter((right) => right !== 'sign') },
  ]
}

/** What can be chosen for these recipients: signing and the lists of a practice go when the last practice is taken out, for nobody could untick them. */
export function fitting(draft: Draft, recipients: readonly Recipient[]): Draft {
  if (recipients.some(({ grantee }) => grantee.practice)) return draft
  const rights = draft.rights.filter((right) => right !== 'sign')
  return { ...draft, rights, preset: draft.preset === 'presetCare' ? 'presetChoose' : draft.preset }
}
