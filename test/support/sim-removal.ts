/** K5, C4: a device of the owner leaves the account; from then on it gets nothing, and opens no epoch that its cut has opened. */
import { deviceRemovedEntry } from '@chartkeep/sync/testing'
import { idText } from '@chartkeep/protocol'
import { decodeAccountEntry } from '@chartkeep/protocol/account'
import type { SignedEntry } from '@chartkeep/protocol/signed'
import type { SimDevice } from './sim-device.ts'
import type { Scenario, SimPart } from './sim-types.ts'

export const removal: SimPart = {
  fates: [
    {
      name: 'the tablet is removed',
      weight: 15,
      may: ({ leaving }, device) =>
        leaving !== null &&
        device !== leaving &&
        device.up &&
        !device.busy &&
        !device.offline &&
        device.person.role === 'owner' &&
        device.machine.control !== null,
      befall: removeTablet,
    },
  ],
  answered(scenario, device, call, args, answer) {
    const isAnswer = answer !== null && typeof answer === 'object' && !('type' in answer)
    if (!isAnswer) return
    if (call === 'postAccount' && isRemoval(args) && scenario.leaving !== null) {
      scenario.removed = scenario.leaving
      scenario.count('removed')
      scenario.leaving = null
      scenario.owners = scenario.owners.filter((each) => each !== scenario.removed)
    }
    if ((call === 'pull' || call === 'control' || call === 'fetchBodies') && device === scenario.removed)
      scenario.faults.push(`7 K5: ${device.name} was answered a ${call} after its removal`)
  },
  check({ faults, owners, removed }) {
    if (removed === null) return
    const reference = owners[0]!.machine
    const cut = reference.control!.deviceCuts.find(({ device }) => device !== null && idText(device) === removed.id)
    if (cut === undefined) faults.push('7 K5: no cut of a removed device')
    for (const [id, { epoch }] of reference.control!.streams) {
      const known = removed.machine.keys.streams.get(id)?.byEpoch
      if (known?.has(epoch)) faults.push(`7 C4: the removed device opens epoch ${epoch}`)
    }
  },
}

const isRemoval = (args: unknown) =>
  decodeAccountEntry((args as [Uint8Array, SignedEntry])[1].body)?.type === 'device-removed'

/** Another device takes the tablet out of the account; the next owner's device that syncs posts the cut. */
async function removeTablet(scenario: Scenario, device: SimDevice): Promise<void> {
  const tablet = scenario.leaving!
  scenario.say(`${device.name} begins to remove the tablet`)
  await device.begin(async (api) => {
    const { book, person, secrets, machine } = device
    const refreshed = await book.refresh(person.account, api, machine.serverKey()!)
    if (refreshed.type !== 'ok') return `removal ${refreshed.type}`
    const state = book.lookup(person.account)!
    const entry = await deviceRemovedEntry(state, secrets, tablet.secrets.id, device.boxKeys, machine.randomBytes)
    const answer = await api.postAccount(person.account, entry)
    if (answer.type === 'ok' && (await book.append(person.account, [entry]))) device.afterAccount()
    return `removal ${answer.type}`
  })
}
