/**
 * The purpose of Chartkeep as one story: a patient's laptop, the patient's phone, a provider, a real server. A real
 * chart is imported, read and edited with the server gone, edited on two devices at once, shared, read, written to,
 * revoked, and shared again for a minute. Everything by what people see; the server's promise also by raw requests.
 */
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { base64UrlToBytes } from '@chartkeep/crypto/encoding'
import { decodeAs } from '@chartkeep/protocol'
import { ControlBody, ControlEntry, PartOpen } from '@chartkeep/protocol/control'
import { decodeHeader } from '@chartkeep/protocol/streams'
import { createReader } from '@chartkeep/sync-server/testing'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import {
  addMedicine,
  choose,
  correctDose,
  confirmShared,
  createAccount,
  goTo,
  goToShared,
  importFile,
  listCounts,
  main,
  openForm,
  openList,
  openRecord,
  restoreAccount,
  saveForm,
  share,
  sharingCode,
  syncNow,
  unlock,
  waitForSync,
  wordsOnScreen,
} from '../support/app-actions.ts'
import { createPictureBook } from '../support/app-pictures.ts'
import { pulledStreams, rawPull, rawSocket, recordBytes, recordTraffic } from '../support/app-traffic.ts'
import { openWorld, waitFor, type World } from '../support/app-world.ts'
import { livingFletcher } from '../support/fhir-samples.ts'
import { writeAfterTheEnd } from '../support/late-journey.ts'
import { handOverChart } from '../support/people-journey.ts'

let world: World

beforeAll(async () => {
  world = await openWorld({ hasLines: true })
})
afterAll(() => world?.close())

