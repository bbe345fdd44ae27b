/** H2, H5: the commands of the person who runs a server, next to the running process: invitations, and what doctor finds. */
import { chmodSync, cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Challenge, Session } from '@chartkeep/protocol/account'
import { LogAnswer } from '@chartkeep/protocol/messages'
import { readConfig } from '@chartkeep/sync-server'
import { examine, openSqliteStorage, type Finding } from '@chartkeep/sync-server/testing'
import { afterAll, describe, expect, test } from 'vitest'
import { createAccount } from '../../support/author.ts'
import { askOver, readMessage } from '../../support/http-device.ts'
import { answerChallenge } from '../../support/server-world.ts'
import { freePort, runServerProcess, startServerProcess } from '../../support/server-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'chartkeep-commands-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A data folder with the content of the first fixture, brought up to date. */
async function newData(): Promise<string> {
  const data = mkdtempSync(join(folder, 'data-'))
  cpSync(join(import.meta.dirname, '../../fixtures/server/schema-1'), data, { recursive: true })
  await openSqliteStorage(join(data, 'chartkeep.sqlite')).close()
  chmodSync(join(data, 'server-key'), 0o600)
  return data
}

test('H2: codes made on the command line next to the running server let one account in each; the rest can be withdrawn', async () => {
  const data = mkdtempSync(join(folder, 'data-'))
  const env = { CHARTKEEP_DATA: data, CHARTKEEP_REGISTRATION: 'invite' }
  const early = await runServerProcess(env, ['invite'])
  expect([early.code, early.output]).toEqual([1, expect.stringContaining('Start the server once first')])
  const server = await startServerProcess(data, await freePort(), env)
  const made = await runServerProcess(env, ['invite', '--count', '3', '--days', '2'])
  expect(made.code).toBe(0)
  const codes = made.output.match(/^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/gm)!
  expect(new Set(codes).size).toBe(3)
  expect(made.output).toContain(new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10))
  const register = async (invite?: string) => {
    const [entry] = (await createAccount()).entries
    return askOver(server.address, null)('POST', '/v1/accounts', invite === undefined ? { entry } : { entry, invite })
  }
  await readMessage(await register(codes[0]), LogAnswer)
  expect((await register(codes[0])).status).toBe(403)
  expect(await (await register()).json()).toMatchObject({ error: 'invite-required' })
  expect((await runServerProcess(env, ['invite', '--list'])).output).toBe('Open invitations: 2\n')
  expect((await runServerProcess(env, ['invite', '--withdraw'])).output).toBe('Withdrawn: 2\n')
  expect(await (await register(codes[1])).json()).toMatchObject({ error: 'invite-refused' })
  await server.stop()
  for (const code of codes) expect(server.output()).not.toContain(code)
})

test('H7: a folder that the system will not make ends a command and a start with a sentence, not never', async () => {
  const data = await newData()
  const backup = await runServerProcess({ CHARTKEEP_DATA: data }, ['backup', '/proc/chartkeep/backup'])
  expect([backup.code, backup.output]).toEqual([
    1,
    expect.stringContaining('The folder for the backup could not be made'),
  ])
  const good = join(folder, 'good')
  expect((await runServerProcess({ CHARTKEEP_DATA: data }, ['backup', good])).code).toBe(0)
  const restore = await runServerProcess({ CHARTKEEP_DATA: '/proc/chartkeep' }, ['restore', good])
  expect([restore.code, restore.output]).toEqual([1, expect.stringMatching(/\/proc\/chartkeep/)])
  expect(restore.output).not.toMatch(/\n\s+at /)
  const start = await runServerProcess({ CHARTKEEP_DATA: '/proc/chartkeep' }, [])
  expect([start.code, start.output]).toEqual([
    1,
    expect.stringContaining('The data folder /proc/chartkeep cannot be made'),
  ])
})

test('H10: accounts sign-out --all, next to the running server, ends every session; devices sign in again', async () => {
  const data = mkdtempSync(join(folder, 'data-'))
  const env = { CHARTKEEP_DATA: data }
  const server = await startServerProcess(data, await freePort(), env)
  const account = await createAccount()
  const ask = askOver(server.address, null)
  await readMessage(await ask('POST', '/v1/accounts', { entry: account.entries[0]! }), LogAnswer)
  const enter = async () => {
    const challenge = await readMessage(await ask('POST', '/v1/challenge'), Challenge)
    const { token } = await readMessage(
      await ask('POST', '/v1/session', await answerChallenge(challenge, account.id, account.device)),
      Session,
    )
    return async () => (await askOver(server.address, token)('GET', '/v1/vaults')).status
  }
  const first = await enter()
  expect(await first()).toBe(200)
  expect((await runServerProcess(env, ['accounts'])).code).toBe(2)
  const run = await runServerProcess(env, ['accounts', 'sign-out', '--all'])
  expect([run.code, run.output]).toEqual([0, expect.stringContaining('Every session is over')])
  expect(await first()).toBe(401)
  const second = await enter()
  expect(await second()).toBe(200)
  await runServerProcess(env, ['accounts', 'sign-out', '--all'])
  expect(await second()).toBe(401)
  await server.stop()
})

