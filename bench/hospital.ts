/**
 * `npm run bench -- hospital [--devices 3000] [--write]`: how long it takes from the start of a server until that many devices behind one address
 * have signed in and are connected, while a stranger behind the same address guesses (H9).
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { randomBytes, sign } from '@chartkeep/crypto'
import { installNative } from '@chartkeep/crypto/native'
import { idText } from '@chartkeep/protocol'
import { Challenge, Session, signInMessage } from '@chartkeep/protocol/account'
import { addDevice, createAccount, createDevice, type TestAccount, type TestDevice } from '../test/support/author.ts'
import {
  askOver,
  connectDevice,
  helloFrame,
  openSocket,
  readMessage,
  type Socket,
} from '../test/support/http-device.ts'
import { freePort, startServerProcess } from '../test/support/server-process.ts'
import { cpuSecondsOf, memoryOf } from './support/process-figures.ts'
import { barTable, commandLine, megabytes, print, provenance, table, writeToDocs } from './support/report.ts'

/** Each account has so many devices, fewer than one account has connections. */
const DEVICES_OF_ACCOUNT = 30
const ACCOUNTS_AT_ONCE = 10
const GUESSES = 300
const SECONDS = 60

const { values: options } = parseArgs({
  options: { devices: { type: 'string', default: '3000' }, write: { type: 'boolean', default: false } },
})
const count = Number(options.devices)
if (!Number.isInteger(count) || count < 1) throw new Error('--devices takes a number')
installNative()
let tries = 0

interface Member {
  account: TestAccount
  device: TestDevice
}

/** Signs in over http; the status where that is refused. */
async function signIn(address: string, { account, device }: Member, isForged = false): Promise<string | number> {
  const open = askOver(address, null)
  const challenge = await readMessage(await open('POST', '/v1/challenge', {}), Challenge)
  const signed = isForged
    ? randomBytes(64)
    : await sign(device.signing, signInMessage(challenge, account.id, device.id))
  const request = { account: account.id, device: device.id, nonce: challenge.nonce, signature: signed }
  const answer = await open('POST', '/v1/session', request)
  if (answer.ok) return (await readMessage(answer, Session)).token
  await answer.arrayBuffer()
  return answer.status
}

/** One account with so many devices. */
async function makeAccount(address: string, devices: number): Promise<Member[]> {
  const account = await createAccount()
  const { ask } = await connectDevice(address, account)
  const members = [{ account, device: account.device }]
  while (members.length < devices) {
    const device = createDevice()
    const entry = await addDevice(account, device)
    const answer = await ask('POST', `/v1/accounts/${idText(account.id)}/log`, { entry })
    if (!answer.ok) throw new Error(`a device was refused: ${answer.status}`)
    await answer.arrayBuffer()
    members.push({ account, device })
  }
  return members
}

async function makeMembers(address: string): Promise<Member[]> {
  const members: Member[] = []
  while (members.length < count) {
    const sizes = Array.from({ length: ACCOUNTS_AT_ONCE }, (_, at) =>
      Math.min(DEVICES_OF_ACCOUNT, count - members.length - at * DEVICES_OF_ACCOUNT),
    ).filter((size) => size > 0)
    members.push(...(await Promise.all(sizes.map((size) => makeAccount(address, size)))).flat())
  }
  return members
}

/** As a device does: where the line fails it tries again. All of them are one process here, which may come to its own connections too late. */
async function untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (since() > 10 * SECONDS) throw error
      tries += 1
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  }
}

const data = mkdtempSync(join(tmpdir(), 'chartkeep-hospital-'))
const port = await freePort()
const before = await startServerProcess(data, port)
const members = await makeMembers(before.address)
await before.stop()

const server = await startServerProcess(data, port)
const began = performance.now()
const since = () => (performance.now() - began) / 1000
const stranger: Member = { account: await createAccount(), device: createDevice() }
const guesses = Promise.all(
  Array.from({ length: GUESSES }, () => untilAnswered(() => signIn(server.address, stranger, true))),
)
let signedIn = 0
const sockets: Socket[] = await Promise.all(
  members.map(async (member) => {
    const token = await untilAnswered(async () => {
      const answer = await signIn(server.address, member)
      // A challenge that this process came back to after more than a minute.
      if (typeof answer === 'number') throw new Error(`a device was refused: ${answer}`)
      return answer
    })
    signedIn = since()
    const socket = await untilAnswered(() => openSocket(server.address, helloFrame(token)))
    await socket.until('ready')
    return socket
  }),
)
const connected = since()
const told = await guesses
const failed = told.filter((status) => status === 401).length
const stopped = told.filter((status) => status === 429).length
const [cpu, memory] = [cpuSecondsOf(server.pid), memoryOf(server.pid)]
for (const socket of sockets) socket.close()
await server.stop()
rmSync(data, { recursive: true })

const seconds = (value: number) => `${value.toFixed(1)} s`
const report = [
  provenance(commandLine('hospital')),
  table(
    [`${count.toLocaleString('en')} devices behind one address, from the start of the server`, ''],
    [
      ['the last one has signed in', seconds(signedIn)],
      ['the last one is connected', seconds(connected)],
      ['sign-ins and connections that were tried again', String(tries)],
      ['processor time of the server', seconds(cpu)],
      ['memory of the server with all of them', megabytes(memory.now)],
      [`of ${GUESSES} guesses of a stranger behind the address: failed / stopped`, `${failed} / ${stopped}`],
    ],
  ),
  barTable([
    { what: 'all devices are connected', figure: connected, limit: SECONDS, atLeast: false, show: seconds },
    { what: 'guesses of the stranger that were tried', figure: failed, limit: 60, atLeast: false, show: String },
  ]),
].join('\n\n')
print(report)
if (options.write) await writeToDocs('hospital', report)
