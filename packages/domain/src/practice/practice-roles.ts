/**
 * What the members of a practice may do: the one table that the screens, the grants of a practice and docs/roles.md follow. Rights on lists
 * become grants, which keys and server enforce; actions are what a right on a list alone does not tell apart.
 */
import { COLLECTIONS, type Collection } from '../elements/collection-names.ts'

/** Roles of a practice, in the order in which they are shown. A member has one or more. */
export const PRACTICE_ROLES = ['admin', 'physician', 'nurse', 'scribe', 'auditor'] as const
export type PracticeRole = (typeof PRACTICE_ROLES)[number]

/** The roles that patients' charts are shared with. */
export const CARE_ROLES = ['physician', 'nurse', 'scribe'] as const satisfies readonly PracticeRole[]
export type CareRole = (typeof CARE_ROLES)[number]

/** Those whose action `emergency-access` is: a person can allow it to them (C13). */
export const EMERGENCY_ROLES = ['physician', 'nurse'] as const satisfies readonly CareRole[]
export type EmergencyRole = (typeof EMERGENCY_ROLES)[number]

export type ListRight = 'read' | 'append' | 'amend' | 'sign'

/** What a role holds on a list of the practice's own vault. */
export function rightsInPractice(role: PracticeRole, list: Collection): readonly ListRight[] {
  switch (role) {
    case 'admin':
      return ['read', 'append', 'amend', 'sign']
    case 'physician':
      return list === 'audit' ? [] : ['read', 'append', 'amend', 'sign']
    case 'nurse':
      return list === 'audit' ? [] : NURSE_READS.has(list) ? ['read'] : ['read', 'append', 'amend', 'sign']
    case 'scribe':
      return list === 'audit' ? [] : SCRIBE_WRITES.has(list) ? ['read', 'append', 'amend'] : ['read']
    case 'auditor':
      return list === 'audit' ? ['read'] : []
  }
}

/** Plans are a physician's; nurses read them. */
const NURSE_READS: ReadonlySet<Collection> = new Set<Collection>(['plans'])
/** What a scribe writes for others to sign, and the desk's work. */
const SCRIBE_WRITES: ReadonlySet<Collection> = new Set<Collection>([
  'profile',
  'encounters',
  'notes',
  'messages',
  'appointments',
  'documents',
])

/** What reaches a patient by a physician's action alone: a result when it is released, a plan when it is approved. */
const PHYSICIAN_GIVES: ReadonlySet<Collection> = new Set<Collection>(['labs', 'plans'])
/** The desk's answers to a patient, which nobody signs or releases. */
const SCRIBE_SENDS: ReadonlySet<Collection> = new Set<Collection>(['messages', 'appointments'])

/**
 * What a role gets on a list of a patient's chart, of what the patient lets the practice do there. A scribe writes messages and appointments;
 * what else a scribe wrote reaches the patient when somebody signs or releases it.
 */
export function rightsInChart(role: CareRole, list: Collection, given: readonly ListRight[]): readonly ListRight[] {
  switch (role) {
    case 'physician':
      return given
    case 'nurse':
      return PHYSICIAN_GIVES.has(list) ? given.filter((right) => right === 'read') : given
    case 'scribe':
      return given.filter((right) => right === 'read' || (SCRIBE_SENDS.has(list) && right !== 'sign'))
  }
}

/** Actions beyond reading and writing a list. */
export const PRACTICE_ACTIONS = [
  'administer-members',
  'confirm-identity',
  'write-note',
  'sign-note',
  'co-sign-note',
  'lock-visit',
  'release-result',
  'approve-plan',
  'write-message',
  'book',
  'assign-work',
  'answer-amendment',
  'emergency-access',
  'read-audit',
] as const
export type PracticeAction = (typeof PRACTICE_ACTIONS)[number]

const ACTIONS: Record<PracticeRole, readonly PracticeAction[]> = {
  admin: ['administer-members', 'assign-work', 'read-audit'],
  physician: [
    'confirm-identity',
    'write-note',
    'sign-note',
    'co-sign-note',
    'lock-visit',
    'release-result',
    'approve-plan',
    'write-message',
    'book',
    'assign-work',
    'answer-amendment',
    'emergency-access',
  ],
  nurse: [
    'confirm-identity',
    'write-note',
    'sign-note',
    'lock-visit',
    'write-message',
    'book',
    'assign-work',
    'emergency-access',
  ],
  scribe: ['confirm-identity', 'write-note', 'write-message', 'book', 'assign-work'],
  auditor: ['read-audit'],
}

/** Whether one of the roles may do it. */
export function mayDoInPractice(roles: readonly PracticeRole[], action: PracticeAction): boolean {
  return roles.some((role) => ACTIONS[role].includes(action))
}

/** Whether one of the roles adds to a list of patients' charts, where the patient lets the practice. */
export function mayAddInChart(roles: readonly PracticeRole[], list: Collection): boolean {
  return CARE_ROLES.some(
    (role) => roles.includes(role) && rightsInChart(role, list, ['read', 'append']).includes('append'),
  )
}

/** Whether one of the roles holds the right on a list of the practice's own vault. */
export function mayInPractice(roles: readonly PracticeRole[], list: Collection, right: ListRight): boolean {
  return roles.some((role) => rightsInPractice(role, list).includes(right))
}

/** The lists of the practice's vault on which a role holds anything, with what it holds. */
export function listsOfRole(role: PracticeRole): { collection: Collection; rights: readonly ListRight[] }[] {
  return COLLECTIONS.map((collection) => ({ collection, rights: rightsInPractice(role, collection) })).filter(
    ({ rights }) => rights.length > 0,
  )
}

/** The roles by which a member signs: those that may sign, else all. */
export function signingRoles(roles: readonly PracticeRole[]): PracticeRole[] {
  const signing = roles.filter((role) => ACTIONS[role].includes('sign-note'))
  return signing.length > 0 ? signing : [...roles]
}
