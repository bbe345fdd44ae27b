/**
 * Writes entries of a vault's control log (C1-C4): the vault with its streams, grants, cuts, epochs. owner-entries.ts writes the entries
 * about owners, entry-parts.ts the keys in them. packages/protocol reads and verifies them.
 */
import { randomBytes as systemRandom, sign } from '@chartkeep/crypto'
import { ALL_RIGHTS, APPEND, encodeMessage, idText, READ, type Head } from '@chartkeep/protocol'
import { accountHead, type AccountState, type Role, type Waited } from '@chartkeep/protocol/account'
import { accessLogId } from '@chartkeep/protocol/audit'
import {
  controlHead,
  partHash,
  type Accept,
  type ControlBody,
  type ControlEntry,
  type ControlPart,
  type ControlState,
  type Cut,
  type Restart,
  type VaultServer,
} from '@chartkeep/protocol/control'
import { entryMessage } from '@chartkeep/protocol/signed'
import { ACCESS_LOG, sealName, sealPart, type GrantLabel, type VaultKeys } from '../vault/content-keys.ts'
import { sealEmergencyLabel } from '../vault/emergency-box.ts'
import {
  freshKeys,
  keyFor,
  ownerPart,
  ownerParts,
  publish,
  remainingParts,
  type Author,
  type FreshKey,
  type Remaining,
} from '../vault/entry-parts.ts'

type Placed = 'v' | 'vault' | 'n' | 'prev' | 'time' | 'account' | 'device' | 'accountLog' | 'parts'
/** The content of an entry; {@link signEntry} adds its position and signer. */
export type BodyPart = Pick<ControlBody, 'type'> & Partial<Omit<ControlBody, Placed>>

export async function signEntry(
  vault: Uint8Array,
  head: Head,
  author: Author,
  body: BodyPart,
  parts: ControlPart[],
): Promise<ControlEntry> {
  const { type, streams = [], epochs = [], grant = null, cut = null, ...extras } = body
  const encoded = encodeMessage({
    v: 1,
    vault,
    n: head.n + 1,
    prev: head.h,
    type,
    time: author.time,
    account: author.account.account,
    device: author.device.id,
    accountLog: accountHead(author.account),
    streams,
    epochs,
    grant,
    cut,
    parts: parts.map(partHash),
    ...extras,
  } satisfies ControlBody)
  return { body: encoded, signature: await sign(author.device.signing, entryMessage('control-entry', encoded)), parts }
}

/**
 * Entry 1 of a new vault: the signer is its holder; all streams with their first epochs. The streams are in random order, so that the order
 * reveals nothing.
 */
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

/** A2: adds the access log to a vault without one: from this entry on the server records what it sees. */
export function accessLogEntry(control: ControlState, author: Author): Promise<ControlEntry> {
  const key = (author.randomBytes ?? systemRandom)(32)
  return streamEntry(control, [{ stream: accessLogId(control.vault), epoch: 1, key, name: ACCESS_LOG }], true, author)
}

/** Adds the missing lists to a vault that an earlier version created. */
export function listsEntry(control: ControlState, names: readonly string[], author: Author): Promise<ControlEntry> {
  const randomBytes = author.randomBytes ?? systemRandom
  const fresh = names
    .map((name): FreshKey => ({ stream: randomBytes(16), epoch: 1, key: randomBytes(32), name }))
    .toSorted((a, b) => (idText(a.stream) < idText(b.stream) ? -1 : 1))
  return streamEntry(control, fresh, false, author)
}

function streamEntry(
  control: ControlState,
  fresh: FreshKey[],
  appendOnly: boolean,
  author: Author,
): Promise<ControlEntry> {
  const randomBytes = author.randomBytes ?? systemRandom
  const streams = fresh.map(({ stream, key, name }) => ({
    stream,
    appendOnly,
    sealedName: sealName(name, key, randomBytes),
  }))
  const parts = ownerParts(control.vault, author, fresh, null)
  const body: BodyPart = { type: 'stream', streams, epochs: publish(fresh) }
  return signEntry(control.vault, controlHead(control), author, body, parts)
}

export interface GrantInput {
  /** The grant's id, 16 random bytes. */
  id: Uint8Array
  grantee: AccountState
  /** C12: in a practice, the role that receives the grant; null or absent for a person. */
  role?: Role | null
  /** `start`: the head after which the grant begins, so that its reader holds no older key; null for all history. */
  scopes: { stream: Uint8Array; rights: number; start: Head | null }[]
  notBefore: number
  notAfter: number
  label: GrantLabel
  /** C13: for an emergency grant, how long one opening lasts, in milliseconds; its grantee can read `label` beforehand. */
  emergency?: number
}

/**
 * C3: one grant with the keys of all epochs of its streams, and an append-only audit stream of its own (A1). A stream granted `from: now`
 * gets a new epoch, which all other readers receive too (`remaining`).
 */