test('C2, C3, C4, C6, C10, C11, E5, Y3: a chart is imported, edited offline on two devices, shared, revoked and ended by time', async () => {
  onTestFailed(() => world.showFailure())
  const seconds: Record<string, number> = {}
  const book = createPictureBook()

  // The patient starts a chart and brings in what the hospital gave.
  const laptop = await world.device('laptop')
  const code = await createAccount(laptop.page, { name: 'Fletcher Hyatt' })
  const report = await importFile(laptop.page, livingFletcher())
  expect(report).toMatchObject({ New: 1111, Refused: 0, 'About someone else': 0 })
  await addMedicine(laptop.page, { name: 'Metformin', dose: '500 mg' })
  await openForm(laptop.page, 'Allergy')
  await laptop.page.getByLabel(/allergic to/u).fill('Penicillin')
  await choose(laptop.page, 'What happened the worst time?', 'Life-threatening')
  await saveForm(laptop.page)
  await waitForSync(laptop.page, /Saved and synced/u)

  // A second device by the recovery code holds the same chart.
  const phone = await world.device('phone', 'phone')
  await restoreAccount(phone.page, { code })
  await waitForSync(phone.page, /Saved and synced/u)
  const counts = await listCounts(laptop.page)
  await waitFor('the phone to hold every entry', async () =>
    Object.entries(await listCounts(phone.page)).every(([list, count]) => counts[list] === count),
  )

  // The server is gone. The laptop is even opened again: shell from the service worker, records from its own store.
  await world.server.stop()
  await laptop.page.reload()
  await unlock(laptop.page)
  await waitForSync(laptop.page, /Offline/u)
  await openList(laptop.page, 'Medicines')
  await openRecord(laptop.page, 'Metformin')
  await correctDose(laptop.page, '850 mg')
  await main(laptop.page).getByText('850 mg').first().waitFor()
  await waitForSync(laptop.page, /Offline, \d+ waiting/u)

  // The phone, as far from the server, writes another dose.
  await openList(phone.page, 'Medicines')
  await openRecord(phone.page, 'Metformin')
  await correctDose(phone.page, '1000 mg')
  await waitForSync(phone.page, /Offline, \d+ waiting/u)

  // Online again: two doses never merge by themselves; both are side by side until the person decides.
  await world.server.start()
  for (const { page } of [laptop, phone]) {
    await goTo(page, 'Home')
    await page.getByText('Two versions of Metformin').waitFor({ timeout: 60_000 })
    await waitForSync(page, /Saved and synced/u)
  }
  await book.takeBoth(laptop.page, 'overview-conflict')
  await main(laptop.page).getByRole('link', { name: 'Choose' }).click()
  await laptop.page.getByText('Metformin has two different doses.', { exact: false }).waitFor()
  await book.takeBoth(laptop.page, 'resolve')
  const sides = await main(laptop.page).innerText()
  expect(sides).toContain('850 mg')
  expect(sides).toContain('1000 mg')
  const letter = (
    await laptop.page.getByRole('heading', { name: 'Version A' }).locator('xpath=../..').innerText()
  ).includes('1000 mg')
    ? 'A'
    : 'B'
  await choose(laptop.page, 'Which is right?', `Keep ${letter}`)
  await laptop.page.getByRole('button', { name: 'Choose', exact: true }).click()
  await laptop.page.getByRole('heading', { level: 1, name: 'Metformin' }).waitFor()
  await main(laptop.page).getByText('1000 mg').first().waitFor()
  await main(laptop.page)
    .getByRole('link', { name: /^History/u })
    .click()
  await laptop.page.getByRole('heading', { level: 1, name: /^History/u }).waitFor()
  for (const dose of ['500 mg', '850 mg', '1000 mg']) await main(laptop.page).getByText(dose).first().waitFor()
  await phone.page.getByText('Two versions of Metformin').waitFor({ state: 'detached', timeout: 60_000 })

  // The provider makes an account; patient and provider compare words; three lists for 48 hours, and no further.
  const provider = await world.device('provider')
  const traffic = recordTraffic(provider.page)
  await createAccount(provider.page, { name: 'Dr Lin', clinician: true })
  const theirCode = await sharingCode(provider.page)
  await waitForSync(provider.page, /Saved and synced/u)
  const words = await wordsOnScreen(provider.page)
  expect(words).toHaveLength(6)
  const shared = ['Allergies', 'Medicines', 'Lab results']
  const held = await listCounts(laptop.page)
  const wish = { code: theirCode, words, lists: shared, rights: ['add records' as const] }
  const announced = await share(laptop.page, {
    ...wish,
    until: '48 hours',
    purpose: 'Yearly check',
    onStep: (step) => book.takeWidths(laptop.page, `share-step-${step}`),
  })
  expect(announced).toBe(shared.reduce((sum, list) => sum + (held[list] ?? 0), 0))
  await main(laptop.page).getByText('Active').waitFor()
  await book.takeBoth(laptop.page, 'share-active')

  // Not yet confirmed: in no list until the provider has said whose chart it is.
  await goToShared(provider.page)
  await main(provider.page).getByText('Not yet confirmed').waitFor({ timeout: 60_000 })
  expect(await main(provider.page).getByRole('link', { name: 'Open record' }).count()).toBe(0)
  await book.takeBoth(provider.page, 'patients-offered')
  await confirmShared(provider.page)
  await book.takeBoth(provider.page, 'patients-confirmed')
  await main(provider.page).getByRole('link', { name: 'Open record' }).click()
  await provider.page.getByRole('heading', { level: 1, name: 'Home' }).waitFor()
  await waitFor('the provider to hold the shared entries', async () => {
    const seen = await listCounts(provider.page)
    return shared.every((list) => seen[list] === held[list])
  })
  expect(Object.keys(await listCounts(provider.page)).sort()).toEqual([...shared].sort())
  await main(provider.page)
    .getByText(/lists aren’t shared with you/u)
    .waitFor()
  await book.takeBoth(provider.page, 'shared-records')
  await goTo(provider.page, 'Home')
  await book.takeBoth(provider.page, 'shared-overview')

  // What they may add, they add; the patient gets it with its author.
  await openForm(provider.page, 'Lab result')
  await provider.page.getByLabel('Test', { exact: true }).fill('Ferritin')
  await provider.page.getByLabel('Value', { exact: true }).fill('87')
  await provider.page.getByLabel('Unit', { exact: true }).fill('ug/L')
  await provider.page.getByLabel('Sample taken').fill('2026-11-20')
  await saveForm(provider.page)
  await waitForSync(provider.page, /Saved and synced/u)
  // It was shared for adding only: what was added stays as it is.
  await main(provider.page)
    .getByText(/what you added stays as it is/u)
    .waitFor()
  expect(await main(provider.page).getByRole('link', { name: 'Edit', exact: true }).count()).toBe(0)
  await book.takeBoth(provider.page, 'shared-own-record')
  await openList(laptop.page, 'Lab results')
  await laptop.page.getByRole('searchbox', { name: 'Search in Lab results' }).fill('Ferritin')
  await openRecord(laptop.page, 'Ferritin')
  for (const said of ['87 ug/L', 'Dr Lin']) await main(laptop.page).getByText(said).first().waitFor()

  // Who saw what, in words.
  await goTo(laptop.page, 'Sharing')
  await main(laptop.page).getByRole('link', { name: 'Activity' }).click()
  await laptop.page.getByText(/entries checked\. None is missing or changed/u).waitFor()
  for (const sentence of [
    'You shared lists with Dr Lin',
    'Dr Lin opened the record',
    /Dr Lin read Lab results/u,
    'Dr Lin added Ferritin to Lab results',
    'You chose between two versions of Metformin',
    'You imported 1111 entries',
  ]) {
    await scrollTo(sentence)
  }
  await book.takeBoth(laptop.page, 'who')
  await laptop.page.evaluate(() => window.scrollTo(0, 0))
  expect(await main(laptop.page).innerText()).not.toContain('Dr Lin read Profile')

  // The cut. While it happens, somebody with the provider's live token asks without pause, over http and an open socket.
  await goToShared(provider.page)
  await traffic.settled()
  const token = traffic.token()
  const reach = pulledStreams(traffic).find(({ streams }) => streams.length >= 3 && streams.length < 16)
  if (!reach) throw new Error('The provider pulled no shared streams.')
  const socket = await rawSocket(world.server.address, token)
  const probes: Awaited<ReturnType<typeof rawPull>>[] = []
  let isProbing = true
  const probing = (async () => {
    while (isProbing) {
      probes.push(await rawPull(world.server.address, token, reach.vault, reach.streams))
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  })()
  await waitFor('a first answer to the probe', async () => probes.length > 0)
  const epochsBefore = newestEpochs(reach)
  await goTo(laptop.page, 'Sharing')
  const acknowledged = laptop.page.waitForResponse(
    (response) => response.request().method() === 'POST' && response.url().endsWith('/control') && response.ok(),
  )
  await main(laptop.page).getByRole('button', { name: 'Stop sharing' }).click()
  const asked = Date.now()
  await laptop.page.getByRole('dialog').getByRole('button', { name: 'Stop sharing' }).click()
  await acknowledged
  const cutAt = Date.now()
  seconds['from the click to the acknowledged cut'] = (cutAt - asked) / 1000
  await main(laptop.page)
    .getByText(/^Sharing stopped at/u)
    .waitFor()
  await main(provider.page).getByText('Access ended', { exact: true }).waitFor({ timeout: 30_000 })
  seconds["from the cut to the end on the provider's screen"] = (Date.now() - cutAt) / 1000
  seconds['from the cut to the closed socket'] = Math.max(0, (await socket.closedAt) - cutAt) / 1000

  // The next write in a shared list, while the probe continues.
  await openForm(laptop.page, 'Lab result')
  await laptop.page.getByLabel('Test', { exact: true }).fill('Zinc')
  await laptop.page.getByLabel('Value', { exact: true }).fill('11')
  await laptop.page.getByLabel('Sample taken').fill('2026-11-21')
  await saveForm(laptop.page)
  await waitForSync(laptop.page, /Saved and synced/u)
  await waitFor('more answers to the probe', async () => probes.filter(({ sentAt }) => sentAt > cutAt).length >= 20)
  isProbing = false
  await probing
  const before = probes.filter(({ sentAt }) => sentAt < asked)
  const after = probes.filter(({ sentAt }) => sentAt > cutAt)
  expect(
    before.some(({ body }) => recordBytes(body) > 0),
    'the probe reads records while the share is in force',
  ).toBe(true)
  expect(after.map(({ status, body }) => ({ status, bytes: recordBytes(body) }))).toEqual(
    after.map(() => ({ status: 404, bytes: 0 })),
  )
  const leaked = after.filter(({ body }) =>
    reach.streams.some((stream) => Buffer.from(body).includes(Buffer.from(stream))),
  )
  expect(leaked).toEqual([])
  // The socket that was open said that access ended, and none of the vault after that.
  const late = socket.messages.filter(({ at }) => at > asked).map(({ message }) => message?.type)
  expect(late.at(-1)).toBe('ended')
  expect(late.filter((type) => type === 'ended')).toHaveLength(1)
  // The provider's own app asked too, and got nothing; it said that it removed its copy (C10), and the answer to that is empty.
  await traffic.settled()
  const own = traffic.answers.filter(({ path, sentAt }) => sentAt > cutAt && path.includes(reach.vault))
  const isDeparture = ({ path }: { path: string }) => path.endsWith('/departures')
  const asking = own.filter((answer) => !answer.path.includes('/control') && !isDeparture(answer))
  expect(asking.map(({ status }) => status)).toEqual(asking.map(() => 404))
  expect(own.filter(isDeparture).map(({ status, body }) => ({ status, bytes: body.length }))).toEqual([
    { status: 204, bytes: 0 },
  ])
  expect(own.reduce((sum, { body }) => sum + recordBytes(body), 0)).toBe(0)

  // The next write is sealed for a later epoch of keys, of which no part was ever addressed to the provider.
  const epochsAfter = newestEpochs(reach)
  const rekeyed = [...epochsAfter].filter(([stream, epoch]) => epoch > (epochsBefore.get(stream) ?? 0))
  expect(rekeyed.length).toBeGreaterThan(0)
  expect(partsAfterCut(reach.vault, traffic)).toBe(0)

  // On the provider's device the lists are gone.
  expect(await main(provider.page).getByRole('link', { name: 'Open record' }).count()).toBe(0)
  expect(await main(provider.page).innerText()).not.toContain('Ferritin')

  await book.takeBoth(provider.page, 'patients-ended')
  await syncNow(laptop.page)
  await goTo(laptop.page, 'Sharing')
  await main(laptop.page).getByText('One of their devices reported').first().waitFor()
  await book.takeBoth(laptop.page, 'share-ended')

  // Once more, for a minute or two: a busy machine needs one to read what is shared. Nobody does anything; it ends.
  const until = await laptop.page.evaluate(() => {
    const end = new Date(Date.now() + 120_000)
    end.setSeconds(0, 0)
    const two = (value: number) => String(value).padStart(2, '0')
    return {
      at: `${end.getFullYear()}-${two(end.getMonth() + 1)}-${two(end.getDate())}T${two(end.getHours())}:${two(end.getMinutes())}`,
      time: end.getTime(),
    }
  })
  await share(laptop.page, { ...wish, lists: ['Lab results'], rights: [], fromNow: true, until: { at: until.at } })
  await main(laptop.page).getByText('Active').waitFor()
  await main(laptop.page).getByText('Only what was added after sharing began').waitFor()
  await openForm(laptop.page, 'Lab result')
  await laptop.page.getByLabel('Test', { exact: true }).fill('Iron')
  await laptop.page.getByLabel('Value', { exact: true }).fill('14')
  await laptop.page.getByLabel('Sample taken').fill('2026-11-21')
  await saveForm(laptop.page)
  await main(provider.page).getByText('Until', { exact: true }).first().waitFor({ timeout: 30_000 })
  const toConfirm = main(provider.page).getByRole('button', { name: 'Confirm identity' })
  const toOpen = main(provider.page).getByRole('link', { name: 'Open record' })
  await toConfirm.or(toOpen).first().waitFor()
  if (await toConfirm.isVisible()) await confirmShared(provider.page)
  await toOpen.click()
  await openList(provider.page, 'Lab results')
  await main(provider.page).getByRole('link', { name: 'Iron', exact: true }).waitFor()
  expect((await listCounts(provider.page))['Lab results'], 'only what was written since').toBe(1)
  expect(Date.now()).toBeLessThan(until.time)
  const over = provider.page
    .getByText('Access ended', { exact: true })
    .waitFor({ timeout: 200_000 })
    .then(() => Date.now())
  void over.catch(() => {})
  // Meanwhile another person writes where there is no network, and access ends before it is sent.
  const nurse = await writeAfterTheEnd(world, laptop, book)
  seconds["from the end of a minute's share to the provider's screen"] = ((await over) - until.time) / 1000
  expect(await main(provider.page).innerText()).not.toContain('Iron')
  const ended = await rawPull(world.server.address, traffic.token(), reach.vault, reach.streams)
  expect({ status: ended.status, bytes: recordBytes(ended.body) }).toEqual({ status: 404, bytes: 0 })
  await main(laptop.page)
    .getByText(/^Sharing with Dr Lin ended/u)
    .waitFor({ timeout: 60_000 })

  // C2: somebody helps with the chart, and then holds it. Each side is asked, in words.
  await handOverChart({ from: laptop.page, to: provider.page, code: theirCode, words, book })
  expect((await listCounts(provider.page))['Lab results'], 'a holder reads all of it').toBeGreaterThan(
    held['Lab results'] ?? 0,
  )

  console.table(seconds)
  expect(book.faults.join('\n')).toBe('')
  expect([laptop, phone, provider, nurse].flatMap(({ faults }) => faults)).toEqual([])

  /** The log keeps only a screenful in the page: wheel down until the sentence comes. */
  async function scrollTo(sentence: string | RegExp): Promise<void> {
    const { page } = laptop
    await page.evaluate(() => window.scrollTo(0, 0))
    const line = page.locator('#main-content ol p').filter({ hasText: sentence }).first()
    await waitFor(`the audit line "${sentence}"`, async () => {
      if ((await line.count()) > 0) return true
      await page.evaluate(() =>
        window.scrollTo(
          0,
          window.scrollY + 400 >= document.documentElement.scrollHeight - window.innerHeight ? 0 : window.scrollY + 400,
        ),
      )
      return false
    })
  }

  /** The epoch of the newest envelope in each stream, from the server's file. */
  function newestEpochs({ streams }: { streams: Uint8Array[] }): Map<string, number> {
    const file = new DatabaseSync(join(world.server.data, 'chartkeep.sqlite'), { readOnly: true })
    try {
      const read = createReader(file)
      const places = file.prepare('SELECT vault, n FROM streams WHERE stream = ?')
      return new Map(
        streams.flatMap((stream) => {
          const place = places.get(stream)
          const newest = place ? read.envelopeAt(place['vault'] as Uint8Array, stream, Number(place['n'])) : null
          const header = newest ? decodeHeader(newest.header) : null
          return header ? [[Buffer.from(stream).toString('hex'), header.epoch]] : []
        }),
      )
    } finally {
      file.close()
    }
  }
})

/** How many parts are addressed to the provider in the control log from its cut on. */
function partsAfterCut(vault: string, traffic: ReturnType<typeof recordTraffic>): number {
  const account = traffic.answers.map(({ path }) => /^\/v1\/accounts\/([^/]+)\/log/u.exec(path)?.[1]).find(Boolean)
  const file = new DatabaseSync(join(world.server.data, 'chartkeep.sqlite'), { readOnly: true })
  try {
    const rows = file
      .prepare('SELECT entry FROM control_entries WHERE vault = ? ORDER BY n')
      .all(base64UrlToBytes(vault) ?? new Uint8Array())
    const entries = rows.flatMap((row) => decodeAs(ControlEntry, row['entry'] as Uint8Array) ?? [])
    const cut = entries.findIndex((entry) => decodeAs(ControlBody, entry.body)?.type === 'cut')
    expect(cut).toBeGreaterThan(0)
    const recipients = (some: typeof entries) =>
      some.flatMap(({ parts }) =>
        parts.flatMap(({ open }) => (open ? (decodeAs(PartOpen, open)?.recipient ?? []) : [])),
      )
    const isProvider = (recipient: Uint8Array) => Buffer.from(recipient).toString('base64url') === account
    expect(recipients(entries.slice(0, cut)).some(isProvider), 'the provider had keys before').toBe(true)
    return recipients(entries.slice(cut)).filter(isProvider).length
  } finally {
    file.close()
  }
}
