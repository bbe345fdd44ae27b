/** H5: the command line: what each command takes, and refusals that say how it is used. */
import { describeSettings, helpText, readArguments, UsageError } from '@chartkeep/sync-server/testing'
import { expect, test } from 'vitest'

test('H5: without a command the server serves; options may be before and after a command', () => {
  expect(readArguments([])).toEqual({ command: { name: 'serve' }, config: null, printConfig: false, help: false })
  expect(readArguments(['--config', 'a.json', 'doctor'])).toMatchObject({
    command: { name: 'doctor' },
    config: 'a.json',
  })
  expect(readArguments(['verify', '/x', '--config=a.json']).command).toEqual({ name: 'verify', folder: '/x' })
  expect(readArguments(['verify']).command).toEqual({ name: 'verify', folder: null })
  const invite = { name: 'invite', count: 3, days: 7, list: false, withdraw: false }
  expect(readArguments(['invite', '--count', '3']).command).toEqual(invite)
})

test.each([
  [['nonsense'], 'There is no command "nonsense".'],
  [['--nonsense'], '--nonsense'],
  [['backup'], 'backup needs a folder. Example: backup /var/backups/chartkeep/monday'],
  [['restore'], 'restore needs a folder.'],
  [['restore-mirror'], "restore-mirror needs the server's key. Example: restore-mirror /root/server-key"],
  [['mirror', 'now'], '"now" is one word too many for mirror.'],
  [['backup', 'a', 'b'], '"b" is one word too many for backup.'],
  [['serve', 'now'], '"now" is one word too many for serve.'],
  [['invite', '--count', 'x'], '--count must be a whole number from 1 to 1000, not "x". Example: --count 1'],
  [['invite', '--days', '0'], '--days must be a whole number from 1 to 365'],
  [['doctor', '--days', '3'], '--days belongs to invite.'],
])('H5: %j is refused with how it can be used', (args, message) => {
  expect(() => readArguments(args)).toThrow(UsageError)
  expect(() => readArguments(args)).toThrow(message)
  expect(() => readArguments(args)).toThrow('npm run server -- backup FOLDER')
})

test('H5: the help lists every setting', () => {
  for (const { key, variable } of describeSettings()) expect(helpText()).toContain(`${key} / ${variable}`)
})
