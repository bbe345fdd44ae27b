/** Sync state, devices. */
export const sync = {
  sync: {
    chip: 'Sync: {state}',
    short: {
      confirmed: 'Confirmed {time}',
      waiting_one: '{count} waiting',
      waiting_other: '{count} waiting',
      offline: 'Offline',
      offlineWaiting_one: 'Offline, {count} waiting',
      offlineWaiting_other: 'Offline, {count} waiting',
      working: 'Syncing',
      problem: 'Sync needs you',
      local: 'Only on this device',
    },
    offline_one: 'Offline. You can read and write as usual. {count} change waits on this device.',
    offline_other: 'Offline. You can read and write as usual. {count} changes wait on this device.',
    waiting_one: '{count} saved here, waiting to be sent',
    waiting_other: '{count} saved here, waiting to be sent',
    confirmed: 'Confirmed by the server at {time}',
    never: 'The server has confirmed nothing yet.',
    signin:
      'The server does not accept this device now. Everything here is safe and nothing was deleted. Try again, or ask the person who runs the server.',
    refill:
      'The server lost data. Your devices still have it and are giving it back. Keep this device online; there is nothing else to do.',
    fork: 'The server showed your devices two different histories. We stopped this part and kept the proof. Nothing here was removed; you can go on writing. Save the proof, then ask who runs the server.',
    withheld:
      'The server holds back something that should be here. Sync of this part is stopped; what you have is safe.',
    aside_one:
      '{count} record was put aside: we could not prove who wrote it. It is not in the chart. All other records work. We check again by ourselves.',
    aside_other:
      '{count} records were put aside: we could not prove who wrote them. They are not in the chart. All other records work. We check again by ourselves.',
    local: 'This chart has no server. It is only on this device: make a backup.',
    now: 'Sync now',
    server: 'Server',
    fingerprint: 'Fingerprint of its key',
    perChart: 'Chart by chart',
    asideTitle: 'Put aside',
    asideWhy: 'Why: {reason}',
    twoVersions: 'Two versions',
    devicesSeen: 'Devices last seen',
    allConfirmed: 'All changes are confirmed.',
    codes: 'For the person who runs the server',
    working: 'Sending and fetching now',
  },
  device: {
    copied: 'This device was put back from a copy. It goes on as a new device, so that nothing mixes. Nothing is lost.',
    remove: 'Remove "{device}"? It gets nothing new. What is already on it may stay there.',
    removeDeed: 'Remove device',
    this: 'This device',
    addedBy: 'Added {date} by {how}',
    how: { create: 'starting the account', kit: 'recovery kit', pairing: 'pairing' },
    seen: 'Last seen {time}',
    neverSeen: 'Not seen yet',
    add: 'Add a device',
    addHow:
      'On the new device open this address, choose "I have a recovery kit or another device", and type the code of your kit.',
    removed: 'Removed',
    newName: 'New name of this device',
    kitTitle: 'Recovery kit',
    printKit: 'Show the recovery kit',
  },
} as const
