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
  /** What is kept of a server that said something against itself. */
  evidence: {
    title: 'What the server said against itself',
    place: {
      account: 'Who belongs to an account, and its devices',
      emergency: 'A chart that you may open in an emergency',
      rights: 'Who may read and write in this chart',
      records: 'Records of this chart',
      audit: 'Who saw what',
    },
    fault: {
      fork_one: 'it showed two histories that cannot both be true.',
      fork_other: 'it showed two histories that cannot both be true, {count} times.',
      behind_one: 'it showed an older state than before.',
      behind_other: 'it showed an older state than before, {count} times.',
      withheld_one: 'it held something back.',
      withheld_other: 'it held something back, {count} times.',
      time_one: 'it signed a later state with an earlier time.',
      time_other: 'it signed a later state with an earlier time, {count} times.',
      refused_one: 'it handed out something that is not signed as it must be.',
      refused_other: 'it handed out something that is not signed as it must be, {count} times.',
    },
    signed: 'Signed by the server, the newest at {time}.',
    what: 'It is kept on this device, also when all is well again. Save it to show to who runs the server, or to somebody who can judge it. Of your health nothing can be read in the file. It says which accounts and devices there are, and when they sent something.',
    save: 'Save what was kept',
    saved: 'The file is saved.',
  },
} as const
