/** H5: settings from one file and the environment: each wrong value is named with its problem and an example. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig, SettingError } from '@chartkeep/sync-server'
import { describeSettings, printConfig, SETTING_KEYS, variableOf } from '@chartkeep/sync-server/testing'
import { afterAll, describe, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'chartkeep-config-'))
afterAll(() => rmSync(folder, { recursive: true }))
let files = 0
function fileWith(content: string): string {
  const path = join(folder, `settings-${files++}.json`)
  writeFileSync(path, content)
  return path
}
function refusal(read: () => unknown): string {
  try {
    read()
  } catch (error) {
    if (error instanceof SettingError) return error.message
    throw error
  }
  return 'accepted'
}

describe('where a setting comes from', () => {
  test('H5: without file and environment every setting has its default, and the address follows the port', () => {
    expect(readConfig({})).toMatchObject({
      host: '127.0.0.1',
      port: 8787,
      origin: 'http://localhost:8787',
      registration: 'open',
      app: null,
      metricsPort: null,
      trustedProxies: ['loopback'],
      file: null,
    })
    expect(readConfig({ CHARTKEEP_PORT: '9000' }).origin).toBe('http://localhost:9000')
    expect(readConfig({ CHARTKEEP_PORT: '', CHARTKEEP_LOG: '' })).toMatchObject({ port: 8787, log: 'warn' })
  })

  test('H5: the file goes before the default, the environment before the file', () => {
    const path = fileWith('{ "port": 9001, "registration": "invite", "trustedProxies": ["10.0.0.1"], "demo": true }')
    const env = { CHARTKEEP_CONFIG: path, CHARTKEEP_PORT: '9002', CHARTKEEP_METRICS_PORT: '9464' }
    expect(readConfig(env)).toMatchObject({
      port: 9002,
      registration: 'invite',
      demo: true,
      metricsPort: 9464,
      file: path,
    })
    expect(readConfig({}, path).trustedProxies).toEqual(['10.0.0.1'])
    const lists = readConfig({ CHARTKEEP_TRUSTED_PROXIES: 'loopback, 192.168.0.0/16', CHARTKEEP_DEMO: '1' })
    expect([lists.trustedProxies, lists.demo]).toEqual([['loopback', '192.168.0.0/16'], true])
  })

  test('H5: folders in a file count from the folder of the file', () => {
    mkdirSync(join(folder, 'etc'), { recursive: true })
    const path = join(folder, 'etc', 'chartkeep.json')
    writeFileSync(path, '{ "data": "../data", "app": "/srv/app" }')
    expect(readConfig({}, path)).toMatchObject({ data: join(folder, 'data'), app: '/srv/app' })
  })

  test('H5: every setting can be given in both ways, and every default passes its own check', () => {
    for (const { variable, value } of describeSettings()) {
      const text = (JSON.parse(value) as unknown) === null ? '' : [JSON.parse(value) as unknown].flat().join(',')
      expect(refusal(() => readConfig({ [variable]: text }))).toBe('accepted')
    }
    const whole = printConfig(readConfig({}))
    expect(refusal(() => readConfig({}, fileWith(whole)))).toBe('accepted')
    expect(Object.keys(JSON.parse(whole) as object)).toEqual(SETTING_KEYS)
  })

  test('H5: variables that look like settings and are none are told', () => {
    const env = { CHARTKEEP_PROT: '1', CHARTKEEP_SEED: 'x', PATH: '/' }
    expect(readConfig(env).unknownVariables).toEqual(['CHARTKEEP_PROT'])
  })
})

describe('what cannot be used', () => {
  test.each([
    ['CHARTKEEP_PORT', 'x', 'must be a whole number from 0 to 65535, not "x". Example: CHARTKEEP_PORT=8787'],
    ['CHARTKEEP_PORT', '70000', 'must be a whole number from 0 to 65535'],
    ['CHARTKEEP_PORT', '1.5', 'must be a whole number'],
    ['CHARTKEEP_PORT', '-1', 'must be a whole number'],
    ['CHARTKEEP_LOG', 'loud', 'must be one of silent, error, warn, info, debug, not "loud"'],
    ['CHARTKEEP_REGISTRATION', 'Open', 'must be one of open, invite, closed'],
    ['CHARTKEEP_DEMO', 'yes', 'must be true or false, not "yes"'],
    ['CHARTKEEP_ORIGIN', 'charts.example.org', 'must be an http or https address'],
    ['CHARTKEEP_ORIGIN', 'https://charts.example.org/', 'Example: CHARTKEEP_ORIGIN=https://charts.example.org'],
    ['CHARTKEEP_ORIGIN', 'https://Charts.example.org', 'in small letters'],
    ['CHARTKEEP_ORIGIN', 'ftp://charts.example.org', 'must be an http or https address'],
    ['CHARTKEEP_GRANT_BYTES', '1e9', 'must be a whole number'],
    [
      'CHARTKEEP_TRUSTED_PROXIES',
      'my-proxy',
      'must be a list of addresses or networks such as 10.0.0.0/8, or loopback, not "my-proxy"',
    ],
    ['CHARTKEEP_TRUSTED_PROXIES', '10.0.0.0/33', 'must be a list of addresses'],
    ['CHARTKEEP_STOP_SECONDS', '0', 'must be a whole number from 1 to 600'],
    ['CHARTKEEP_NETWORKS', '203.0.113.0/24', 'must be a list of networks, each with its name'],
    ['CHARTKEEP_NETWORKS', '[{"network":"203.0.113.0/24","name":"a"}]', 'must be a list of networks'],
    ['CHARTKEEP_NETWORKS', '[{"network":"loopback","name":"a","factor":2}]', 'must be a list of networks'],
    ['CHARTKEEP_NETWORKS', '[{"network":"203.0.113.0/33","name":"a","factor":2}]', 'must be a list of networks'],
    ['CHARTKEEP_NETWORKS', '[{"network":"203.0.113.0/24","name":"a","factor":0}]', 'must be a list of networks'],
    ['CHARTKEEP_NETWORKS', '[{', 'Example: CHARTKEEP_NETWORKS=[{"network":'],
  ])('H5: %s=%s is refused with its name, the problem and an example', (name, value, message) => {
    const told = refusal(() => readConfig({ [name]: value }))
    expect(told).toContain(message)
    expect(told.startsWith(`${name} must be`)).toBe(true)
    expect(told).toContain('Example: ')
  })

  test('H9: networks are given in the file, or as the same text in the environment', () => {
    const networks = [{ network: '203.0.113.0/24', name: 'hospital', factor: 50 }]
    expect(readConfig({}, fileWith(JSON.stringify({ networks }))).networks).toEqual(networks)
    expect(readConfig({ CHARTKEEP_NETWORKS: JSON.stringify(networks) }).networks).toEqual(networks)
  })

  test.each([
    ['{ "port": "8787" }', '"port" in', 'must be a whole number from 0 to 65535, not "8787". Example: "port": 8787'],
    ['{ "port": null }', '"port" in', 'not "null"'],
    ['{ "trustedProxies": "loopback" }', '"trustedProxies" in', 'must be a list of addresses or networks'],
    ['{ "demo": 1 }', '"demo" in', 'must be true or false'],
    ['{ "prot": 1 }', '"prot" in', 'is no setting. Did you mean "port"?'],
    ['{ "Origin": "http://localhost" }', '"Origin" in', 'Did you mean "origin"?'],
    ['{ "quite-else": 1 }', '"quite-else" in', 'is no setting. Known are: host, port'],
    ['[]', 'must be one object', 'Example: { "port": 8787 }'],
    ['{ "port": 1,\n }', 'is no JSON', 'line 2'],
    ['', 'is no JSON', 'it ends too early'],
  ])('H5: a file with %s is refused in words', (content, start, message) => {
    const told = refusal(() => readConfig({}, fileWith(content)))
    expect(told).toContain(start)
    expect(told).toContain(message)
  })

  test('H5: a file that is not there is named', () => {
    expect(refusal(() => readConfig({ CHARTKEEP_CONFIG: join(folder, 'none.json') }))).toContain(
      'none.json cannot be read (ENOENT)',
    )
  })
})

test('H5: a token is shown neither in the printed settings nor in the refusal of a wrong one', () => {
  const token = 'canary-token-0123456789'
  const config = readConfig({ CHARTKEEP_METRICS_TOKEN: token })
  expect(config.metricsToken).toBe(token)
  expect(printConfig(config)).toContain('"metricsToken": "********"')
  expect(printConfig(config)).not.toContain(token)
  for (const wrong of ['short-canary', `${token} with a space`]) {
    expect(refusal(() => readConfig({ CHARTKEEP_METRICS_TOKEN: wrong }))).not.toContain('canary')
    const path = fileWith(JSON.stringify({ metricsToken: wrong }))
    expect(refusal(() => readConfig({}, path))).not.toContain('canary')
  }
  expect(refusal(() => readConfig({}, fileWith(`{ "metricsToken": "${token}" "port": 1 }`)))).not.toContain('canary')
})

test('H5: the guide names every setting with its variable and default, as the code has them', () => {
  const guide = readFileSync(join(import.meta.dirname, '../../../docs/guides/settings.md'), 'utf8')
  for (const { key, variable, value, meaning } of describeSettings()) {
    const row = guide.split('\n').find((line) => line.startsWith(`| \`${key}\` `))
    expect(row, key).toBeDefined()
    const cells = row!.split(/(?<!\\)\|/).map((cell) => cell.trim())
    expect(cells.slice(1, 5)).toEqual([`\`${key}\``, `\`${variable}\``, `\`${value}\``, meaning])
  }
  expect(variableOf('addressRequestsPerMinute')).toBe('CHARTKEEP_ADDRESS_REQUESTS_PER_MINUTE')
})
