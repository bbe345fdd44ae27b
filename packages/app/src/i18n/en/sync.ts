/** Sync state, devices. */
export const sync = {
  sync: {
    lastConfirmed: 'Last confirmed',
    behind:
      'This server is behind what your devices have already seen. What you have is safe. Ask who runs the server.',
    serverKey:
      'The server has another key than before. Sync is stopped; nothing was sent. Ask who runs the server before you go on.',
    serverAddress:
      'The server says that it is reached at another address than this one. Nobody was signed in and nothing was sent. Open it by its own address, or ask who runs the server.',
    full: 'The server has no room for this chart. Everything is saved here; ask who runs the server.',
    serverFull:
      'The server is full and takes nothing new. What you write is saved on this device, and is sent by itself once there is room. You can still read, stop sharing and remove devices. Tell who runs the server.',
    invite:
      'This server takes a new account with an invitation code, or once somebody shares a chart with you. Until then everything stays on this device and works as usual.',
    closed:
      'This server takes no new accounts. It lets you in once somebody on it shares a chart with you. Until then everything stays on this device and works as usual.',
    waitingFull:
      'The server has no place left for new accounts that wait. Show your sharing code to the person who wants to share with you and ask them to scan it again: the server then keeps a place for you. An invitation code also lets you in. Until then everything stays on this device and works as usual.',
    join: 'This device was filled from a backup. You can read and write here. Nothing is sent to your other devices until you type the code of your recovery kit under Backup and leaving.',
    inviteCard: 'Have you got a code?',
    inviteTitle: 'Invitation code',
    inviteHint: 'The person who runs the server gives it to you: 16 letters and digits in groups of 4.',
    inviteGo: 'Use this code',
    inviteBad: 'This is not an invitation code. Check each group.',
    inviteRefused: 'The server does not know this code, or it was used or has run out. Ask for another one.',
    inviteOffline: 'The server does not answer now. Try again when you are online.',
    inviteDone: 'The code was accepted. Your changes are being sent.',
    refused: 'The server refused a change. It is saved here and kept. Ask who runs the server.',
    copied:
      'This device was copied, or put back from a copy, and another one has gone on under its name. What was saved here is kept, and no more of it is sent until this device goes on under a new name of its own. It tries that by itself. If this stays: make a backup here, and restore it with your recovery kit.',
    devicesFull:
      'This device was copied, or put back from a copy, and goes on under a new name of its own as soon as there is room: your account has as many devices as it may have. What was saved here is kept. Remove a device that you no longer use, then sync again.',
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
    offline_zero: 'Offline. You can read and write as usual. Nothing waits on this device.',
    offline_one: 'Offline. You can read and write as usual. {count} change waits on this device.',
    offline_other: 'Offline. You can read and write as usual. {count} changes wait on this device.',
    waiting_one: '{count} saved here, waiting to be sent',
    waiting_other: '{count} saved here, waiting to be sent',
    confirmed: 'Confirmed by the server at {time}',
    lastly: 'The server last confirmed at {time}: everything saved here until then is there.',
    never: 'This device has no confirmation by the server yet.',
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
    working: 'Sending and fetching now',
  },
  server: {
    connect: 'Connect to a server',
    connectWhat: 'It carries sealed changes between your devices and to people you share with. It can read nothing.',
    address: 'Address of the server',
    addressHint: 'It begins with https://. The person who runs the server gives it to you.',
    badAddress: 'This is not the address of a server. It begins with https://.',
    move: 'Move to another server',
    moveTitle: 'Move your charts to another server',
    moveOwn:
      'In a browser your charts can go to the server that this page comes from: {address}. Use this when that server was set up anew. For another address use the desktop app, or open Chartkeep there and add it as a new device.',
    look: 'Look for this server',
    found: 'This server answers. Compare its fingerprint with the one you were given by the person who runs it:',
    differs: 'They differ, or you have none? Stop here and ask. Nothing has been sent.',
    how: 'Has one of your other devices moved already?',
    begin: 'No, begin here',
    follow: 'Yes, follow it',
    brings: 'Your devices bring everything to the new server. You can go on reading and writing meanwhile.',
    others:
      'Your other devices follow when they next reach the old server. If it is gone, do the same on each of them, with "Yes, follow it".',
    people: 'The people you share with go to the new server themselves: give them its address.',
    go: 'The fingerprint is right: move',
    same: 'This is the server that you already use. There is nothing to move.',
    offline:
      'No server answers at this address now. Nothing was changed. Check the address, and try again when you are online.',
    tooEarly:
      'This device came in by the recovery kit. It may move charts to another server 24 hours after it did. Nothing was changed.',
    notHolder:
      'A chart of yours belongs to somebody else as well, and only they can move it. Ask them. Nothing was changed.',
    changed: 'Another server answers now than the one you compared. Nothing was changed.',
    refused: 'The move could not be written down. Nothing was changed. Try again in a moment.',
  },
  loss: {
    title: 'The server lost data and is getting it back',
    what: 'It happened about {time}. Your devices still have your charts and are giving them back. What you write stays on this device until then. Keep this device open and online.',
    progress: '{done} of {all} entries given back',
    progressLabel: 'How much has been given back',
    devices_one:
      'This device has given all that it has. One of your other devices may have more: open Chartkeep on it while it is online.',
    devices_other:
      'This device has given all that it has. {count} of your other devices may have more: open Chartkeep on each while it is online.',
    others:
      'This device has given all that it has. The rest comes from another device, or the person who runs the server says when it goes on.',
    goOn: 'Go on without waiting',
    goOnTitle: 'Go on without the other devices?',
    goOnWhat: 'The server goes on with what it has got back so far, and your new changes are sent.',
    goOnLater: 'If one of the other devices comes back later, it sends again what was written on it.',
    goOnLost:
      'If it never comes back, the changes that only it had are lost. If it is only switched off, it is better to wait.',
    offline: 'The server does not answer now. Nothing was changed. Try again when you are online.',
    refused: 'Nothing was changed: only the person whose chart it is can do this. Or try again in a moment.',
    wholeTitle: 'The server has your charts again',
    whole:
      'It lost data about {time}, and your devices have given back what they had. If something looks wrong, compare it with your other devices, and ask who runs the server.',
    read: 'I have read this',
    moveTitle: 'Your charts are moving to another server',
    moveWhat:
      'Your devices bring them there. What you write stays on this device until then. Keep this device open and online.',
    movedTitle: 'Your charts have moved',
    moved: 'The new server has everything that your devices had. The old one gets nothing new any more.',
  },
  /** H8: this device's clock and the server's differ. */
  clocks: {
    title: 'The clock of this device and the clock of the server differ',
    what: 'This device says {own}. The server says {server}. Compare both with another clock.',
    nothing: 'No share ends between these two times.',
    waits: 'Nothing was ended or removed because of it. This waits until both clocks have passed its end:',
    share: '{name} can read {chart}: until {time}',
    shared: '{chart}, shared with you until {time}: locked, and still on this device',
    more_one: 'and {count} more',
    more_other: 'and {count} more',
    set: 'If this device is wrong, set its clock in the settings of the device, under date and time. If the server is wrong, tell who runs it.',
    overdue_one: '1 share should have ended. By this device and another of yours it was over more than a day ago.',
    overdue_other:
      '{count} shares should have ended. By this device and another of yours they were over more than a day ago.',
    end_one: 'End it now',
    end_other: 'End them now',
    offline: 'The server does not answer now. What was not ended yet ends when it does.',
    refused: 'Not all of it could be ended now. Nothing else was changed. Try again, or stop each under Sharing.',
  },
  renewed: {
    title: 'This device goes on under a new name',
    what: 'It was copied, or put back from an older copy (a backup, a moved or copied profile), and another one has gone on under its old name. Since {time} it has a new name of its own, and everything saved here goes out under that. If you copied nothing and put nothing back, somebody else may hold a copy: remove the old device in the list of devices.',
    devices: 'Show the devices',
    read: 'I have read this',
  },
  device: {
    former:
      'The old name of this device: it was copied or put back. If you did not do that, somebody else may be using it: remove it.',
    outOfDate: 'May be out of date since {date}',
    removeOffline: 'Removing a device needs the server, and it does not answer now. Nothing was changed.',
    remove: 'Remove "{device}"? It gets nothing new. What is already on it may stay there.',
    removeDeed: 'Remove device',
    this: 'This device',
    byKit: 'Came in by the recovery kit',
    wasMe: 'It was me',
    how: { create: 'starting the account', kit: 'recovery kit', pairing: 'pairing' },
    seen: 'Last seen {time}',
    neverSeen: 'Nothing heard from it yet',
    add: 'Add a device',
    removed: 'Removed',
    thisNamed: 'this device, {name}',
    printKit: 'Show the recovery kit',
  },
} as const
