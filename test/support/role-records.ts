/** Short records of care, as JSON text, for tests that ask who may write them. */

export const visit = JSON.stringify({ resourceType: 'Appointment', status: 'booked', participant: [] })

export const plan = JSON.stringify({ resourceType: 'CarePlan', status: 'draft', intent: 'plan', subject: {} })

/** A value from the laboratory. */
export const labResult = (text: string): string => observation('laboratory', text)

/** A value that a nurse measured. */
export const vitalSign = (text: string): string => observation('vital-signs', text)

const observation = (code: string, text: string): string =>
  JSON.stringify({
    resourceType: 'Observation',
    status: 'final',
    category: [{ coding: [{ code }] }],
    code: { text },
    valueString: '1',
  })
