/** Writes entries of a vault's control log (C1-C4): vault with its streams, grant, cut. Reading and checking is done by packages/protocol. */
import { randomBytes as systemRandom, sign, type SigningKeyPair } from '@chartkeep/crypto'
import {
  accessLogId,
  accountHead,
  ALL_RIGHTS,
  APPEND,
  controlHead,
  encodeMessage,
  entryMessage,
  idText,
  keyIdOf,
  newestBoxKey,
  partHash,
  READ,
  type Accept,
  type AccountState,
  type ControlBody,
  type ControlEntry,
  type ControlPart,
  type ControlState,
  type Cut,
  type Head,
  type NewEpoch,
} from '@chartkeep/protocol'
import { ACCESS_LOG, auditBoxKey, sealName, sealPart, type GrantLabel, type VaultKeys } from './content-keys.ts'
import type { RandomBytes } from './ports.ts'

export interface Author {
  account: AccountState
  device: { id: Uint8Array; signing: SigningKeyPair }
  time: number
  randomBytes?: RandomBytes
}

type BodyPart = Pick<ControlBody, 'type'> &
  Partial<Pick<ControlBody, 'streams' | 'epochs' | 'grant' | 'cut' | 'accept'>>

async function signEntry(
  vault: Uint8Array,
  head: Head,
  author: Author,
  body: BodyPart,
  parts: ControlPart[],
): Promise<ControlEntry> {
  const encoded = encodeMessage({
    v: 1,
    vault,
    n: head.n + 1,
    prev: head.h,
    type: body.type,
    time: author.time,
    account: author.account.account,
    device: author.device.id,
    accountLog: accountHead(author.account),
    streams: body.streams ?? [],
    epochs: body.epochs ?? [],
    grant: body.grant ?? null,
    cut: body.cut ?? null,
    parts: parts.map(partHash),
    ...(body.accept === undefined ? {} : { accept: body.accept }),
  } satisfies ControlBody)
  return { body: encoded, signature: await sign(author.device.signing, entryMessage('control-entry', encoded)), parts }
}

interface FreshKey {
  stream: Uint8Array
  epoch: number
  key: Uint8Array
  name: string
}

function publish(keys: FreshKey[]): NewEpoch[] {
  return keys.map(({ stream, epoch, key, name }) => {
    const keyId = name === ACCESS_LOG ? auditBoxKey(key) : keyIdOf(key, stream, epoch)
    return { stream, epoch, keyId }
  })
}

function ownerPart(
  vault: Uint8Array,
  owner: AccountState,
  keys: FreshKey[],
  docSecret: Uint8Array | null,
  label: GrantLabel | null,
  randomBytes: RandomBytes,
) {
  return sealPart(
    {
      vault,
      recipient: owner.account,
      boxKey: newestBoxKey(owner),
      accountLog: accountHead(owner),
      grant: null,
      streams: [],
      notBefore: 0,
      notAfter: 0,
      keys,
      docSecret,
      label,
    },
    randomBytes,
  )
}

/** Entry 1 of a new vault: its holder is the signer; all streams with their first epochs. The order of streams is random and says nothing. */
export async function vaultEntry(
  streams: readonly { name: string; appendOnly: boolean }[],
  author: Author,
): Promise<{ vault: Uint8Array; entry: ControlEntry }> {
  const randomBytes = author.randomBytes ?? systemRandom
  const vault = randomBytes(16)
  const fresh = streams
    .map(({ name, appendOnly }) => {
      const stream = name === ACCESS_LOG ? accessLogId(vault) : randomBytes(16)
      return { stream, epoch: 1, key: randomBytes(32), name, appendOnly }
    })
    .toSorted((a, b) => (idText(a.stream) < idText(b.stream) ? -1 : 1))
  const keys = fresh.map(({ stream, epoch, key, name }) => ({ stream, epoch, key, name }))
  const part = ownerPart(vault, author.account, keys, randomBytes(32), null, randomBytes)
  const entry = await signEntry(
    vault,
    controlHead(null),
    author,
    {
      type: 'vault',
      streams: fresh.map(({ stream, appendOnly, name, key }) => ({
        stream,
        appendOnly,
        sealedName: sealName(name, key, randomBytes),
      })),
      epochs: publish(keys),
    },
    [part],
  )
  return { vault, entry }
}

