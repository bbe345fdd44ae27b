/** What somebody did with the chart; the audit log writes it (https://hl7.org/fhir/R4/auditevent.html). */
import { AuditEvent } from '../schemas/audit-event.ts'
import { dated, EVENT, nothing, recordType } from '../record-type/record-type.ts'
import { titled } from '../record-type/title-words.ts'

export const auditEventType = recordType({
  type: 'AuditEvent',
  list: 'audit',
  schema: { shape: AuditEvent, invariants: [] },
  title: titled(['subtype'], ['type']),
  code: [],
  date: dated('recorded', 'period'),
  status: { ...EVENT, error: null },
  extent: null,
  value: null,
  detail: nothing,
  search: [],
  disputed: [],
  toldApart: null,
  mayHoldAllergen: false,
  mayBeAmended: false,
  ips: null,
  form: null,
})
