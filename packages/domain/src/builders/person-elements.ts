/** Names and ways to reach somebody, as forms of people write them. */
import { personName } from '../elements/person-name.ts'
import { objectsAt, stringAt } from '../elements/elements.ts'
import { jsonObject, type JsonObject } from '../elements/json.ts'
import { given, overlaid, without } from './elements-written.ts'

/** A changed name is written whole, as `text`; names of other uses stay. */
export function names(previous: JsonObject, name: string): JsonObject[] | undefined {
  const others = without(
    previous,
    'name',
    (other) => personName(jsonObject({ name: [other] })) === personName(previous),
  )
  const text = given(name)
  return text === undefined ? undefined : [jsonObject({ use: 'official', text }), ...others]
}

/** The first phone number or e-mail address; '' for none. */
export function telecomValue(holder: unknown, system: string): string {
  return stringAt(
    objectsAt(holder, 'telecom').find((telecom) => telecom['system'] === system),
    'value',
  )
}

/** Phone and e-mail written over the first of each; other ways to reach the person stay. */
export function telecoms(previous: JsonObject, form: { phone: string; email: string }): JsonObject[] | undefined {
  const rest = [...objectsAt(previous, 'telecom')]
  const result = (['phone', 'email'] as const).flatMap((system) => {
    const index = rest.findIndex((telecom) => telecom['system'] === system)
    const [first] = index < 0 ? [] : rest.splice(index, 1)
    const value = given(form[system])
    return value === undefined ? [] : [overlaid(first ?? null, { system, value })]
  })
  const all = [...result, ...rest]
  return all.length === 0 ? undefined : all
}