/** A2: gives a vault that has none its access log: from this entry on the server writes down what it sees. */
export async function accessLogEntry(control: ControlState, author: Author): Promise<ControlEntry> {
  const randomBytes = author.randomBytes ?? systemRandom
  const fresh: FreshKey = { stream: accessLogId(control.vault), epoch: 1, key: randomBytes(32), name: ACCESS_LOG }
  const stream = { stream: fresh.stream, appendOnly: true, sealedName: sealName(fresh.name, fresh.key, randomBytes) }
  const part = ownerPart(control.vault, author.account, [fresh], null, null, randomBytes)
  const body: BodyPart = { type: 'stream', streams: [stream], epochs: publish([fresh]) }
  return signEntry(control.vault, controlHead(control), author, body, [part])
}

export interface GrantInput {
  /** The grant's id, 16 random bytes. */
  id: Uint8Array
  grantee: AccountState
  scopes: { stream: Uint8Array; rights: number }[]
  notBefore: number
  notAfter: number
  label: GrantLabel
}

/** C3: one grant with the keys of all epochs of its streams, and an append-only audit stream of its own (A1). */
export async function grantEntry(
  control: ControlState,
  keys: VaultKeys,
  input: GrantInput,
  author: Author,
): Promise<ControlEntry> {
  const randomBytes = author.randomBytes ?? systemRandom
  const grant = input.id
  const audit: FreshKey = { stream: randomBytes(16), epoch: 1, key: randomBytes(32), name: 'audit' }
  const granted = input.scopes.flatMap(({ stream }) => {
    const known = keys.streams.get(idText(stream))
    if (known === undefined) throw new Error('a stream without keys cannot be granted')
    return [...known.byEpoch].map(([epoch, key]) => ({ stream, epoch, key, name: known.name }))
  })
  const granteePart = sealPart(
    {
      vault: control.vault,
      recipient: input.grantee.account,
      boxKey: newestBoxKey(input.grantee),
      accountLog: accountHead(input.grantee),
      grant,
      streams: [
        ...input.scopes.map(({ stream, rights }) => ({ stream, rights: rights & ALL_RIGHTS, from: 0 })),
        { stream: audit.stream, rights: READ | APPEND, from: 0 },
      ],
      notBefore: input.notBefore,
      notAfter: input.notAfter,
      keys: [...granted, audit],
      docSecret: null,
      label: input.label,
    },
    randomBytes,
  )
  const owners = ownerPart(control.vault, author.account, [audit], null, input.label, randomBytes)
  return signEntry(
    control.vault,
    controlHead(control),
    author,
    {
      type: 'grant',
      grant,
      streams: [{ stream: audit.stream, appendOnly: true, sealedName: sealName(audit.name, audit.key, randomBytes) }],
      epochs: publish([audit]),
    },
    [granteePart, owners],
  )
}

/** C9: envelopes beyond a cut that count from now on. */
export function acceptEntry(control: ControlState, accept: Accept, author: Author): Promise<ControlEntry> {
  return signEntry(control.vault, controlHead(control), author, { type: 'accept', accept }, [])
}

export interface Remaining {
  account: AccountState
  grant: Uint8Array
  /** Streams (id text) that this recipient keeps. */
  streams: Set<string>
}

/**
 * C4: ends somebody's access. New epochs of every stream in `renew`; one part per remaining recipient with all its new keys:
 * the cost depends on recipients, never on records.
 */
export async function cutEntry(
  control: ControlState,
  keys: VaultKeys,
  cut: Cut,
  renew: string[],
  remaining: Remaining[],
  author: Author,
): Promise<ControlEntry> {
  const randomBytes = author.randomBytes ?? systemRandom
  // A2: every cut renews the audit box key too.
  const access = idText(accessLogId(control.vault))
  const renewed = control.streams.has(access) && !renew.includes(access) ? [...renew, access] : renew
  const fresh = renewed.map((text): FreshKey => {
    const stream = control.streams.get(text)!
    return {
      stream: stream.id,
      epoch: stream.epoch + 1,
      key: randomBytes(32),
      name: text === access ? ACCESS_LOG : (keys.streams.get(text)?.name ?? ''),
    }
  })
  const parts = [ownerPart(control.vault, author.account, fresh, null, null, randomBytes)]
  for (const { account, grant, streams } of remaining) {
    const theirs = fresh.filter(({ stream }) => streams.has(idText(stream)))
    if (theirs.length === 0) continue
    parts.push(
      sealPart(
        {
          vault: control.vault,
          recipient: account.account,
          boxKey: newestBoxKey(account),
          accountLog: accountHead(account),
          grant,
          streams: [],
          notBefore: 0,
          notAfter: 0,
          keys: theirs,
          docSecret: null,
          label: null,
        },
        randomBytes,
      ),
    )
  }
  return signEntry(control.vault, controlHead(control), author, { type: 'cut', epochs: publish(fresh), cut }, parts)
}
