/**
 * The new device's side of pairing (K8). It shows a code, accepts one answer, reveals its commitment, and shows the number. Until its
 * person has confirmed that the other screen shows the same number, it stores nothing and sends only sealed messages.
 */
import { generateBoxKeyPair } from '@chartkeep/crypto'
import { equalBytes } from '@chartkeep/crypto/encoding'
import { MAX_NAME, sameHead } from '@chartkeep/protocol'
import {
  deviceLiveAt,
  hasAccountHead,
  readAccountLog,
  accountHead,
  type AccountState,
} from '@chartkeep/protocol/account'
import {
  PAIRING_MS,
  PairingAnswer,
  pairingCommitment,
  pairingPlace,
  writePairingCode,
  type PairingCode,
  type PairingReveal,
} from '@chartkeep/protocol/pairing'
import type { SignedEntry } from '@chartkeep/protocol/signed'
import { verifyHead } from '@chartkeep/protocol/streams'
import { createDevice, openBoxKeys, type DeviceSecrets } from '../account/account-keys.ts'
import type { ComparedNumber, PairingRefusal } from '../contract/api.ts'
import {
  comparedNumber,
  openPairing,
  POLL_MS,
  sealPairing,
  type PairingRelay,
  type Wait,
} from '../transport/pairing-relay.ts'
import type { RandomBytes, ServerApi } from '../ports/ports.ts'

export interface PairingJoinerInput {
  relay: PairingRelay
  /** Address of the relay; part of the code that the person sees. */
  address: string
  deviceName: string
  randomBytes: RandomBytes
  wait: Wait
}

/** An account as the new device has verified it, with everything that its account store needs. */
export interface PairedAccount {
  entries: SignedEntry[]
  state: AccountState
  device: DeviceSecrets
  answer: PairingAnswer
}

const refused = (type: PairingRefusal['type']): PairingRefusal => ({ type }) as PairingRefusal

export class PairingJoiner {
  /** For the QR code, and to copy. */
  readonly code: string
  readonly #input: PairingJoinerInput
  readonly #device: DeviceSecrets
  readonly #ephemeral: { publicKey: Uint8Array; secretKey: Uint8Array }
  readonly #code: PairingCode
  readonly #reveal: PairingReveal
  readonly #token: Uint8Array
  #answer: PairingAnswer | null = null
  #isOver = false

  private constructor(
    input: PairingJoinerInput,
    keys: { device: DeviceSecrets; ephemeral: { publicKey: Uint8Array; secretKey: Uint8Array } },
    said: { code: PairingCode; reveal: PairingReveal },
    token: Uint8Array,
  ) {
    this.#input = input
    this.#device = keys.device
    this.#ephemeral = keys.ephemeral
    this.#code = said.code
    this.#reveal = said.reveal
    this.#token = token
    this.code = writePairingCode(said.code)
  }

  /** Draws keys and opens a pairing at the server. */
  static async open(input: PairingJoinerInput): Promise<PairingJoiner | PairingRefusal> {
    const { randomBytes, relay, deviceName, address } = input
    const device = createDevice(randomBytes)
    const ephemeral = generateBoxKeyPair(randomBytes)
    const reveal: PairingReveal = { v: 1, nonce: randomBytes(32), name: deviceName.slice(0, MAX_NAME) }
    const code: PairingCode = {
      v: 1,
      ephemeral: ephemeral.publicKey,
      sign: device.signing.publicKey,
      box: device.box.publicKey,
      commitment: pairingCommitment(reveal),
      server: address,
    }
    const opened = await relay.open(pairingPlace(code))
    if (opened.type === 'offline') return opened
    if (opened.type === 'error') return { type: 'refused', error: opened.error }
    return new PairingJoiner(input, { device, ephemeral }, { code, reveal }, opened.value.token)
  }

