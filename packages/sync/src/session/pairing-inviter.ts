/**
 * The unlocked device's side of pairing (K8). It answers a code, checks the new device's reveal against its commitment, and shows the
 * number. Only after its person has confirmed that both numbers are equal does it post `device-added`.
 */
import { generateBoxKeyPair, type BoxKeyPair } from '@chartkeep/crypto'
import { equalBytes } from '@chartkeep/crypto/encoding'
import { idText, MAX_NAME } from '@chartkeep/protocol'
import {
  PAIRING_MS,
  PairingEnd,
  pairingCommitment,
  pairingDevice,
  pairingPlace,
  PairingReveal,
  readPairingCode,
  type PairingAnswer,
  type PairingCode,
} from '@chartkeep/protocol/pairing'
import { type AccountActions } from './account-actions.ts'
import { deviceAddedEntry } from '../account/account-writer.ts'
import { memberAddedEntry, type MemberInput } from '../account/practice-writer.ts'
import type { ComparedNumber, DeviceAddition, PairingRefusal } from '../contract/api.ts'
import {
  comparedNumber,
  openPairing,
  POLL_MS,
  sealPairing,
  type PairingSender,
  type Wait,
} from '../transport/pairing-relay.ts'

export interface PairingInviterInput {
  actions: AccountActions
  /** C12: the member whose first device this is; null for a further device of the person or of the current member. */
  member: MemberInput | null
  sender: PairingSender
  serverKey: Uint8Array
  /** The account's name for its person. */
  name: string
  /** F2: heads of control logs that this device has verified. */
  vaults: PairingAnswer['vaults']
  wait: Wait
  /** Called when the account's own log has grown. */
  onAdded: () => void
}

/** The most heads that the server accepts in one answer. */
const MAX_HEADS = 32

/** Reads a code and answers it. The account does not change before {@link PairingInviter.confirm}. */
export async function invitePairing(
  text: string,
  input: PairingInviterInput,
): Promise<PairingInviter | PairingRefusal> {
  const code = readPairingCode(text)
  if (code === null) return { type: 'bad-code' }
  const { actions, sender } = input
  const refreshed = await actions.refresh()
  if (refreshed !== null) return refreshed.type === 'offline' ? refreshed : { type: 'refused', error: refreshed.error }
  const state = actions.state()
  if (state.devices.has(idText(pairingDevice(code)))) return { type: 'known-device' }
  const reply = generateBoxKeyPair(actions.randomBytes)
  const answer: PairingAnswer = {
    v: 1,
    account: state.account,
    device: actions.device.id,
    n: state.n,
    h: state.h,
    serverKey: input.serverKey,
    name: input.name.slice(0, MAX_NAME),
    reply: reply.publicKey,
    nonce: actions.randomBytes(32),
    vaults: input.vaults.slice(0, MAX_HEADS),
  }
  const sealed = sealPairing('answer', code, code.ephemeral, answer, actions.randomBytes)
  const posted = await sender.answerPairing(pairingPlace(code), sealed)
  if (posted.type === 'offline') return posted
  if (posted.type === 'error') {
    if (posted.error === 'not-found') return { type: 'expired' }
    return posted.error === 'taken' ? { type: 'taken' } : { type: 'refused', error: posted.error }
  }
  return new PairingInviter(input, code, answer, reply)
}

export class PairingInviter implements DeviceAddition {
  readonly #input: PairingInviterInput
  readonly #code: PairingCode
  readonly #answer: PairingAnswer
  readonly #reply: BoxKeyPair
  #reveal: PairingReveal | null = null
  #isOver = false

  constructor(input: PairingInviterInput, code: PairingCode, answer: PairingAnswer, reply: BoxKeyPair) {
    this.#input = input
    this.#code = code
    this.#answer = answer
    this.#reply = reply
  }

  async revealed(): Promise<({ type: 'compare'; deviceName: string } & ComparedNumber) | PairingRefusal> {
    for (let asked = 0; asked * POLL_MS < PAIRING_MS && !this.#isOver; asked++) {
      const mail = await this.#input.sender.readPairing(pairingPlace(this.#code))
      if (mail.type === 'error') return this.#gone(mail.error)
      const sealed = mail.type === 'ok' ? mail.value.reveal : null
      if (sealed !== null) {
        const reveal = openPairing('reveal', this.#code, this.#reply, PairingReveal, sealed)
        // The reveal does not match the commitment: an attacker is between the devices or replays an old pairing.
        if (reveal === null || !equalBytes(pairingCommitment(reveal), this.#code.commitment)) {
          await this.cancel()
          return { type: 'bad-answer' }
        }
        this.#reveal = reveal
        return { type: 'compare', deviceName: reveal.name, ...comparedNumber(this.#code, this.#answer, reveal) }
      }
      await this.#input.wait(POLL_MS)
    }
    return this.#isOver ? { type: 'cancelled' } : { type: 'expired' }
  }

  async confirm(name?: string): Promise<{ type: 'added' } | PairingRefusal> {
    const reveal = this.#reveal
    if (reveal === null || this.#isOver) return { type: 'cancelled' }
    const { actions } = this.#input
    const added = {
      id: pairingDevice(this.#code),
      signing: { publicKey: this.#code.sign },
      box: { publicKey: this.#code.box },
    }
    const { member } = this.#input
    const named = { ...added, name: name ?? reveal.name }
    const posted = await actions.post((state) =>
      member === null
        ? deviceAddedEntry(state, actions.device, added, named.name, actions.boxKeys(), actions.randomBytes)
        : memberAddedEntry(state, actions.device, member, named, actions.boxKeys(), actions.randomBytes),
    )
    if (posted.type === 'done') {
      this.#input.onAdded()
      return { type: 'added' }
    }
    return posted.type === 'offline' ? posted : { type: 'refused', error: posted.error }
  }

  async entered(): Promise<'entered' | 'refused' | 'unknown'> {
    for (let asked = 0; asked * POLL_MS < PAIRING_MS && !this.#isOver; asked++) {
      const mail = await this.#input.sender.readPairing(pairingPlace(this.#code))
      if (mail.type === 'error') return 'unknown'
      const sealed = mail.type === 'ok' ? mail.value.end : null
      const end = sealed === null ? null : openPairing('end', this.#code, this.#reply, PairingEnd, sealed)
      if (end?.outcome === 'entered') return 'entered'
      if (end?.outcome === 'refused') {
        // The person at the new device refused after this person had confirmed: the device is removed again, and the key that it received
        // is replaced.
        const { actions, member } = this.#input
        await (member === null ? actions.remove(pairingDevice(this.#code)) : actions.removeMember(member.id))
        this.#input.onAdded()
        return 'refused'
      }
      await this.#input.wait(POLL_MS)
    }
    return 'unknown'
  }

  async cancel(): Promise<void> {
    if (this.#isOver) return
    this.#isOver = true
    this.#reply.secretKey.fill(0)
    await this.#input.sender.closePairing(pairingPlace(this.#code))
  }

  #gone(error: string): PairingRefusal {
    if (this.#isOver) return { type: 'cancelled' }
    return error === 'not-found' ? { type: 'ended' } : { type: 'refused', error }
  }
}
