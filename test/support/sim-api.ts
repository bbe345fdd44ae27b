/** The server as one simulated device reaches it: every call waits for its fate before it is delivered, lost, or delivered twice. */
import { isSyncErrorCode, type SyncError } from '@chartkeep/protocol'
import type { Answer, DeviceSecrets, ServerApi } from '@chartkeep/sync'
import type { ServerCore, ServerSession } from '@chartkeep/sync-server'
import type { SimServer } from './sim-server.ts'

/** The signer that the server takes a device for. */
export interface SimCredentials {
  account: Uint8Array
  id: Uint8Array
  signing: DeviceSecrets['signing']
}

/** What a simulated device gives to its calls. */
export interface CallingDevice {
  readonly secrets: DeviceSecrets
  readonly person: { account: Uint8Array }
  readonly delivered: (() => Promise<unknown>)[]
  park(call: string): Promise<string>
  onAnswer(call: string, args: unknown, answer: unknown): void
}

export function simApi<D extends CallingDevice>(
  device: D,
  server: SimServer,
  ports: { serveAs?: (call: string, device: D) => SimCredentials | null },
): ServerApi {
  async function call<T>(
    name: string,
    args: unknown,
    run: (core: ServerCore, session: ServerSession) => Promise<T | SyncError> | T | SyncError,
  ): Promise<Answer<T>> {
    const fate = await device.park(name)
    if (fate === 'drop-request') return { type: 'offline' }
    const once = async (): Promise<T | SyncError> => {
      const { id, signing } = device.secrets
      const session = await server.session(
        ports.serveAs?.(name, device) ?? { account: device.person.account, id, signing },
      )
      if ('type' in session) return session
      const answer = await run(server.core(), session)
      device.onAnswer(name, args, answer)
      return answer
    }
    device.delivered.push(once)
    let answer = await once()
    if (fate === 'duplicate') answer = await once()
    if (fate === 'drop-answer') return { type: 'offline' }
    return isError(answer) ? answer : { type: 'ok', value: answer }
  }

  return {
    info: () => call('info', null, (core) => core.info()),
    register: (entry) => call('register', entry, (core) => core.register({ entry })),
    accountLog: (account, after) =>
      call('accountLog', { account, after }, (core, session) => core.accountLog(session, account, after)),
    postAccount: (account, entry) =>
      call('postAccount', { account, entry }, (core, session) => core.postAccount(session, account, { entry })),
    vaults: () => call('vaults', null, (core, session) => core.vaults(session)),
    control: (vault, after) =>
      call('control', { vault, after }, (core, session) => core.control(session, vault, after)),
    postControl: (vault, entries) =>
      call('postControl', { vault, entries }, (core, session) => core.postControl(session, vault, { entries })),
    push: (vault, envelopes) =>
      call('push', { vault, envelopes }, (core, session) => core.push(session, vault, { envelopes })),
    pull: (vault, request) => call('pull', { vault, request }, (core, session) => core.pull(session, vault, request)),
    fetchBodies: (vault, stream, numbers) =>
      call('fetchBodies', { vault, stream, numbers }, (core, session) =>
        core.fetchBodies(session, vault, { stream, numbers }),
      ),
    putChunk: (vault, stream, blob, index, total, chunk) =>
      call('putChunk', null, (core, session) => core.putChunk(session, { vault, stream, blob, index }, total, chunk)),
    getChunk: (vault, stream, blob, index) =>
      call('getChunk', null, (core, session) => core.getChunk(session, { vault, stream, blob, index })),
    depart: (vault, departure) =>
      call('depart', { vault, departure }, (core, session) => core.depart(session, vault, departure)),
    departures: (vault) => call('departures', { vault }, (core, session) => core.departures(session, vault)),
    handIn: (vault, envelopes) =>
      call('handIn', { vault, envelopes }, (core, session) => core.handIn(session, vault, { envelopes })),
    lateBox: (vault, after) =>
      call('lateBox', { vault, after }, (core, session) => core.lateBox(session, vault, after)),
    settleLate: (vault, hashes) =>
      call('settleLate', { vault, hashes }, (core, session) => core.settleLate(session, vault, { hashes })),
  }
}

function isError(answer: unknown): answer is SyncError {
  return (
    typeof answer === 'object' &&
    answer !== null &&
    'type' in answer &&
    answer.type === 'error' &&
    'error' in answer &&
    isSyncErrorCode(answer.error)
  )
}
