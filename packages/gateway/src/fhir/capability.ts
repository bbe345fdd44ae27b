/** The CapabilityStatement, from the tables by which the routes work: it promises nothing that is not there. */
import { COMMON_PARAMETERS, parametersOf } from '../search/parse.ts'
import { RESOURCE_TYPES } from './structure.generated.ts'

export function capabilityStatement(base: string, version: string): Record<string, unknown> {
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: '2026-11-25',
    kind: 'instance',
    software: { name: 'Chartkeep gateway', version },
    implementation: { description: 'One chart that a person shares with this gateway', url: base },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json'],
    rest: [
      {
        mode: 'server',
        security: { description: 'Authorization: Bearer, with a token that the person of the chart allowed' },
        resource: RESOURCE_TYPES.map((type) => ({
          type,
          interaction: [
            'read',
            'vread',
            'history-instance',
            'search-type',
            ...(WRITTEN(type) ? ['create', 'update', 'delete'] : []),
          ].map((code) => ({ code })),
          versioning: 'versioned',
          readHistory: true,
          updateCreate: false,
          conditionalRead: 'full-support',
          searchInclude: Object.entries(parametersOf(type)).flatMap(([name, { kind }]) =>
            kind === 'reference' ? [`${type}:${name}`] : [],
          ),
          searchParam: [
            ...COMMON_PARAMETERS.map((name) => ({ name, type: 'token' })),
            ...Object.entries(parametersOf(type)).map(([name, { kind }]) => ({ name, type: kind })),
          ],
        })),
        operation: [{ name: 'everything', definition: 'http://hl7.org/fhir/OperationDefinition/Patient-everything' }],
      },
    ],
  }
}

/** Types that say what people did or allowed: no program writes them. */
const PEOPLES = new Set(['AuditEvent', 'Provenance', 'Consent', 'Basic', 'Task', 'Patient'])

/** Whether a program may write records of this type. */
export const WRITTEN = (type: string): boolean => RESOURCE_TYPES.includes(type) && !PEOPLES.has(type)
