/**
 * RxDB's own suites from `rxdb/plugins/test-utils`, set up for a storage of ours; runs in Node and in a page.
 *
 * The suites are written for mocha: describe and it are taken from the globals when they run, so the caller sets them. They
 * are given `multiInstance: false` (the sealed storage refuses the other), and no attachments, which it refuses too.
 */
import { addRxPlugin, getChangedDocumentsSince, type RxCollection, type RxStorage } from 'rxdb'
import { disableWarnings, RxDBDevModePlugin } from 'rxdb/plugins/dev-mode'
import { RxDBLocalDocumentsPlugin } from 'rxdb/plugins/local-documents'
import { replicateRxCollection } from 'rxdb/plugins/replication'
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'
import { wrappedValidateAjvStorage } from 'rxdb/plugins/validate-ajv'

type AnyStorage = RxStorage<unknown, unknown>
type Suites = typeof import('rxdb/plugins/test-utils')
type Humans = RxCollection<{ passportId: string; firstName: string; lastName: string; age?: number }>

/** Loads dev-mode, which RxDB's suites need; it also freezes what storages are given, so that changing it throws. */
export function prepareSuites(): void {
  disableWarnings()
  addRxPlugin(RxDBDevModePlugin)
  addRxPlugin(RxDBLocalDocumentsPlugin)
}

/** A storage as the suites want it: dev-mode asks for a validator, and the suites for more than one instance. */
function suited(storage: AnyStorage): AnyStorage {
  return wrappedValidateAjvStorage({
    storage: {
      ...storage,
      createStorageInstance: (params) => storage.createStorageInstance({ ...params, multiInstance: false }),
    },
  }) as AnyStorage
}

/** RxDB's performance suite, run for what it asserts, not for its times: they leave out the slowest 95 % of the runs. */
export async function runPerformance(suites: Suites, storage: AnyStorage): Promise<Record<string, unknown>> {
  return suites.runPerformanceTests(suited(storage), 'sealed', {
    runs: 1,
    docsAmount: 600,
    serialDocsAmount: 20,
    waitBetweenTests: 0,
    log: false,
  })
}

/**
 * Registers RxDB's replication suite: clients on `newStorage()`, a storage of its own for each, against a server that is
 * an RxDB collection in RxDB's memory storage.
 */
export function registerReplication(suites: Suites, newStorage: () => AnyStorage): void {
  let server: Humans | null = null
  const storage = { name: 'sealed', getStorage: () => suited(newStorage()), hasMultiInstance: false } as unknown

  const replicate = (collection: Humans, live: boolean) =>
    replicateRxCollection({
      collection,
      replicationIdentifier: 'suite',
      live,
      pull: { handler: suites.getPullHandler(server!) as never, stream$: suites.getPullStream(server!) as never },
      push: { handler: suites.getPushHandler(server!) },
    })

  suites.runReplicationBaseTestSuite({
    startReplication: (collection: Humans) => replicate(collection, true),
    async syncOnce(collection: Humans) {
      const replication = replicate(collection, false)
      suites.ensureReplicationHasNoErrors(replication)
      await replication.awaitInitialReplication()
      await replication.cancel()
    },
    async getAllServerDocs() {
      return (await getChangedDocumentsSince(server!.storageInstance, 1_000)).documents
    },
    // Each test of the suite begins with this.
    async cleanUpServer() {
      suites.setConfig({ storage } as Parameters<Suites['setConfig']>[0])
      await server?.database.close()
      const memory = suited(getRxStorageMemory() as AnyStorage)
      server = await suites.humansCollection.create(0, 'server', false, true, memory as never)
    },
    softDeletes: true,
    isDeleted: (document: { _deleted: boolean }) => document._deleted,
    getPrimaryOfServerDoc: (document: { passportId: string }) => document.passportId,
  })
}
