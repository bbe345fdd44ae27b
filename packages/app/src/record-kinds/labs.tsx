/** Laboratory results. */
import { IconFlask2 } from '@tabler/icons-react'
import { LabEntry } from '../app/entry/lab-entry.tsx'
import { newestOfEach, recordsIn } from '../app/words/summary-lines.ts'
import { correctsType, recordKind } from './record-kind.ts'

export const labs = recordKind({
  icon: IconFlask2,
  words: { add: (t) => t('add.labs'), thing: (t) => t('thing.labs') },
  list: 'labs',
  corrects: correctsType('Observation', 'labs'),
  isOffered: true,
  filter: null,
  section: {
    title: (t) => t('collection.labs'),
    lists: ['labs'],
    lines: (source) => newestOfEach(recordsIn(source, 'labs'), source),
    ips: 'results',
    isPrintedAtFirst: true,
  },
  Form: LabEntry,
})