describe('doctor', () => {
  const env = (data: string, more: Record<string, string> = {}) => ({
    CHARTKEEP_DATA: data,
    CHARTKEEP_DISK_FLOOR_BYTES: '0',
    ...more,
  })
  const find = (findings: Finding[], topic: string) => findings.filter((each) => each.topic === topic)
  const look = async (data: string, more: Record<string, string> = {}) => examine(readConfig(env(data, more)))

  test('H5: looks at every topic, says what to do, and its exit code tells whether something fails', async () => {
    const data = await newData()
    const { code, output } = await runServerProcess(env(data), ['doctor'])
    expect(code).toBe(0)
    const lines = output.trimEnd().split('\n')
    for (const line of lines) expect(line).toMatch(/^(ok|warn|fail) +[A-Z]/)
    for (const topic of ['Node', 'Settings', 'Clock', 'Disk', 'Files', 'Data', 'Backup', 'Address', 'Open files'])
      expect(
        lines.some((line) => line.slice(5).startsWith(topic)),
        topic,
      ).toBe(true)
    expect(output).toMatch(/ok +Data +3 accounts, 2 vaults, 21 entries/)
    expect(output).toMatch(/warn +Backup +None was made/)
    const damaged = await newData()
    const db = new DatabaseSync(join(damaged, 'chartkeep.sqlite'))
    db.exec('DELETE FROM entry_runs WHERE first = 1')
    db.close()
    const failed = await runServerProcess(env(damaged), ['doctor'])
    expect([failed.code, failed.output]).toEqual([1, expect.stringMatching(/fail +Data +stream 1\b/)])
  })

  test('H5: a clock that is before what the server has signed fails', async () => {
    const data = await newData()
    const db = new DatabaseSync(join(data, 'chartkeep.sqlite'))
    db.prepare("INSERT INTO marks (name, value) VALUES ('head-time', ?)").run(String(Date.now() + 3_600_000))
    db.close()
    expect(find(await look(data), 'Clock')).toEqual([
      { level: 'fail', topic: 'Clock', text: expect.stringContaining('does not believe the clock') as string },
    ])
  })

  test('H5: a key and a folder that others can read, and a token in such a file, are told with the command that helps', async () => {
    const data = await newData()
    chmodSync(join(data, 'server-key'), 0o644)
    chmodSync(data, 0o755)
    const settings = join(folder, 'token.json')
    writeFileSync(settings, '{ "metricsToken": "0123456789abcdef" }', { mode: 0o644 })
    const findings = await look(data, { CHARTKEEP_CONFIG: settings, CHARTKEEP_PROT: '1' })
    expect(find(findings, 'Files').map(({ level, text }) => [level, text.split(': ').at(-1)])).toEqual([
      ['fail', `chmod 600 ${join(data, 'server-key')}`],
      ['warn', `chmod 700 ${data}`],
    ])
    expect(find(findings, 'Settings').map(({ level }) => level)).toEqual(['warn', 'warn'])
  })

  test('H5: an address that is not secure fails, one that is only here or does not answer warns, and so does too little space', async () => {
    const data = await newData()
    const levels = async (origin: string) =>
      find(await look(data, { CHARTKEEP_ORIGIN: origin }), 'Address').map(({ level }) => level)
    expect(await levels('http://localhost:8787')).toEqual(['warn'])
    expect(await levels(`https://127.0.0.2:${await freePort()}`)).toEqual(['warn'])
    expect(await levels(`http://127.0.0.2:${await freePort()}`)).toEqual(['fail', 'warn'])
    const full = await look(data, { CHARTKEEP_DISK_FLOOR_BYTES: String(2 ** 50) })
    expect(find(full, 'Disk').map(({ level }) => level)).toEqual(['fail'])
  })

  test('H5: a public address that leads to another server is found', async () => {
    const other = mkdtempSync(join(folder, 'other-'))
    const port = await freePort()
    const origin = `http://127.0.0.2:${port}`
    const server = await startServerProcess(other, port, {
      CHARTKEEP_HOST: '127.0.0.2',
      CHARTKEEP_ORIGIN: origin,
      CHARTKEEP_INSECURE_ORIGIN: 'true',
    })
    const data = await newData()
    const texts = find(await look(data, { CHARTKEEP_ORIGIN: origin }), 'Address').map(({ text }) => text)
    expect(texts).toContain(`${origin} leads to another server.`)
    const own = find(await look(other, { CHARTKEEP_ORIGIN: origin }), 'Address').map(({ text }) => text)
    expect(own).toContain(`${origin} leads here`)
    await server.stop()
  })

  test('H5: an http address of another machine is served only where the operator says so', async () => {
    const refused = await runServerProcess({
      CHARTKEEP_DATA: join(folder, 'insecure'),
      CHARTKEEP_ORIGIN: 'http://charts.example.org',
    })
    expect(refused.code).toBe(1)
    expect(refused.output).toContain('CHARTKEEP_INSECURE_ORIGIN=true')
    expect(existsSync(join(folder, 'insecure'))).toBe(false)
  })

  test('H5: the age of the newest backup is told', async () => {
    const data = await newData()
    const note = (hours: number) =>
      writeFileSync(
        join(data, 'last-backup.json'),
        JSON.stringify({ made: new Date(Date.now() - hours * 3_600_000).toISOString() }),
      )
    note(3)
    expect(find(await look(data), 'Backup')).toEqual([{ level: 'ok', topic: 'Backup', text: '3 hours old' }])
    note(72)
    expect(find(await look(data), 'Backup')[0]!.level).toBe('warn')
  })
})
