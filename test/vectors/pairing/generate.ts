/**
 * Makes the vectors of pairing and of the kit's replacement (K5, K7, K8) from fixed seeds, as hex; read in the tests by a second reader that shares
 * no code with packages/. A change of any value is a change of the protocol and needs a decision record.
 *
 * Write them: node_modules/.bin/node test/vectors/pairing/generate.ts
 */
import { writeFileSync } from 'node:fs'
import { generateBoxKeyPair, generateSigningKeyPair } from '@chartkeep/crypto'
import { encodeMessage, KIT_WAIT_MS } from '@chartkeep/protocol'
import { pairingCommitment, pairingDevice, pairingNumber, pairingPlace, writePairingCode, type PairingAnswer, type PairingCode, type PairingEnd, type PairingReveal } from '@chartkeep/protocol/pairing'
import { PAIRING_WORDS, sealPairing } from '@chartkeep/sync/testing'
import {
  addDevice,
  createPerson,
  createRecovery,
  extendAccount,
  headAt,
  kitReplacedBody,
  nextBoxKey,
  nextPlace,
  type Person,
} from '../../support/protocol-people.ts'
import { seededBytes } from '../../support/seeded-bytes.ts'

type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

function toJson(value: unknown): Json {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (Array.isArray(value)) return value.map(toJson)
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, toJson(each)]))
  return value as Json
}

async function pairingVector(seed: string) {
  const random = seededBytes(`vectors.pairing.${seed}`)
  const { state, device } = await createPerson(`vectors.pairing.${seed}`)
  const [ephemeral, reply, box] = [random, random, random].map(generateBoxKeyPair) as [KeyPair, KeyPair, KeyPair]
  const signing = generateSigningKeyPair(random)
  const reveal: PairingReveal = { v: 1, nonce: random(32), name: 'Phone 手機' }
  const code: PairingCode = {
    v: 1,
    ephemeral: ephemeral.publicKey,
    sign: signing.publicKey,
    box: box.publicKey,
    commitment: pairingCommitment(reveal),
    server: 'https://records.example',
  }
  const answer: PairingAnswer = {
    v: 1,
    account: state.account,
    device: device.id,
    n: state.n,
    h: state.h,
    serverKey: generateSigningKeyPair(random).publicKey,
    name: 'Mei',
    reply: reply.publicKey,
    nonce: random(32),
    vaults: [{ vault: random(16), n: 3, h: random(32) }],
  }
  const end: PairingEnd = { v: 1, outcome: 'entered' }
  const number = pairingNumber(code, answer, reveal)
  return {
    text: writePairingCode(code),
    code: encodeMessage(code),
    ephemeralSecret: ephemeral.secretKey,
    device: pairingDevice(code),
    place: pairingPlace(code),
    answer: encodeMessage(answer),
    sealedAnswer: sealPairing('answer', code, code.ephemeral, answer, random),
    replySecret: reply.secretKey,
    reveal: encodeMessage(reveal),
    commitment: code.commitment,
    sealedReveal: sealPairing('reveal', code, answer.reply, reveal, random),
    end: encodeMessage(end),
    sealedEnd: sealPairing('end', code, answer.reply, end, random),
    places: number.words,
    en: number.words.map((place) => PAIRING_WORDS.en[place]!),
    zh: number.words.map((place) => PAIRING_WORDS.zh[place]!),
    digits: number.digits,
  }
}

type KeyPair = ReturnType<typeof generateBoxKeyPair>

/** A log whose kit is replaced, whose device has another name, and in which a device that came in by the kit removes an older one. */
async function kitVector() {
  const person: Person = await createPerson('vectors.kit')
  const server = generateSigningKeyPair(seededBytes('vectors.kit.server'))
  const phone = await addDevice(person)
  const name = person.random(48)
  await extendAccount(
    person,
    { ...nextPlace(person.state, phone), type: 'device-named', device: phone.id, name },
    phone,
  )
  const recovery = createRecovery(person.random)
  const { body, pair } = kitReplacedBody(person, recovery, phone)
  await extendAccount(person, body, phone)
  person.boxKeys.push(pair)
  person.recovery = recovery
  const late = await addDevice(person, recovery)
  const used = person.state.n
  const time = 1_800_000_000_000
  const waited = {
    key: server.publicKey,
    first: await headAt(person, server, time),
    last: await headAt(person, server, time + KIT_WAIT_MS),
  }
  const next = nextBoxKey(person, phone.id)
  await extendAccount(
    person,
    { ...nextPlace(person.state, late), type: 'device-removed', device: phone.id, boxKey: next.grant, waited },
    late,
  )
  return {
    account: person.state.account,
    serverKey: server.publicKey,
    usedAt: used,
    entries: person.entries,
    late: { id: late.id, sign: late.signing.publicKey },
    newKit: { id: recovery.id, boxSecret: recovery.box.secretKey, lookup: recovery.lookup },
    head: { n: person.state.n, h: person.state.h },
  }
}

export async function generatePairingVectors(): Promise<Record<string, Json>> {
  return {
    'pairing.json': toJson({ words: PAIRING_WORDS, pairings: await Promise.all(['a', 'b', 'c'].map(pairingVector)) }),
    'kit.json': toJson(await kitVector()),
  }
}

if (import.meta.main) {
  for (const [name, value] of Object.entries(await generatePairingVectors()))
    writeFileSync(new URL(name, import.meta.url), `${JSON.stringify(value, null, 1)}\n`)
}
