/** The contrast of every pair of text and background that the theme gives (WCAG 2.2, 1.4.3 and 1.4.11), in light and in dark. */
import { expect, test } from 'vitest'
import { cssVariablesResolver, theme } from '@chartkeep/app/src/app/theme.ts'
import { TONES } from '@chartkeep/app/src/ui/display/person-chip.tsx'

const SCHEMES = ['light', 'dark'] as const
const resolved = cssVariablesResolver(theme as never)
const STATUSES = ['good', 'info', 'attention', 'danger', 'neutral', 'private']

/** [foreground, background, least ratio, what it is]; names are CSS variables. */
const PAIRS: readonly [string, string, number, string][] = [
  ...['page', 'card', 'raised', 'sunk', 'soft'].map((on): [string, string, number, string] => [
    '--ck-ink',
    `--ck-${on}`,
    7,
    'text',
  ]),
  ...['page', 'card', 'raised', 'sunk', 'soft'].map((on): [string, string, number, string] => [
    '--mantine-color-dimmed',
    `--ck-${on}`,
    4.5,
    'muted text',
  ]),
  ...['page', 'card', 'raised', 'soft', 'band'].map((on): [string, string, number, string] => [
    '--ck-accent',
    `--ck-${on}`,
    4.5,
    'links and buttons of text',
  ]),
  ['--ck-on-accent', '--ck-accent', 4.5, 'text of a button'],
  ['--ck-accent-soft-fg', '--ck-accent-soft-bg', 4.5, 'what is chosen'],
  ['--mantine-color-pine-light-color', '--mantine-color-pine-light', 4.5, 'quiet button'],
  ['--mantine-color-pine-light-color', '--mantine-color-pine-light-hover', 4.5, 'quiet button under the pointer'],
  ['--mantine-color-placeholder', '--ck-card', 4.5, 'placeholder'],
  ['--mantine-color-error', '--ck-card', 4.5, 'error'],
  ['--mantine-color-error', '--ck-page', 4.5, 'error'],
  ...['card', 'page'].map((on): [string, string, number, string] => [
    '--mantine-color-default-border',
    `--ck-${on}`,
    3,
    'border of a field',
  ]),
  ...['card', 'page', 'soft'].map((on): [string, string, number, string] => ['--ck-focus', `--ck-${on}`, 3, 'focus']),
  ['--ck-band-edge', '--ck-card', 3, 'edge of a range'],
  ['--ck-toast-fg', '--ck-toast-bg', 7, 'toast'],
  ['--ck-toast-action', '--ck-toast-bg', 4.5, 'Undo of a toast'],
  ...STATUSES.flatMap((status): [string, string, number, string][] => [
    [`--ck-${status}-fg`, `--ck-${status}-bg`, 4.5, status],
    [`--ck-${status}-fg`, '--ck-card', 4.5, status],
    [`--ck-${status}-fg`, '--ck-page', 4.5, status],
    ['--ck-ink', `--ck-${status}-bg`, 7, `text on ${status}`],
  ]),
  ...TONES.map((tone, index): [string, string, number, string] => [
    `--ck-tone-${index}-fg`,
    `--ck-tone-${index}-bg`,
    4.5,
    tone,
  ]),
]

/** Relative luminance of `#RRGGBB`, 0 to 1. */
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return (light + 0.05) / (dark + 0.05)
}

test('Contrast: the measure itself is right', () => {
  expect(contrast('#000000', '#FFFFFF')).toBeCloseTo(21, 5)
  expect(contrast('#767676', '#FFFFFF')).toBeCloseTo(4.54, 2)
})

test.each(SCHEMES)('Contrast: every pair of the theme is readable in %s', (scheme) => {
  const colors: Record<string, string> = resolved[scheme]
  for (const [front, back, least, what] of PAIRS) {
    for (const name of [front, back]) expect(colors[name], name).toMatch(/^#[0-9A-F]{6}$/iu)
    expect(contrast(colors[front]!, colors[back]!), `${what}: ${front} on ${back}`).toBeGreaterThanOrEqual(least)
  }
})

test('Contrast: both schemes name the same tokens of our own, so that none falls back', () => {
  const own = (scheme: (typeof SCHEMES)[number]) =>
    Object.keys(resolved[scheme])
      .filter((name) => name.startsWith('--ck-'))
      .sort()
  expect(own('dark')).toEqual(own('light'))
})
