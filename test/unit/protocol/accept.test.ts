/** `accept` (C9): an owner's entry that lets an envelope count which lies beyond a cut; the same on every reader, whatever came first (Y4). */
import { AMEND, APPEND, idText, READ } from '@chartkeep/protocol'
import { applyControlEntry, type ControlState } from '@chartkeep/protocol/control'
import { streamHead, type Header } from '@chartkeep/protocol/streams'
import { beforeAll, expect, test } from 'vitest'
import { createPerson, type Person } from '../../support/protocol-people.ts'
import {
  createWriter,
  read,
  serve,
  store,
  toEntry,
  write,
  type Sealed,
  type ServedStream,
  type Writer,
} from '../../support/protocol-stream.ts'
import {
  controlBody,
  createVault,
  cutGrant,
  extendVault,
  lookupOf,
  makeGrant,
  signControlBody,
  type BodyFields,
  type Vault,
} from '../../support/protocol-vault.ts'

let owner: Person
let doctor: Person
beforeAll(async () => {
  owner = await createPerson('accept-owner')
  doctor = await createPerson('accept-doctor')
})

interface World {
  vault: Vault
  stream: Uint8Array
  served: ServedStream
  byOwner: Writer
  byDoctor: Writer
  grant: Uint8Array
}

async function world(rights = READ | APPEND | AMEND): Promise<World> {
  const vault = await createVault(owner, 2)
  const stream = vault.streams[0]!
  const { grant } = await makeGrant(vault, { grantee: doctor, scopes: [{ stream, rights }] })
  const byOwner = createWriter(vault, stream, owner)
  return { vault, stream, served: serve(vault, stream), byOwner, byDoctor: createWriter(vault, stream, doctor), grant }
}

async function put({ served }: World, writer: Writer, fields: Partial<Header> = {}): Promise<Sealed> {
  const sealed = await write(writer, fields, served.state)
  store(served, sealed)
  return sealed
}

/** What a reader who starts from nothing says of each entry of the stream, all shown with their bodies, under a state of the log. */
async function verdicts({ served, stream }: World, control: ControlState): Promise<string[]> {
  const all = served.stored.map(({ sealed, outcome }, at) => toEntry(sealed, at + 1, outcome))
  const outcome = await read(control, stream, all, lookupOf(owner, doctor))
  return outcome.verdicts.map((verdict) => (verdict?.type === 'quarantine' ? verdict.reason : (verdict?.type ?? '-')))
}

/** The doctor's grant ends; whatever is written from now on lies beyond. */
async function cut(at: World): Promise<void> {
  await cutGrant(at.vault, at.grant, new Map([[idText(at.stream), streamHead(at.served.state)]]))
}

const whenGranted = ({ vault }: World) => ({ n: 2, h: vault.state.hashes[1]! })

function acceptFields(stream: Uint8Array, ...sealed: Sealed[]): BodyFields {
  return { type: 'accept', accept: { envelopes: sealed.map(({ hash }) => ({ stream, hash })) } }
}

async function accept(at: World, ...sealed: Sealed[]): Promise<void> {
  const body = controlBody(at.vault, acceptFields(at.stream, ...sealed))
  await extendVault(at.vault, await signControlBody(body, owner.device))
}

async function refusalOf(at: World, fields: BodyFields): Promise<unknown> {
  const entry = await signControlBody(controlBody(at.vault, fields), owner.device)
  return applyControlEntry(at.vault.state, entry, lookupOf(owner, doctor))
}

test('C9: an accepted envelope counts, and nothing else beyond the cut does', async () => {
  const at = await world()
  await put(at, at.byDoctor)
  await cut(at)
  const one = await put(at, at.byDoctor, { control: whenGranted(at), epoch: 1 })
  const knowing = await put(at, at.byDoctor, { epoch: 1 })
  await put(at, at.byDoctor, { control: whenGranted(at), epoch: 1 })
  expect(await verdicts(at, at.vault.state)).toEqual(['admitted', 'cut', 'cut', 'cut'])
  await accept(at, one)
  expect(await verdicts(at, at.vault.state)).toEqual(['admitted', 'admitted', 'cut', 'cut'])
  // Also one whose author had read of the cut: the owner names the very envelope.
  await accept(at, knowing)
  expect(await verdicts(at, at.vault.state)).toEqual(['admitted', 'admitted', 'admitted', 'cut'])
})

