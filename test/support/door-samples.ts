/** Files of every kind that a door opens, for the suite that all doors pass (test/contract/doors.test.ts). */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { FileKind } from '@chartkeep/interop'
import { SAMPLES } from './fhir-samples.ts'

export interface DoorSample {
  kind: FileKind
  name: string
  bytes: Uint8Array
}

function fixture(kind: FileKind, path: string): DoorSample {
  const bytes = readFileSync(join(SAMPLES, '..', path))
  return { kind, name: path.split('/').at(-1)!, bytes: path.endsWith('.gz') ? gunzipSync(bytes) : bytes }
}

/** At least one for each kind that a door opens; a few kilobytes each, for each is cut at hundreds of places. */
export const DOOR_SAMPLES: readonly DoorSample[] = [
  fixture('fhir-json', 'fhir/ips-connectathon/validated_samples__IPS_IG_bundle-minimal.json'),
  fixture('fhir-json', 'fhir/hl7-r4-examples/Bundle-bundle-references.json'),
  fixture('fhir-json', 'fhir-older/SMART__patient-665677.fhir-bundle.json'),
  fixture('ccda', 'ccda/hl7-ccd.xml'),
  fixture('fhir-xml', 'fhir-xml/r4b__examples__observation-example.xml'),
  fixture('fhir-ndjson', 'fhir/synthea-bulk/AllergyIntolerance.000.ndjson.gz'),
  fixture('apple-health', 'apple/rinoshiyo_apple-health-mcp-server__sample_export.xml'),
  fixture('health-card', 'cards/spec/gen2023-example-00-e-file.smart-health-card'),
  fixture('health-card', 'cards/spec/gen2023-example-00-f-qr-code-numeric-value-0.txt'),
  fixture('health-card', 'cards/negative/test-example-00-fhirhealthcard-multi-jws.json'),
  fixture('lab-table', 'lab-csv/lab-en-comma.csv'),
  fixture('lab-table', 'lab-csv/lab-zh-utf8-bom.csv'),
  fixture('my-health-bank', 'nhi/mhb-sample.json'),
]
