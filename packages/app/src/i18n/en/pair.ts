/** Adding a device by pairing, and the list of devices. */
export const pair = {
  pair: {
    title: 'Bring my charts here',
    intro:
      'You need a device on which your charts are open. This device shows a code; the other one reads it; then both show the same words.',
    showCode: 'Show the code',
    server: 'Server address',
    useKit: 'Use my recovery kit instead',
    show: 'On your other device open Devices, choose "Add a device", and let it scan this code. The code opens nothing by itself and is good for 10 minutes.',
    qr: 'QR code for pairing; the same code stands beside it as text',
    text: 'The code as text',
    textHint: 'No camera? Copy the text to the other device. Who sees it can open nothing with it.',
    waiting: 'Waiting for your other device.',
    compare: 'Do both screens show the same words?',
    compareHint:
      'Hold the two screens side by side. All six words must be the same, in the same order. In two languages the words name the same things; the digits are equal too.',
    waitOther: 'Now confirm on the other device too.',
    offline: 'Pairing needs the server, and it does not answer now. Nothing was changed. Try again.',
    badCode: 'This is not a pairing code. Copy the whole text from the new device, or scan its code.',
    knownDevice: 'This device is in your list already, or once was. On the new device, begin again.',
    expired:
      'This code is not good any more, or it belongs to another server. Nothing was changed. Show a new code on the new device.',
    taken: 'Somebody else has answered this code. Nothing was changed. Show a new code on the new device.',
    ended: 'The other device gave up. Nothing was changed. Begin again when both are at hand.',
    cancelled: 'You stopped. Nothing was changed and nothing stays on the new device.',
    between:
      'Stopped: the two devices do not see the same, so someone may be in between. Nothing was given away. Begin again with the devices side by side, and scan the code.',
    otherServer:
      'Your other device uses another server than this one. Nothing was changed. Type its server address here and begin again.',
    refused: 'The server refused. Nothing was changed.',
    serverFull:
      'The server is full and cannot add a device now. Nothing was changed. Tell whoever runs the server, and scan a new code once it has room.',
    readTitle: 'Scan the code of the new device',
    thisAddress: 'this address',
    readHow:
      'On the new device open {address}, choose "I have a recovery kit or another device", then "Use another device". It shows a code.',
    scan: 'Scan with the camera',
    camera: 'What the camera sees',
    looking: 'Looking for the code. The pictures stay on this device.',
    cameraOff: 'Switch the camera off',
    noCamera:
      'The camera does not open: there is none, or this page may not use it. Choose a picture of the code, or copy the code as text.',
    picture: {
      choose: 'Choose a picture of the code',
      'no-picture':
        'This file is no picture that can be shown here. Choose a photo or a screenshot of the code, or copy the code as text.',
      'no-code':
        'No code was found in this picture. Take it from straight above, near, in good light, with the whole square in view; or copy the code as text.',
      'other-code': 'The code in this picture is another one than what is asked for here. Choose the right picture.',
    },
    pasteTitle: 'Or paste it',
    paste: 'Code of the new device',
    pasteHint: 'It begins with chartkeep:pair:',
    asking: 'Asking the new device.',
    deviceName: 'Name of the new device',
    means: 'After this the new device can read and change everything in this account. You can remove it at any time.',
    added: {
      waiting: '"{device}" is let in. Confirm the words on it as well.',
      entered: '"{device}" is in. It is fetching your charts now.',
      refused: 'On the new device somebody said that the words differ. It was taken out again and got nothing new.',
      unknown:
        '"{device}" was let in, and has not said that it came. If you gave up there, remove it from the list of devices.',
    },
    another: 'Use another device',
    anotherHow: 'You have a device on which your charts are open: no kit is needed.',
  },
  devices: {
    first: 'Started this account',
    byKit: 'Came in by the recovery kit',
    byPairing: 'Let in by "{device}"',
    on: 'on {date}',
    before: 'before {date}',
    rename: 'Rename',
    renameTitle: 'Name of this device in the list',
    renamed: 'Save the name',
    renameOffline: 'Renaming needs the server, and it does not answer now. The name was not changed.',
    nameMissing: 'Type a name.',
    removeAsk: 'Remove "{device}"?',
    removeWhat: 'It gets nothing new, and from now on everything is sealed with keys that it does not have.',
    removeKept: 'What is already on it may stay there. If it was stolen, whoever can unlock it can read that.',
    removeFull:
      'The server is full and could not store this. It keeps that device out until it is started again. Remove the device once more when there is room.',
    removeBack: 'It does not come back by itself. You can let it in again as a new device.',
    tooEarly:
      'This device came in by the recovery kit. It may remove older devices, make a new kit, hand charts over and move them to another server from {date} on. Until then an older device can remove it.',
    removedTitle: 'Removed devices',
    kitTitle: 'Recovery kit',
    kitNow: 'Kit number {n} is the one that works.',
    kitNew: 'Make a new kit',
    kitWhy: 'If the paper is lost, or somebody may have seen it: make a new kit. The old paper stops working.',
    kitIntro:
      'Print the new kit and type two groups of it. Only then does it take the place of the old one; until then the old paper works.',
    kitReplace: 'Put it in place of the old kit',
    kitDone: 'The new kit works. The old paper opens nothing any more: destroy it.',
    kitOffline: 'A new kit needs the server, and it does not answer now. The old kit still works.',
    kitRefused: 'The server refused the new kit. The old kit still works.',
    kitKeep: 'Keep the old kit',
    usedAt: 'The recovery kit was used on {date}.',
    usedBefore: 'The recovery kit was used, before {date}.',
  },
} as const
