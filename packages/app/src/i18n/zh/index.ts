import { backup } from './backup.ts'
import { care } from './care.ts'
import { calendar } from './calendar.ts'
import { chart } from './chart.ts'
import { clinic } from './clinic.ts'
import { clinical } from './clinical.ts'
import { documents } from './documents.ts'
import { emergency } from './emergency.ts'
import { entry } from './entry.ts'
import { health } from './health.ts'
import { household } from './household.ts'
import { first } from './first.ts'
import { form } from './form.ts'
import { glance } from './glance.ts'
import { importing } from './import.ts'
import { messages } from './messages.ts'
import { note } from './note.ts'
import { pair } from './pair.ts'
import { patients } from './patients.ts'
import { people } from './people.ts'
import { plans } from './plans.ts'
import { practice } from './practice.ts'
import { results } from './results.ts'
import { reminders } from './reminders.ts'
import { settings } from './settings.ts'
import { safety } from './safety.ts'
import { share } from './share.ts'
import { summary } from './summary.ts'
import { sync } from './sync.ts'
import { who } from './who.ts'
import { work } from './work.ts'

/** All texts of this language; a key is `area.name`. */
export const zh = {
  ...first,
  ...care,
  ...chart,
  ...plans,
  ...results,
  ...clinic,
  ...clinical,
  ...documents,
  ...emergency,
  ...entry,
  ...health,
  ...household,
  ...form,
  ...summary,
  ...glance,
  ...sync,
  ...safety,
  ...share,
  ...who,
  ...importing,
  ...note,
  ...pair,
  ...patients,
  ...people,
  ...practice,
  ...settings,
  ...reminders,
  ...backup,
  ...messages,
  ...calendar,
  ...work,
}