test('C9, Y4: it counts also where it comes after the entry that accepts it', async () => {
  const at = await world()
  await cut(at)
  const late = await write(at.byDoctor, { control: whenGranted(at), epoch: 1 }, at.served.state)
  await accept(at, late)
  store(at.served, late)
  expect(await verdicts(at, at.vault.state)).toEqual(['admitted'])
})

test('C9: accepting lifts the cut and no other rule: not the right, not the signature', async () => {
  const at = await world(READ | APPEND)
  const first = await put(at, at.byDoctor)
  await cut(at)
  const change = await put(at, at.byDoctor, {
    doc: first.header.doc,
    parent: first.hash,
    control: whenGranted(at),
    epoch: 1,
  })
  const before = await put(at, at.byDoctor, { control: { n: 1, h: at.vault.state.hashes[0]! }, epoch: 1 })
  const forged = await put(at, at.byDoctor, { control: whenGranted(at), epoch: 1 })
  forged.proof.signature = forged.proof.signature.map((byte) => byte ^ 1)
  await accept(at, change, before, forged)
  expect(await verdicts(at, at.vault.state)).toEqual(['admitted', 'no-right', 'no-right', 'signature'])
})

test('C9: a change counts once everything that it builds on does', async () => {
  const at = await world()
  await cut(at)
  const control = whenGranted(at)
  const first = await put(at, at.byDoctor, { control, epoch: 1 })
  const change = await put(at, at.byDoctor, { doc: first.header.doc, parent: first.hash, control, epoch: 1 })
  await accept(at, change)
  expect(await verdicts(at, at.vault.state)).toEqual(['cut', 'no-right'])
  await accept(at, first)
  expect(await verdicts(at, at.vault.state)).toEqual(['admitted', 'admitted'])
})

test("C9, Y4: what an owner wrote over it before it was accepted stays; after it nobody rewrites the grantee's", async () => {
  const at = await world()
  await cut(at)
  const first = await put(at, at.byDoctor, { control: whenGranted(at), epoch: 1 })
  const { doc } = first.header
  const over = await put(at, at.byOwner, { doc, parent: first.hash })
  const before = ['cut', 'admitted']
  expect(await verdicts(at, at.vault.state)).toEqual(before)
  await accept(at, first)
  expect(await verdicts(at, at.vault.state)).toEqual(['admitted', 'admitted'])
  await put(at, at.byOwner, { doc, parent: over.hash })
  await put(at, at.byOwner, { doc, parent: first.hash })
  expect(await verdicts(at, at.vault.state)).toEqual(['admitted', 'admitted', 'admitted', 'no-right'])
})

test('C9: with a new grant its author continues from the accepted envelope', async () => {
  const at = await world()
  await cut(at)
  const first = await put(at, at.byDoctor, { control: whenGranted(at), epoch: 1 })
  await makeGrant(at.vault, { grantee: doctor, scopes: [{ stream: at.stream, rights: READ | AMEND }] })
  await put(at, at.byDoctor, { doc: first.header.doc, parent: first.hash })
  expect(await verdicts(at, at.vault.state)).toEqual(['cut', 'no-right'])
  await accept(at, first)
  expect(await verdicts(at, at.vault.state)).toEqual(['admitted', 'admitted'])
})

test('C2, C9: an accept names something, each once, in streams of the vault, and carries nothing else', async () => {
  const at = await world()
  const sealed = await write(at.byDoctor, {}, at.served.state)
  const fields = acceptFields(at.stream, sealed)
  const refused = (reason: string) => ({ type: 'refused', reason })
  expect(await refusalOf(at, { type: 'accept' })).toEqual(refused('bad-accept'))
  expect(await refusalOf(at, acceptFields(at.stream))).toEqual(refused('bad-accept'))
  expect(await refusalOf(at, acceptFields(at.stream, sealed, sealed))).toEqual(refused('bad-accept'))
  expect(await refusalOf(at, acceptFields(new Uint8Array(16), sealed))).toEqual(refused('bad-accept'))
  expect(await refusalOf(at, { ...fields, grant: at.grant })).toEqual(refused('malformed'))
  expect(await refusalOf(at, { ...fields, type: 'epoch' })).toEqual(refused('malformed'))
  const entry = await signControlBody(
    controlBody(at.vault, { ...fields, account: doctor.state.account, device: doctor.device.id }),
    doctor.device,
  )
  expect(await applyControlEntry(at.vault.state, entry, lookupOf(owner, doctor))).toEqual(refused('not-an-owner'))
  expect(await refusalOf(at, fields)).toMatchObject({ n: at.vault.state.n + 1 })
})
