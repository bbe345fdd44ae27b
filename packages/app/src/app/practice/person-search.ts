/** By what a person is found: name, record numbers, and the birth date as 1992-03-04, 19920304, 1992/3/4 and as it is shown. */
import { dateSortKey } from '@chartkeep/domain'
import { formatDate } from '../../i18n/dates.ts'
import type { Language } from '../../i18n/index.ts'

export function personSearchText(
  name: string,
  numbers: readonly string[],
  birthDate: string,
  language: Language,
): string {
  const [year = '', month = '', day = ''] = birthDate.split('-')
  const plain = month === '' ? '' : `${Number(year)}/${Number(month)}${day === '' ? '' : `/${Number(day)}`}`
  const dates = [
    birthDate,
    birthDate.replaceAll('-', ''),
    plain,
    formatDate(birthDate, language),
    dateSortKey(birthDate),
  ]
  return [name, ...numbers, ...dates].join(' ').normalize('NFKC').toLowerCase()
}