  /** Waits for the other device. Only the first answer counts; the person compares the number. */
  async answered(): Promise<({ type: 'compare' } & ComparedNumber) | PairingRefusal> {
    const { relay, wait, randomBytes } = this.#input
    const place = pairingPlace(this.#code)
    for (let asked = 0; asked * POLL_MS < PAIRING_MS && !this.#isOver; asked++) {
      const mail = await relay.read(place)
      if (mail.type === 'error') return this.#isOver ? refused('cancelled') : endOf(mail.error)
      const sealed = mail.type === 'ok' ? mail.value.answer : null
      if (sealed === null) {
        await wait(POLL_MS)
        continue
      }
      const answer = openPairing('answer', this.#code, this.#ephemeral, PairingAnswer, sealed)
      if (answer === null) return refused('bad-answer')
      const info = await relay.info()
      if (info.type === 'offline') return info
      // The server's key must be the one that the other device pinned; the number covers it (S6).
      if (info.type !== 'ok' || !equalBytes(info.value.key, answer.serverKey)) return refused('other-server')
      this.#answer = answer
      // The order matters: the commitment is revealed only when the answer can no longer change.
      const reveal = sealPairing('reveal', this.#code, answer.reply, this.#reveal, randomBytes)
      const written = await relay.write(place, this.#token, 'reveal', reveal)
      if (written.type === 'offline') return written
      if (written.type === 'error') return endOf(written.error)
      return { type: 'compare', ...comparedNumber(this.#code, answer, this.#reveal) }
    }
    return this.#isOver ? refused('cancelled') : refused('expired')
  }

  get device(): DeviceSecrets {
    return this.#device
  }

  get answer(): PairingAnswer | null {
    return this.#answer
  }

  /**
   * After this person's confirmation: waits until the other device's entry is in the log, and verifies that log from its first entry.
   * `server`: the server as this device sees it, with the key from the answer.
   */
  async enter(server: Pick<ServerApi, 'accountLog'>): Promise<PairedAccount | PairingRefusal> {
    const answer = this.#answer
    if (answer === null || this.#isOver) return refused('cancelled')
    const place = pairingPlace(this.#code)
    let isClosed = false
    for (let asked = 0; asked * POLL_MS < PAIRING_MS && !this.#isOver; asked++) {
      const page = await server.accountLog(answer.account, 0)
      if (page.type === 'ok') return this.#verified(server, answer)
      if (page.type === 'error' && page.error !== 'unauthenticated') return { type: 'refused', error: page.error }
      // The entry is missing and the other device is gone: the log is read once more, because the two may cross.
      if (isClosed) return refused('ended')
      const mail = page.type === 'offline' ? page : await this.#input.relay.read(place)
      isClosed = mail.type === 'error' && mail.error === 'not-found'
      if (!isClosed) await this.#input.wait(POLL_MS)
    }
    return this.#isOver ? refused('cancelled') : refused('expired')
  }

  async #verified(
    server: Pick<ServerApi, 'accountLog'>,
    answer: PairingAnswer,
  ): Promise<PairedAccount | PairingRefusal> {
    const entries: SignedEntry[] = []
    let state: AccountState | null = null
    for (;;) {
      const page = await server.accountLog(answer.account, entries.length)
      if (page.type === 'offline') return page
      if (page.type === 'error') return { type: 'refused', error: page.error }
      const { head } = page.value
      const next: AccountState | null | { type: string } = await readAccountLog(page.value.entries, state)
      if (next === null || 'type' in next || !(await verifyHead(head, answer.serverKey))) return refused('fork')
      if (page.value.entries.length === 0 && !sameHead(accountHead(next), head)) return refused('fork')
      entries.push(...page.value.entries)
      state = next
      if (state.n >= head.n) {
        if (!sameHead(accountHead(state), head)) return refused('fork')
        break
      }
    }
    const own = deviceLiveAt(state, this.#device.id, state.n)
    const isAsAnswered =
      equalBytes(state.account, answer.account) && hasAccountHead(state, { n: answer.n, h: answer.h }) && own !== null
    // The number covered this account, this history and this device.
    if (!isAsAnswered || own.addedAt <= answer.n || own.addedBy === null || !equalBytes(own.addedBy, answer.device))
      return refused('fork')
    if (openBoxKeys(state, this.#device).size === 0) return refused('bad-answer')
    return { entries, state, device: this.#device, answer }
  }

  /** Tells the other device the result. If the message is lost, nothing changes here. */
  async end(outcome: 'entered' | 'refused'): Promise<void> {
    if (this.#isOver) return
    this.#isOver = true
    const { relay, randomBytes } = this.#input
    const place = pairingPlace(this.#code)
    if (this.#answer === null) await relay.close(place, this.#token)
    else {
      const sealed = sealPairing('end', this.#code, this.#answer.reply, { v: 1, outcome }, randomBytes)
      await relay.write(place, this.#token, 'end', sealed)
    }
    this.#ephemeral.secretKey.fill(0)
    if (outcome === 'refused') {
      this.#device.signing.seed.fill(0)
      this.#device.box.secretKey.fill(0)
    }
  }
}

function endOf(error: string): PairingRefusal {
  return error === 'not-found' ? { type: 'expired' } : { type: 'refused', error }
}
