/** The server as a process (H5 in part, S3, S6, P1): start, refusals to start, stop, what it writes, a real short grant. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sha256 } from '@chartkeep/crypto/hash'
import { idText, READ } from '@chartkeep/protocol'
import { ServerInfo } from '@chartkeep/protocol/messages'
import { BlobBegun } from '@chartkeep/protocol/records'
import { keyFingerprint } from '@chartkeep/sync-server/testing'
import { afterAll, describe, expect, test } from 'vitest'
import { addGrant, createAccount, createVault, createWriter, sealDrafts } from '../../support/author.ts'
import { blobPost, testBlob } from '../../support/blob-author.ts'
import { askOver, connectDevice, helloFrame, openSocket, readMessage } from '../../support/http-device.ts'
import { freePort, runServerProcess, startServerProcess } from '../../support/server-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'chartkeep-process-'))
afterAll(() => rmSync(folder, { recursive: true }))
const newData = () => mkdtempSync(join(folder, 'data-'))

async function keyOf(address: string): Promise<Uint8Array> {
  return (await readMessage(await askOver(address, null)('GET', '/v1/server'), ServerInfo)).key
}

describe('start and stop', () => {
  test('S6: the key is made at the first start, readable by its owner only, printed as a fingerprint, and stays', async () => {
    const [data, port] = [newData(), await freePort()]
    const first = await startServerProcess(data, port)
    const key = await keyOf(first.address)
    expect(first.stdout()).toBe(
      `Chartkeep is ready at http://localhost:${port}\nServer key fingerprint: ${keyFingerprint(key)}\nData folder: ${data}\n`,
    )
    expect(keyFingerprint(key).replaceAll(' ', '')).toBe(Buffer.from(sha256(key)).toString('hex').slice(0, 16))
    expect(statSync(join(data, 'server-key')).mode & 0o777).toBe(0o600)
    expect(await first.stop()).toBe(0)
    const second = await startServerProcess(data, port)
    expect(await keyOf(second.address)).toEqual(key)
    expect(await second.stop('SIGINT')).toBe(0)
  })

  test('a port that is taken is named, with what to do, and nothing is left running', async () => {
    const [data, port] = [newData(), await freePort()]
    const first = await startServerProcess(data, port)
    const { code, output } = await runServerProcess({ CHARTKEEP_DATA: newData(), CHARTKEEP_PORT: String(port) })
    expect(code).toBe(1)
    expect(output).toBe(
      `Port ${port} is already in use. Stop what runs there, or set CHARTKEEP_PORT to another port.\n`,
    )
    await first.stop()
  })

  test('H4: a second process over the same data is refused; after kill -9 of the first the data open again', async () => {
    const [data, port] = [newData(), await freePort()]
    const first = await startServerProcess(data, port)
    const { code, output } = await runServerProcess({ CHARTKEEP_DATA: data, CHARTKEEP_PORT: String(await freePort()) })
    expect([code, output]).toEqual([1, `Another Chartkeep server already uses ${join(data, 'chartkeep.sqlite')}.\n`])
    await first.stop('SIGKILL')
    const again = await startServerProcess(data, port)
    await again.stop()
  })

  test('S6: data without their key, and a damaged key, stop the start: devices would stop at a new one', async () => {
    const [data, port] = [newData(), await freePort()]
    await (await startServerProcess(data, port)).stop()
    const env = { CHARTKEEP_DATA: data, CHARTKEEP_PORT: String(port) }
    writeFileSync(join(data, 'server-key'), 'not a key')
    expect(await runServerProcess(env)).toMatchObject({
      code: 1,
      output: expect.stringContaining('is damaged') as string,
    })
    rmSync(join(data, 'server-key'))
    expect(await runServerProcess(env)).toMatchObject({
      code: 1,
      output: expect.stringContaining('is missing') as string,
    })
    expect(readdirSync(data)).not.toContain('server-key')
  })

  test('S9: a server that lost its disk knows it also where its first start failed', async () => {
    const [data, port] = [newData(), await freePort()]
    writeFileSync(join(data, 'server-key'), 'not a key')
    const failed = await runServerProcess({ CHARTKEEP_DATA: data, CHARTKEEP_PORT: String(port) })
    expect([failed.code, failed.output]).toEqual([1, expect.stringContaining('is damaged')])
    writeFileSync(join(data, 'server-key'), '5a'.repeat(32))
    const server = await startServerProcess(data, port)
    expect(await (await fetch(`${server.address}/readyz`)).json()).toEqual({
      status: 'ready',
      restored: true,
      clock: 'sure',
    })
    await server.stop()
  })

  test.each([
    [
      { CHARTKEEP_PORT: 'x' },
      'CHARTKEEP_PORT must be a whole number from 0 to 65535, not "x". Example: CHARTKEEP_PORT=8787',
    ],
    [{ CHARTKEEP_PORT: '70000' }, 'CHARTKEEP_PORT must be a whole number'],
    [{ CHARTKEEP_LOG: 'loud' }, 'CHARTKEEP_LOG must be one of'],
  ])('a setting that cannot be is refused in words: %o', async (env, message) => {
    const { code, output } = await runServerProcess({ CHARTKEEP_DATA: newData(), ...env } as Record<string, string>)
    expect([code, output.split('\n').length]).toEqual([1, 2])
    expect(output).toContain(message)
  })

  test('H5: a data folder that cannot be made, and a file that is no database, are named with what is wrong', async () => {
    const data = newData()
    writeFileSync(join(data, 'file'), '')
    const inFile = await runServerProcess({ CHARTKEEP_DATA: join(data, 'file', 'x') })
    expect([inFile.code, inFile.output]).toEqual([
      1,
      expect.stringMatching(/^The data folder .*file\/x cannot be made \(ENOTDIR\)\. Example: CHARTKEEP_DATA=.*\n$/),
    ])
    writeFileSync(join(data, 'chartkeep.sqlite'), 'this is no database at all '.repeat(400))
    writeFileSync(join(data, 'server-key'), '00'.repeat(32))
    const noDatabase = await runServerProcess({ CHARTKEEP_DATA: data, CHARTKEEP_PORT: String(await freePort()) })
    expect([noDatabase.code, noDatabase.output]).toEqual([
      1,
      `The data at ${join(data, 'chartkeep.sqlite')} cannot be used: it is no database.\n`,
    ])
  })

  test('a stop with sockets open and requests under way ends at once', async () => {
    const server = await startServerProcess(newData(), await freePort())
    const device = await connectDevice(server.address, await createAccount())
    const socket = await openSocket(server.address, helloFrame(device.token))
    await socket.until('ready')
    const started = performance.now()
    expect(await server.stop()).toBe(0)
    expect(performance.now() - started).toBeLessThan(3000)
    await socket.closed
  })
})

test('P1, H5: neither the logs at their loudest nor the files hold a token, an id, or a word of what was written', async () => {
  const data = newData()
  const server = await startServerProcess(data, await freePort(), { CHARTKEEP_LOG: 'debug' })
  const owner = await connectDevice(server.address, await createAccount())
  const vault = await createVault(owner.account)
  await owner.postControl(vault.id, vault.entries)
  const canaries = Array.from(
    { length: 200 },
    (_, i) => `canary-${Buffer.from(sha256(Uint8Array.of(i))).toString('hex')}`,
  )
  const drafts = await sealDrafts(
    createWriter(vault, owner.account, vault.streams[0]!),
    canaries.slice(0, 128).map((canary) => ({ text: JSON.stringify({ note: canary }) })),
  )
  await owner.push(vault.id, drafts)
  await owner.pull(vault.id, { streams: [{ stream: vault.streams[0]!, after: 0 }], budget: 1 << 20 })
  const blob = testBlob(vault.id, vault.streams[0]!)
  const begin = await owner.ask('POST', `/v1/vaults/${idText(vault.id)}/blobs`, await blobPost(owner.account, blob))
  const { link } = await readMessage(begin, BlobBegun)
  expect((await owner.ask('PUT', `/v1/chunks/0?link=${link}`, blob.chunks[0])).status).toBe(204)
  await owner.ask('GET', `/v1/chunks/0?link=${link}&token=${canaries[199]}`)
  await owner.ask('GET', `/v1/chunks/0?link=${canaries[196]}`)
  await owner.ask('GET', `/nowhere/${canaries[198]}`)
  await owner.ask('POST', `/v1/vaults/${idText(vault.id)}/push`, { wrong: canaries[197] })
  const socket = await openSocket(server.address, helloFrame(owner.token))
  await socket.until('ready')
  socket.close()
  await server.stop()

  const log = server.output()
  expect(log).toContain('"route":"/v1/vaults/:id/push"')
  const ids = [owner.account.id, owner.account.device.id, vault.id, ...vault.streams]
  const secrets = [
    owner.token,
    link,
    ...canaries,
    ...ids.flatMap((id) => [idText(id), Buffer.from(id).toString('hex')]),
  ]
  for (const secret of secrets) expect(log).not.toContain(secret)
  expect(log).not.toContain('remoteAddress')
  const files = readdirSync(data).map((name) => readFileSync(join(data, name)))
  for (const file of files) for (const secret of [owner.token, ...canaries]) expect(file.includes(secret)).toBe(false)
})

test('C6: a real grant of eight seconds ends in the shipped server by its own clock: the socket is told, and nothing more is read', async () => {
  const server = await startServerProcess(newData(), await freePort())
  const owner = await connectDevice(server.address, await createAccount())
  const grantee = await connectDevice(server.address, await createAccount())
  const vault = await createVault(owner.account)
  const [stream] = vault.streams
  // Long enough for a busy machine to read within it.
  const notAfter = Date.now() + 8000
  await addGrant(vault, grantee.account, { streams: [{ stream: stream!, rights: READ }], notAfter })
  await owner.postControl(vault.id, vault.entries)
  await owner.push(vault.id, await sealDrafts(createWriter(vault, owner.account, stream!), [{}]))
  const socket = await openSocket(server.address, helloFrame(grantee.token))
  await socket.until('ready')
  const request = { streams: [{ stream: stream!, after: 0 }], budget: 1 << 20 }
  expect((await grantee.pull(vault.id, request)).streams[0]!.entries).toHaveLength(1)
  await socket.until('ended')
  const late = Date.now() - notAfter
  console.log(`the server ended the grant ${late} ms after its notAfter`)
  expect(late).toBeGreaterThanOrEqual(0)
  expect(late).toBeLessThan(30_000)
  expect(await socket.closed).toBe(4403)
  await expect(grantee.pull(vault.id, request)).rejects.toThrow('404')
  await server.stop()
})
