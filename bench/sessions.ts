/**
 * `npm run bench -- sessions [--sessions 100000] [--write]`: what a request, a sign-in, a change of roles and a removal cost the server in processor
 * time, alone and next to 100,000 live sessions (H10). The server's core over node:sqlite as it ships; entries and signatures of devices are made
 * before, and not counted.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { generateSigningKeyPair, randomBytes } from '@chartkeep/crypto'
import { installNative } from '@chartkeep/crypto/native'
import type { SignedEntry } from '@chartkeep/protocol/signed'
import { createServerCore, openSqliteStorage, type ServerSession } from '@chartkeep/sync-server/testing'
import { addDevice, createAccount, createDevice, removeDevice, type TestAccount } from '../test/support/author.ts'
import { addMember, changeMember, createPractice } from '../test/support/protocol-practice.ts'
import { accepted, answerChallenge, signIn } from '../test/support/server-world.ts'
import { barTable, commandLine, print, provenance, table, writeToDocs } from './support/report.ts'

const { values } = parseArgs({
  options: { sessions: { type: 'string', default: '100000' }, write: { type: 'boolean', default: false } },
})
const SESSIONS = Number(values.sessions)
if (!Number.isInteger(SESSIONS) || SESSIONS < 1000) throw new Error('--sessions takes a number from 1000 on')

const ROUNDS = 10
const EACH = 20
const LIMIT_MS = 0.2
const OF_ACCOUNT = 1000

installNative()
const folder = mkdtempSync(join(tmpdir(), 'chartkeep-bench-sessions-'))
const core = createServerCore({
  storage: openSqliteStorage(join(folder, 'chartkeep.sqlite')),
  signingKey: generateSigningKeyPair(),
  clock: { now: () => Date.now(), steady: () => performance.now() },
  audience: 'http://localhost:8787',
  randomBytes,
  limits: { socketsPerAccount: SESSIONS },
})
const peer = { send: () => {}, close: () => {} }

/** Processor time of this process, in milliseconds, for each of the actions that `run` does. */
async function cost(run: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  await run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000 / EACH
}

const many = <T>(make: (index: number) => Promise<T>) => Promise.all(Array.from({ length: EACH }, (_, at) => make(at)))

async function member(): Promise<{ account: TestAccount; session: ServerSession & { token: string } }> {
  const account = await createAccount()
  accepted(await core.register({ entry: account.entries[0]! }))
  return { account, session: await signIn(core, account) }
}

async function signIns(account: TestAccount): Promise<number> {
  const asked = Array.from({ length: EACH }, () => core.challenge())
  const answers = await Promise.all(asked.map((each) => answerChallenge(each, account.id, account.device)))
  return cost(() => Promise.all(answers.map(async (answer) => accepted(await core.signIn(answer)))))
}

const requests = (token: string) => cost(() => many(() => core.session(token)))

async function removals(): Promise<number> {
  const made = await many(async () => {
    const { account, session } = await member()
    const phone = createDevice()
    accepted(await core.postAccount(session, account.id, { entry: await addDevice(account, phone) }))
    accepted(await core.connect((await signIn(core, account, phone)).token, peer))
    return { account, session, entry: await removeDevice(account, phone.id) }
  })
  return cost(() =>
    Promise.all(
      made.map(async ({ account, session, entry }) => accepted(await core.postAccount(session, account.id, { entry }))),
    ),
  )
}

async function roleChanges(round: string): Promise<number> {
  const made = await many(async (index) => {
    const practice = await createPractice(`bench ${round} ${index}`)
    const seat = await addMember(practice, 'nurse')
    const { account } = practice.state
    accepted(await core.register({ entry: practice.entries[0]! }))
    const enter = async (device: Parameters<typeof answerChallenge>[2]) =>
      accepted(await core.signIn(await answerChallenge(core.challenge(), account, device))).token
    const session = (await core.session(await enter(practice.device)))!
    accepted(await core.postAccount(session, account, { entry: practice.entries[1]! }))
    accepted(await core.connect(await enter(seat.devices[0]!), peer))
    await changeMember(practice, seat, 'physician')
    return { account, session, entry: practice.entries[2]! as SignedEntry }
  })
  return cost(() =>
    Promise.all(
      made.map(async ({ account, session, entry }) => accepted(await core.postAccount(session, account, { entry }))),
    ),
  )
}

interface Costs {
  request: number
  signIn: number
  role: number
  removal: number
}

async function measure(name: string): Promise<Costs> {
  const own = await member()
  const found: Costs[] = []
  for (let round = 0; round < ROUNDS; round += 1)
    found.push({
      request: await requests(own.session.token),
      signIn: await signIns(own.account),
      role: await roleChanges(`${name} ${round}`),
      removal: await removals(),
    })
  const of = (key: keyof Costs) => Math.min(...found.map((each) => each[key]))
  return { request: of('request'), signIn: of('signIn'), role: of('role'), removal: of('removal') }
}

try {
  await measure('warm')
  const alone = await measure('alone')
  for (let made = 0; made < SESSIONS; made += OF_ACCOUNT) {
    const { session } = await member()
    for (let at = 0; at < OF_ACCOUNT; at += 1) accepted(await core.connect(session.token, peer))
  }
  const beside = await measure('beside')
  const row = (what: string, key: keyof Costs) => [what, `${alone[key].toFixed(3)} ms`, `${beside[key].toFixed(3)} ms`]
  const bar = (what: string, key: keyof Costs) => ({
    what: `${what}: what the sessions add`,
    figure: Math.max(0, beside[key] - alone[key]),
    limit: LIMIT_MS,
    atLeast: false,
    show: (figure: number) => `${figure.toFixed(3)} ms`,
  })
  const count = SESSIONS.toLocaleString('en')
  const report = [
    provenance(commandLine('sessions')),
    table(
      ['processor time', 'alone', `beside ${count} sessions`],
      [
        row('the session of a request', 'request'),
        row('sign-in', 'signIn'),
        row('change of roles', 'role'),
        row('removal of a device', 'removal'),
      ],
    ),
    `The least of ${ROUNDS} rounds of ${EACH} at the same moment, each with its checks of signatures and its share in a commit that is flushed. Of the ${count} sessions each has its live connection.`,
    '### Bars of sessions',
    barTable([bar('sign-in', 'signIn'), bar('change of roles', 'role'), bar('removal of a device', 'removal')]),
  ].join('\n\n')
  print(report)
  if (values.write) await writeToDocs('sessions', report)
} finally {
  await core.close()
  rmSync(folder, { recursive: true, force: true })
}
