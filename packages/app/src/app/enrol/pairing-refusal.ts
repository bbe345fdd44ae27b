/** Why a pairing ended, in words. */
import type { PairingRefusal } from '@chartkeep/sync'
import type { TFunction } from 'i18next'

export function refusalText(refusal: PairingRefusal, t: TFunction): string {
  switch (refusal.type) {
    case 'offline':
      return t('pair.offline')
    case 'bad-code':
      return t('pair.badCode')
    case 'known-device':
      return t('pair.knownDevice')
    case 'expired':
      return t('pair.expired')
    case 'taken':
      return t('pair.taken')
    case 'ended':
      return t('pair.ended')
    case 'cancelled':
      return t('pair.cancelled')
    case 'bad-answer':
    case 'fork':
      return t('pair.between')
    case 'other-server':
      return t('pair.otherServer')
    case 'refused':
      if (refusal.error === 'server-full') return t('pair.serverFull')
      return `${t('pair.refused')} ${t('error.code', { code: refusal.error })}`
  }
}
