/**
 * One writer: a store is held by one tab (Web Locks, https://www.w3.org/TR/web-locks/), which tabs talk over by a
 * BroadcastChannel of the same origin; where there are none, by one holder in this process.
 *
 * Who wants a store that is held may ask for it. The holder says at once that it heard, finishes its writes and lets
 * go. A holder from which no word comes (frozen, hanging) is overruled: its lock is stolen. What it then still tries
 * to write fails by the log's generation (ST8), which the new holder raises when it opens.
 */

/** `asked`: another tab wants the store; finish, then release. `lost`: it was taken by force, and nothing can be written. */
export type Handover = 'asked' | 'lost'

/** What the holder says of itself. */
export interface Holder {
  /** When it took the store, milliseconds since 1970 by this device's clock. */
  since: number
}

/** This page holds the store until it calls `release` or goes away; or another page holds it. */
export type Hold =
  | {
      type: 'held'
      /** Resolves when another tab asks for the store or takes it; stays open otherwise. */
      handover: Promise<Handover>
      release(): Promise<void>
    }
  | { type: 'in-use'; /** `null`: the holder gives no answer. */ holder: Holder | null }

export interface HoldOptions {
  /** Ask the holder to step back, and overrule it when it is silent. */
  takeOver?: boolean
  /** How long a holder may be silent before it is overruled. */
  silenceMs?: number
}

const SILENCE_MS = 4_000
/** A holder that steps back repeats that it is at work. */
const WORD_EVERY_MS = 500
const ASK_EVERY_MS = 1_000
/** How long a holder that is awake needs to say who it is. */
const ANSWER_MS = 600

type Message = { type: 'who' } | { type: 'ask' } | { type: 'here'; since: number } | { type: 'working' }

/**
 * Tries to hold the store `name`. Answers at once when it is free; when it is in use, after the holder has said who it
 * is, or with `takeOver` when it has let go.
 * @param name - visible to the page's origin only, never on the disk
 */
export async function holdStore(
  name: string,
  { takeOver = false, silenceMs = SILENCE_MS }: HoldOptions = {},
): Promise<Hold> {
  const lockName = `chartkeep-store-${name}`
  const locks = globalThis.navigator?.locks
  if (!locks) return holdHere(lockName, takeOver)
  const free = await request(locks, lockName, { ifAvailable: true })
  if (free !== null) return free
  return takeOver ? takeFrom(locks, lockName, silenceMs) : { type: 'in-use', holder: await askWho(lockName) }
}

/** Who holds the store `name` now: `null` when nobody does. Takes nothing. */
export async function whoHolds(name: string): Promise<{ holder: Holder | null } | null> {
  const lockName = `chartkeep-store-${name}`
  const locks = globalThis.navigator?.locks
  if (!locks) return heldHere.has(lockName) ? { holder: heldHere.get(lockName)!.holder } : null
  return (await holderClient(locks, lockName)) === null ? null : { holder: await askWho(lockName) }
}

/** The lock as a hold, `null` when it was asked for only if available and is not. Rejects when `signal` ends the waiting. */
function request(
  locks: LockManager,
  lockName: string,
  options: LockOptions,
): Promise<(Hold & { type: 'held' }) | null> {
  return new Promise((resolve, reject) => {
    let lose: () => void = () => {}
    const finished = locks.request(lockName, options, (lock) => {
      if (!lock) {
        resolve(null)
        return undefined
      }
      return new Promise<void>((letGo) => {
        const held = answering(locks, lockName, async () => {
          letGo()
          await finished.catch(() => {})
        })
        lose = held.lose
        resolve(held.hold)
      })
    })
    // Rejects after a grant only when the lock was stolen.
    finished.catch((error: unknown) => {
      lose()
      reject(error)
    })
  })
}

