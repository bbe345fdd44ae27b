/** One signature in words: who by the account log, what it means, when, and whether it holds on this device (N2, N3). Pure. */
import type { ChartRecord, SignatureView } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import { formatMoment } from '../../../i18n/dates.ts'
import type { Language } from '../../../i18n/index.ts'
import type { Status } from '../../../ui/display/status-mark.tsx'
import { rolesText } from '../../practice/roles-text.ts'
import { breaks } from '../../practice/writers.ts'

/** "Lin Wei (physician) reviewed, 12:59" where it holds; else why it says nothing. `isProved`: it holds. */
export function signatureWords(
  signature: SignatureView,
  record: Pick<ChartRecord, 'author' | 'late'>,
  { t, language }: { t: TFunction; language: Language },
): { status: Status; text: string; isProved: boolean } {
  const { state, who, meaning, at } = signature
  if (state.type === 'broken')
    return breaks(signature, record)
      ? { status: 'danger', text: t(`sign.why.${state.why}`), isProved: false }
      : { status: 'neutral', text: t('sign.others'), isProved: false }
  if (state.type === 'waiting')
    return {
      status: 'info',
      text: t(state.for === 'account' ? 'sign.waitingAccount' : 'sign.waitingText'),
      isProved: false,
    }
  const time = formatMoment(new Date(at), language)
  const words = { name: who.name || t('audit.someone'), meaning: t(`sign.meaning.${meaning}`), time }
  return {
    status: meaning === 'decline' ? 'attention' : 'good',
    text:
      who.roles.length === 0 ? t('sign.byPerson', words) : t('sign.by', { ...words, roles: rolesText(who.roles, t) }),
    isProved: true,
  }
}
