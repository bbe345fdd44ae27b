/** Ours: the shipped account manager with its chunks on a disk, the shipped server process; a file sealed, sent, fetched and verified. */
import { mkdtempSync, openAsBlob, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EMPTY_DOCUMENT, newDocument, stringifyJson } from '@chartkeep/domain'
import type { Chart, Session } from '@chartkeep/sync'
import { filter, firstValueFrom } from 'rxjs'
import { createNodeDevice } from '../../test/support/node-device.ts'
import { freePort, startServerProcess } from '../../test/support/server-process.ts'
import { measurePhase, rest } from '../sync/phase.ts'

export interface FileRun {
  /** Hashing, sealing and keeping the chunks on the own disk; the control has no such step. */
  sealMs: number
  /** Until the server has all of it, flushed. */
  sendMs: number
  fetchMs: number
  serverCpu: number
}

const PASSPHRASE = 'a passphrase of five words'
const COLLECTION = 'documents-private'

async function firstChart(session: Session): Promise<Chart> {
  const [summary] = await firstValueFrom(session.charts$.pipe(filter(({ length }) => length > 0)))
  return session.openChart(summary!.slot) as Promise<Chart>
}

export async function takeThrough(file: string, copy: string): Promise<FileRun> {
  const data = mkdtempSync(join(tmpdir(), 'chartkeep-bench-files-'))
  const devices = [createNodeDevice('A'), createNodeDevice('B')] as const
  const server = await startServerProcess(data, await freePort())
  try {
    const { session, recoveryCode } = await devices[0].accountManager.create({
      label: 'A',
      name: 'Bench',
      passphrase: PASSPHRASE,
      server: server.address,
    })
    const chart = await firstChart(session)
    await session.syncNow()
    const content = await openAsBlob(file)
    let resource = ''
    const seal = await measurePhase('seal', server.pid, async () => {
      const type = 'application/dicom'
      const ref = await chart.addFile({ name: 'film.dcm', contentType: type, content, collection: COLLECTION })
      if (ref.type !== 'file') throw new Error(ref.type)
      const files = [{ title: ref.name, contentType: type, sizeBytes: ref.size, url: ref.url, sha256: ref.sha256 }]
      resource = stringifyJson(newDocument({ ...EMPTY_DOCUMENT, title: 'film', files }, 'Patient/self'))
    })
    const send = await measurePhase('send', server.pid, async () => {
      await chart.save({ collection: COLLECTION, resource })
      while ((await chart.fileState(resource, 0))!.isWaiting) {
        void session.syncNow()
        await rest(5)
      }
    })
    await session.syncNow()
    await session.lock()
    const entered = await devices[1].accountManager.restore({
      code: recoveryCode,
      label: 'B',
      passphrase: PASSPHRASE,
      server: server.address,
    })
    if (entered.type !== 'unlocked') throw new Error(entered.type)
    const second = await firstChart(entered.session)
    let there: string | undefined
    while (there === undefined) {
      await entered.session.syncNow()
      there = (await firstValueFrom(second.list$(COLLECTION)))[0]?.resource
    }
    const named = there
    const fetched = await measurePhase('fetch', server.pid, async () => {
      const target = await open(copy, 'w')
      const problem = await second.streamFile(named, 0, (piece) => target.write(piece).then(() => {}))
      if (problem !== null) throw new Error(problem.type)
      await target.sync()
      await target.close()
    })
    await entered.session.lock()
    return { sealMs: seal.ms, sendMs: send.ms, fetchMs: fetched.ms, serverCpu: send.cpu + fetched.cpu }
  } finally {
    await server.stop()
    for (const device of devices) device.remove()
    rmSync(data, { recursive: true, force: true })
  }
}
