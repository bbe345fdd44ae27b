/** Who holds and who manages a chart: the list, adding somebody, removing, leaving, handing over. */
export const people = {
  people: {
    title: 'Who holds this chart',
    open: 'Who holds this chart',
    intro:
      'Holders decide about this chart, and nobody can remove them. Managers help: they read and write everything, share it, and can add other helpers.',
    holder: 'Holder',
    manager: 'Manager',
    you: '{name} (you)',
    since: 'Since',
    began: '{time}, began this chart',
    addedBy: '{time}, added by {name}',
    addedByYou: '{time}, added by you',
    add: 'Add someone',
    none: 'If you die or fall seriously ill, nobody can open this chart. Choose someone, or seal a second kit.',
    roleTitle: 'What will they be?',
    role: 'They become',
    roleManager: 'A manager: helps you, and you can remove them at any time',
    roleHolder: 'A second holder, like the other parent: nobody can remove them but they themselves',
    twoHolders: 'This chart has two holders already. They can become a manager.',
    managerAdds: 'You are a manager. You can add another manager; only a holder can add a holder.',
    honest:
      '{name} will read and write everything in this chart: private lists and all that was written before. They can share it with others. No one can take back what was read.',
    goManager: 'Make {name} a manager',
    goHolder: 'Make {name} a holder',
    offline: 'The server does not answer. Nothing was changed. Try again when this device is online.',
    refused: 'The server refused. Nothing was changed.',
    changedKeys: '{name} has other locks since you looked. Nothing was changed. Scan or paste their code again.',
    failed: 'This did not work: perhaps this device is full. Look at this page to see who is listed, then try again.',
    remove: 'Remove {name}',
    removeAsk:
      'Remove {name}? They get nothing new, and new records get new locks. Their app is told to delete its copy; we cannot force that. What they wrote stays.',
    removing: 'Will be removed when this device is online. Until then {name} can still read and write.',
    keepPerson: 'Keep {name}',
    makeHolder: 'Make {name} a holder',
    makeHolderAsk:
      'Make {name} a second holder? They then decide like you, and you can no longer remove them. Only they themselves can leave.',
    leave: 'Leave this chart',
    leaveAsk:
      'Leave the chart of {name}? This device deletes its copy, and you can come back only if a person who stays adds you again.',
    leaveWaiting_one: '{count} change was not sent yet. Wait until it is confirmed, then leave.',
    leaveWaiting_other: '{count} changes were not sent yet. Wait until they are confirmed, then leave.',
    last: 'You are the last holder of this chart. If you leave, nobody can open it. First add another holder.',
    stay: 'Stay',
    handOver: 'Hand the chart over to {name}',
    handOverAsk:
      'Offer your place to {name}? When they accept, they hold this chart and you can no longer open it, unless they share it with you. Until then you can take the offer back.',
    handOverGo: 'Offer my place to {name}',
    given: 'You offered your place to {name} ({time}). Nothing changes until they accept.',
    takeBack: 'Take the offer back',
    received:
      '{name} offers you their place as a holder of this chart ({time}). If you accept, you decide about it, and {name} can no longer open it, unless you share it with them.',
    accept: 'Accept',
    acceptAsk:
      'Become a holder of this chart in the place of {name}? All locks are changed. {name} can no longer open it, and new records are yours to share.',
    acceptGo: 'I hold this chart now',
    turnDown: 'Turn it down',
    tooEarly:
      'This device came in by the recovery kit. It may hand a chart over, or leave it, 24 hours after it did. Nothing was changed.',
    noOffer: 'The offer was taken back. Nothing was changed.',
    needsYou: '{name} offers you their place as a holder of this chart',
    former: 'No longer here',
    left: '{name} left at {time}.',
    removed: '{name} was removed at {time}.',
    handedOver: '{name} handed the chart over at {time}.',
    offered:
      'You were asked to look after this chart. You would read and write everything in it, also what is private. Make sure whose chart it is before you open it.',
    offeredHow:
      'Ask the person who added you, face to face or by phone: is this the chart of {name}? If you do not want it, open it and choose Leave under Sharing.',
  },
} as const
