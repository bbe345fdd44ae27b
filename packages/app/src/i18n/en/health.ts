/** Sync health of one chart. */
export const health = {
  health: {
    details: 'Details of {name}',
    waiting_one: '{count} waiting',
    waiting_other: '{count} waiting',
    confirmed: 'Confirmed {time}',
    unknown: 'Not yet compared with the server',
    notOpen: 'This chart could not be opened now. Open it from the people sheet to see why. Nothing was changed.',
    toConflicts: 'Choose on the overview',
    aside_one: '{count} put aside',
    aside_other: '{count} put aside',
    waitingTitle: 'Waiting to be sent',
    nothingWaits: 'Nothing waits. The server has everything that was saved here.',
    waitingWhat: 'They are saved on this device and go out by themselves when the server answers.',
    more_one: 'and {count} more record',
    more_other: 'and {count} more records',
    entries_one: '{count} entry for "Who saw what"',
    entries_other: '{count} entries for "Who saw what"',
    sharedTitle: 'Shared with',
    nobody: 'Nobody but you.',
    holder: '{name}, holder: reads and writes everything',
    manager: '{name}, manager: reads and writes everything',
    grant: '{name}: {lists}, until {time}',
    grantPending: '{name}: {lists}, until {time}. Not yet in force: it starts when this device is online.',
    grantStopping: '{name}: {lists}. Will stop when this device is online.',
    whyCut:
      'It was written after the access of its author had ended. Look under Sharing whether you want to take it in.',
    whyDevice:
      'The device that wrote it does not belong to the account of its author, or not any more. Ask them which devices they use.',
    whyRight:
      'Its author had no right to write this here. Ask them why they did; you can give them the right under Sharing.',
    whyKind: 'It is not of a kind that belongs in this list. Ask its author to update Chartkeep and to save it again.',
    whyOrder:
      'It does not fit what came before it from the same device. There is nothing to do: we look again at each sync. If it stays, ask its author to save it again.',
    whyChanged:
      'We could not prove that it is as its author wrote it. There is nothing to do: we look again at each sync. If it stays, ask its author to save it again.',
  },
} as const
