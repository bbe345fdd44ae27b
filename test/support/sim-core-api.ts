/** The server's core as one device reaches it, in this process: what http-server.ts is over a network. */
import { isSyncErrorCode, type SyncError } from '@chartkeep/protocol'
import type { Answer, AuditApi, DeviceSecrets, ServerApi } from '@chartkeep/sync/testing'
import type { ServerCore, ServerSession } from '@chartkeep/sync-server/testing'

export type SimApi = ServerApi & AuditApi

/** The signer that the server takes a device for. */
export interface SimCredentials {
  account: Uint8Array
  id: Uint8Array
  signing: DeviceSecrets['signing']
}

/** `session`: the device's own, signed in again where none holds; or why there is none. */
export function coreApi(core: ServerCore, session: () => Promise<ServerSession | SyncError>): SimApi {
  async function call<T>(run: (session: ServerSession) => Promise<T | SyncError>): Promise<Answer<T>> {
    const signedIn = await session()
    return 'type' in signedIn ? signedIn : answerOf(await run(signedIn))
  }
  return {
    info: async () => ({ type: 'ok', value: core.info() }),
    register: async (entry, invite) => answerOf(await core.register(invite === null ? { entry } : { entry, invite })),
    accountLog: (account, after) => call((own) => core.accountLog(own, account, after)),
    postAccount: (account, entry) => call((own) => core.postAccount(own, account, { entry })),
    vaults: () => call((own) => core.vaults(own)),
    control: (vault, after) => call((own) => core.control(own, vault, after)),
    postControl: (vault, entries) => call((own) => core.postControl(own, vault, { entries })),
    push: (vault, envelopes) => call((own) => core.push(own, vault, { envelopes })),
    pull: (vault, request) => call((own) => core.pull(own, vault, request)),
    fetchBodies: (vault, stream, numbers) => call((own) => core.fetchBodies(own, vault, { stream, numbers })),
    beginBlob: (vault, post) => call((own) => core.beginBlob(own, vault, post)),
    findBlob: (vault, stream, blob) => call((own) => core.findBlob(own, vault, stream, blob)),
    putChunk: async (link, index, chunk) => answerOf(await core.putChunk(link, index, chunk)),
    async getChunk(link, index) {
      const answer = await core.getChunk(link, index)
      return 'type' in answer ? answer : { type: 'ok', value: answer.chunk }
    },
    depart: (vault, departure) => call((own) => core.depart(own, vault, departure)),
    departures: (vault) => call((own) => core.departures(own, vault)),
    submitLate: (vault, envelopes) => call((own) => core.handIn(own, vault, { envelopes })),
    quarantineInbox: (vault, after) => call((own) => core.lateBox(own, vault, after)),
    settleLate: (vault, hashes) => call((own) => core.settleLate(own, vault, { hashes })),
    openEmergency: (vault, request) => call((own) => core.openEmergency(own, vault, request)),
    endEmergency: (vault, end) => call((own) => core.endEmergency(own, vault, end)),
    emergencies: (vault, after) => call((own) => core.emergencies(own, vault, after)),
    audit: (vault, request) => call((own) => core.audit(own, vault, request)),
    auditProof: (vault, request) => call((own) => core.auditProof(own, vault, request)),
    cosign: (vault, checkpoint) => call((own) => core.cosign(own, vault, { checkpoint })),
  }
}

function answerOf<T>(answer: T | SyncError): Answer<T> {
  return isError(answer) ? answer : { type: 'ok', value: answer }
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
