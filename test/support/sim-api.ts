/** The server as one simulated device reaches it: every call waits for its fate before it is delivered, lost, or delivered twice. */
import type { Answer, DeviceSecrets } from '@chartkeep/sync/testing'
import type { SimApi, SimCredentials } from './sim-core-api.ts'
import type { SimServer } from './sim-server.ts'

/** What a simulated device gives to its calls. */
export interface CallingDevice {
  readonly secrets: DeviceSecrets
  readonly person: { account: Uint8Array }
  readonly delivered: (() => Promise<unknown>)[]
  park(call: string): Promise<string>
  onAnswer(call: string, args: unknown, answer: unknown): void
}

/** Every call that a device can make; each waits for its fate. */
const CALLS: Record<keyof SimApi, true> = {
  info: true,
  register: true,
  accountLog: true,
  postAccount: true,
  vaults: true,
  control: true,
  postControl: true,
  push: true,
  pull: true,
  fetchBodies: true,
  beginBlob: true,
  findBlob: true,
  putChunk: true,
  getChunk: true,
  depart: true,
  departures: true,
  submitLate: true,
  quarantineInbox: true,
  settleLate: true,
  openEmergency: true,
  endEmergency: true,
  emergencies: true,
  audit: true,
  auditProof: true,
  cosign: true,
}

export function simApi<D extends CallingDevice>(
  device: D,
  server: SimServer,
  ports: { serveAs?: (call: string, device: D) => SimCredentials | null },
): SimApi {
  async function call(name: keyof SimApi, args: unknown[]): Promise<Answer<unknown>> {
    const { id, signing } = device.secrets
    const own = { account: device.person.account, id, signing }
    const fate = await device.park(name)
    if (fate === 'drop-request') return { type: 'offline' }
    const once = async (): Promise<Answer<unknown>> => {
      const api = server.reach(ports.serveAs?.(name, device) ?? own)
      const answer = await (api[name] as (...given: unknown[]) => Promise<Answer<unknown>>)(...args)
      device.onAnswer(name, args, answer.type === 'ok' ? answer.value : answer)
      return answer
    }
    device.delivered.push(once)
    let answer = await once()
    if (fate === 'duplicate') answer = await once()
    return fate === 'drop-answer' ? { type: 'offline' } : answer
  }

  const calls = (Object.keys(CALLS) as (keyof SimApi)[]).map((name) => [name, (...args: unknown[]) => call(name, args)])
  return Object.fromEntries(calls) as SimApi
}