/** A hold that answers other tabs until it is released. */
function answering(
  locks: LockManager,
  lockName: string,
  letGo: () => Promise<void>,
): { hold: Hold & { type: 'held' }; lose(): void } {
  const since = Date.now()
  const channel = openChannel(lockName)
  let words: ReturnType<typeof setInterval> | null = null
  let decide: (handover: Handover) => void = () => {}
  const handover = new Promise<Handover>((resolve) => (decide = resolve))
  let isOver = false
  const say = (message: Message) => {
    if (!isOver) channel?.postMessage(message)
  }
  const quiet = () => {
    isOver = true
    if (words !== null) clearInterval(words)
    words = null
    channel?.close()
  }
  const ownClient = holderClient(locks, lockName)
  // A tab that hung finds old questions in its queue: the lock may be another's by now.
  const stepBack = async () => {
    if ((await ownClient) !== (await holderClient(locks, lockName))) return decide('lost')
    if (isOver) return
    say({ type: 'working' })
    words ??= setInterval(() => say({ type: 'working' }), WORD_EVERY_MS)
    decide('asked')
  }
  channel?.addEventListener('message', ({ data }: MessageEvent<Message>) => {
    if (data.type === 'who') say({ type: 'here', since })
    if (data.type === 'ask') void stepBack()
  })
  return {
    hold: {
      type: 'held',
      handover,
      async release() {
        quiet()
        await letGo()
      },
    },
    lose() {
      quiet()
      decide('lost')
    },
  }
}

/** The client (tab, worker) that has the lock; null when nobody has. */
async function holderClient(locks: LockManager, lockName: string): Promise<string | null> {
  const { held = [] } = await locks.query()
  return held.find((lock) => lock.name === lockName)?.clientId ?? null
}

/** Asks the holder, waits while it is at work, and steals the lock when nothing was heard for `silenceMs`. */
async function takeFrom(locks: LockManager, lockName: string, silenceMs: number): Promise<Hold> {
  const giveUp = new AbortController()
  const channel = openChannel(lockName)
  let timer: ReturnType<typeof setTimeout> | null = null
  const restart = () => {
    if (timer !== null) clearTimeout(timer)
    timer = setTimeout(() => giveUp.abort(), silenceMs)
  }
  channel?.addEventListener('message', ({ data }: MessageEvent<Message>) => {
    if (data.type === 'working') restart()
  })
  const ask = () => channel?.postMessage({ type: 'ask' } satisfies Message)
  restart()
  ask()
  // Again and again: by now another tab may hold it, which has not been asked yet.
  const asking = setInterval(ask, ASK_EVERY_MS)
  try {
    const given = await request(locks, lockName, { signal: giveUp.signal })
    if (given !== null) return given
  } catch (error) {
    if (!giveUp.signal.aborted) throw error
  } finally {
    clearInterval(asking)
    if (timer !== null) clearTimeout(timer)
    channel?.close()
  }
  const stolen = await request(locks, lockName, { steal: true })
  return stolen ?? { type: 'in-use', holder: null }
}

async function askWho(lockName: string): Promise<Holder | null> {
  const channel = openChannel(lockName)
  if (!channel) return null
  try {
    return await new Promise<Holder | null>((resolve) => {
      setTimeout(() => resolve(null), ANSWER_MS)
      channel.addEventListener('message', ({ data }: MessageEvent<Message>) => {
        if (data.type === 'here') resolve({ since: data.since })
      })
      channel.postMessage({ type: 'who' } satisfies Message)
    })
  } finally {
    channel.close()
  }
}

function openChannel(lockName: string): BroadcastChannel | null {
  if (typeof BroadcastChannel === 'undefined') return null
  const channel = new BroadcastChannel(lockName)
  // In Node an open channel would keep the process alive.
  if ('unref' in channel && typeof channel.unref === 'function') channel.unref()
  return channel
}

// --- without Web Locks: one process --------------------------------------------------------------------------------

const heldHere = new Map<string, { holder: Holder; ask(): void; gone: Promise<void> }>()

async function holdHere(lockName: string, takeOver: boolean): Promise<Hold> {
  const before = heldHere.get(lockName)
  if (before && !takeOver) return { type: 'in-use', holder: before.holder }
  if (before) {
    before.ask()
    await before.gone
    return holdHere(lockName, takeOver)
  }
  let decide: (handover: Handover) => void = () => {}
  let leave: () => void = () => {}
  const handover = new Promise<Handover>((resolve) => (decide = resolve))
  const gone = new Promise<void>((resolve) => (leave = resolve))
  const own = { holder: { since: Date.now() }, ask: () => decide('asked'), gone }
  heldHere.set(lockName, own)
  return {
    type: 'held',
    handover,
    async release() {
      if (heldHere.get(lockName) === own) heldHere.delete(lockName)
      leave()
    },
  }
}