export async function grantEntry(
  control: ControlState,
  keys: VaultKeys,
  input: GrantInput,
  remaining: Remaining[],
  author: Author,
): Promise<ControlEntry> {
  const randomBytes = author.randomBytes ?? systemRandom
  const grant = input.id
  const audit: FreshKey = { stream: randomBytes(16), epoch: 1, key: randomBytes(32), name: 'audit' }
  const fresh = freshKeys(
    control,
    keys,
    input.scopes.flatMap(({ stream, start }) => (start === null ? [] : [idText(stream)])),
    randomBytes,
  )
  const granted = input.scopes.flatMap(({ stream, start }) => {
    const known = keys.streams.get(idText(stream))
    if (known === undefined) throw new Error('a stream without keys cannot be granted')
    if (start !== null) return fresh.filter((key) => idText(key.stream) === idText(stream))
    return [...known.byEpoch].map(([epoch, key]) => ({ stream, epoch, key, name: known.name }))
  })
  const recipientKey = keyFor(input.grantee, input.role ?? null)
  const { name, birthDate } = input.label
  const granteePart = sealPart(
    {
      vault: control.vault,
      recipient: input.grantee.account,
      ...recipientKey,
      ...(input.emergency !== undefined && {
        emergency: {
          duration: input.emergency,
          label: sealEmergencyLabel(
            recipientKey.boxKey.public,
            { vault: control.vault, grant, name, birthDate },
            randomBytes,
          ),
        },
      }),
      accountLog: accountHead(input.grantee),
      grant,
      streams: [
        ...input.scopes.map(({ stream, rights, start }) => ({ stream, rights: rights & ALL_RIGHTS, from: start ?? 0 })),
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
  const owners = ownerParts(control.vault, author, [audit, ...fresh], input.label)
  return signEntry(
    control.vault,
    controlHead(control),
    author,
    {
      type: 'grant',
      grant,
      streams: [{ stream: audit.stream, appendOnly: true, sealedName: sealName(audit.name, audit.key, randomBytes) }],
      epochs: publish([audit, ...fresh]),
    },
    [granteePart, ...owners, ...remainingParts(control, remaining, fresh, randomBytes)],
  )
}

/** C9: accepts envelopes beyond a cut. */
export function acceptEntry(control: ControlState, accept: Accept, author: Author): Promise<ControlEntry> {
  return signEntry(control.vault, controlHead(control), author, { type: 'accept', accept }, [])
}

/** S10: a holder names the server that keeps the vault from now on. */
export function serverEntry(
  control: ControlState,
  server: VaultServer,
  author: Author,
  waited: Waited | null = null,
): Promise<ControlEntry> {
  return signEntry(control.vault, controlHead(control), author, { type: 'server', server, ...shownIn(waited) }, [])
}

/** K7: the proof in the entry of a signer that had to wait; no field otherwise. */
export function shownIn(waited: Waited | null): { waited?: Waited } {
  return waited === null ? {} : { waited }
}

/** S9: a holder names the positions from which streams continue after a loss. */
export function restartEntry(control: ControlState, restart: Restart, author: Author): Promise<ControlEntry> {
  return signEntry(control.vault, controlHead(control), author, { type: 'restart', restart }, [])
}

/**
 * An entry with new epochs of every stream in `renew`, and one part for each remaining recipient with all its new keys: the cost depends on
 * the number of recipients, not of records. A2: renews the audit box key too. `without`: an owner whose access this entry ends.
 */
export function renewal(
  control: ControlState,
  keys: VaultKeys,
  body: BodyPart,
  renew: string[],
  remaining: Remaining[],
  author: Author,
  without: Uint8Array | null = null,
): Promise<ControlEntry> {
  const randomBytes = author.randomBytes ?? systemRandom
  const access = idText(accessLogId(control.vault))
  const renewed = control.streams.has(access) && !renew.includes(access) ? [...renew, access] : renew
  const fresh = freshKeys(control, keys, renewed, randomBytes)
  const parts = ownerParts(control.vault, author, fresh, null, without)
  parts.push(...remainingParts(control, remaining, fresh, randomBytes))
  return signEntry(control.vault, controlHead(control), author, { ...body, epochs: publish(fresh) }, parts)
}

/** C4: ends access. `subject`: for the cut of another owner's device, the head of the account log that removed the device (K5). */
export function cutEntry(
  control: ControlState,
  keys: VaultKeys,
  cut: Cut,
  renew: string[],
  remaining: Remaining[],
  author: Author,
  subject: Head | null = null,
): Promise<ControlEntry> {
  const body: BodyPart = { type: 'cut', cut, ...(subject === null ? {} : { subject }) }
  const without = cut.device === null ? cut.account : null
  return renewal(control, keys, body, renew, remaining, author, without)
}
