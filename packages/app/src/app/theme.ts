/**
 * The look of Chartkeep as a Mantine theme: colours, sizes and status tokens of the design.
 * test/unit/app/contrast.test.ts holds the contrast of each pair of text and background: see it before you change a color.
 */
import {
  ActionIcon,
  Button,
  type CheckboxProps,
  CloseButton,
  createTheme,
  type CSSVariablesResolver,
  Input,
  type MantineColorsTuple,
  type ModalProps,
  PasswordInput,
  type RadioProps,
  type SegmentedControlProps,
} from '@mantine/core'
import type { Status } from '../ui/display/status-mark.tsx'

const pine: MantineColorsTuple = [
  '#EDF7F5',
  '#E2F0ED',
  '#B5E0D8',
  '#8AD3C8',
  '#6CC3B7',
  '#3A9C90',
  '#1B7A70',
  '#0E5A54',
  '#0B4843',
  '#06211E',
]
const gray: MantineColorsTuple = [
  '#F7F4EE',
  '#EFEBE2',
  '#E6E0D4',
  '#D3CCBE',
  '#B3AC9E',
  '#8A8478',
  '#59625D',
  '#4E5853',
  '#333C38',
  '#1B2421',
]
const dark: MantineColorsTuple = [
  '#E9EDE8',
  '#C1CBC5',
  '#A5B1AB',
  '#8D9A93',
  '#76857E',
  '#2C3833',
  '#19211E',
  '#101614',
  '#0C110F',
  '#070A09',
]

const STATUSES: readonly Status[] = ['good', 'info', 'attention', 'danger', 'neutral', 'private']

const lightStatus: Record<Status, [fg: string, bg: string]> = {
  good: ['#1B6B3A', '#E4F3E8'],
  info: ['#1A5F8A', '#E5F0F8'],
  attention: ['#8A4B00', '#FDF0D9'],
  danger: ['#B3261E', '#FCE9E6'],
  neutral: ['#4E5853', '#EFEBE2'],
  private: ['#5B4AA0', '#EFECFA'],
}
const darkStatus: Record<Status, [fg: string, bg: string]> = {
  good: ['#85D6A0', '#16321F'],
  info: ['#91C8EB', '#152D3C'],
  attention: ['#F4BE66', '#382910'],
  danger: ['#FFA79E', '#421D1A'],
  neutral: ['#C1CBC5', '#28332E'],
  private: ['#C7BBF4', '#2B2446'],
}

/** Text and background of a person's initials, in the order of `TONES` (ui/person-chip.tsx). */
const lightTones: readonly [fg: string, bg: string][] = [
  ['#0B4843', '#DDEFEB'],
  ['#4A3A8C', '#E6E1F7'],
  ['#154E73', '#DCE9F5'],
  ['#7A3E0A', '#FBE3CF'],
  ['#1B5A34', '#DDEFE0'],
  ['#4E5853', '#EFEBE2'],
]
const darkTones: readonly [fg: string, bg: string][] = [
  ['#B5E0D8', '#1B3F38'],
  ['#D5CCF8', '#332B56'],
  ['#B8DCF5', '#1D3A50'],
  ['#F6CFA8', '#48301C'],
  ['#B4E3C3', '#1C3F29'],
  ['#C1CBC5', '#28332E'],
]

function statusTokens(colours: Record<Status, [string, string]>): Record<string, string> {
  return Object.fromEntries(
    STATUSES.flatMap((status) => [
      [`--ck-${status}-fg`, colours[status][0]],
      [`--ck-${status}-bg`, colours[status][1]],
    ]),
  )
}

function toneTokens(tones: readonly [string, string][]): Record<string, string> {
  return Object.fromEntries(
    tones.flatMap(([fg, bg], index) => [
      [`--ck-tone-${index}-fg`, fg],
      [`--ck-tone-${index}-bg`, bg],
    ]),
  )
}

/** Latin in Figtree (fonts.ts) once it is there, in a face of the same widths until then; Traditional Chinese from the system, by name. */
const FONT_STACK =
  'Figtree, "Figtree fallback", system-ui, -apple-system, "Segoe UI", Roboto, "PingFang TC", "Microsoft JhengHei UI", "Noto Sans TC", "Noto Sans CJK TC", sans-serif'

/** Smallest side of anything that is tapped; `--ck-target` is 48 px, 36 px where a clinician chose compact. */
const TARGET = 'var(--ck-target)'

/** The theme handed to MantineProvider. */
export const theme = createTheme({
  primaryColor: 'pine',
  primaryShade: { light: 7, dark: 4 },
  colors: { pine, gray, dark },
  autoContrast: true,
  black: '#1B2421',
  respectReducedMotion: true,
  focusRing: 'auto',
  defaultRadius: 'md',
  // Fields 10, buttons 12, cards 18, sheets 26.
  radius: { xs: '6px', sm: '10px', md: '12px', lg: '18px', xl: '26px' },
  shadows: {
    xs: 'var(--ck-shadow-card)',
    sm: 'var(--ck-shadow-card)',
    md: 'var(--ck-shadow-menu)',
    lg: 'var(--ck-shadow-menu)',
    xl: 'var(--ck-shadow-menu)',
  },
  cursorType: 'pointer',
  fontFamily: FONT_STACK,
  fontFamilyMonospace:
    'ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", Consolas, "Noto Sans Mono CJK TC", monospace',
  fontSizes: { xs: '0.875rem', sm: '0.875rem', md: '1rem', lg: '1.125rem', xl: '1.25rem' },
  lineHeights: { xs: '1.43', sm: '1.45', md: '1.5', lg: '1.45', xl: '1.4' },
  spacing: { xs: '0.5rem', sm: '0.75rem', md: '1rem', lg: '1.5rem', xl: '2rem' },
  headings: {
    fontFamily: FONT_STACK,
    fontWeight: '650',
    sizes: {
      h1: { fontSize: 'var(--ck-title-size)', lineHeight: '1.2' },
      h2: { fontSize: '1.125rem', lineHeight: '1.35' },
      h3: { fontSize: '1rem', lineHeight: '1.4' },
      h4: { fontSize: '1rem', lineHeight: '1.5' },
    },
  },
  components: {
    Button: Button.extend({
      vars: (_theme, { variant }) => ({
        root: {
          '--button-height': TARGET,
          '--button-fz': '1rem',
          '--button-padding-x': '1.125rem',
          // Mantine picks one colour of text for both schemes; ours differ (white on pine-7, pine-9 on pine-4).
          ...(variant === undefined || variant === 'filled' ? { '--button-color': 'var(--ck-on-accent)' } : {}),
        },
      }),
      styles: {
        label: { whiteSpace: 'normal', lineHeight: 1.25 },
        inner: { height: 'auto' },
        root: {
          display: 'inline-flex',
          alignItems: 'center',
          justifyContent: 'center',
          height: 'auto',
          minHeight: TARGET,
          paddingBlock: '0.375rem',
        },
      },
    }),
    ActionIcon: ActionIcon.extend({
      defaultProps: { variant: 'subtle' },
      vars: () => ({ root: { '--ai-size': TARGET } }),
    }),
    Input: Input.extend({
      defaultProps: { radius: 'sm' },
      vars: () => ({ wrapper: { '--input-size': TARGET, '--input-fz': '1rem' }, input: {} }),
    }),
    InputWrapper: {
      defaultProps: { inputWrapperOrder: ['label', 'description', 'error', 'input'] },
      styles: {
        label: { fontSize: '1rem', fontWeight: 600, marginBottom: '0.375rem' },
        description: { fontSize: '0.875rem', marginBottom: '0.375rem', color: 'var(--mantine-color-dimmed)' },
        error: { fontSize: '0.875rem', marginBottom: '0.375rem' },
      },
    },
    // The field lies inside of the frame that is drawn around it.
    PasswordInput: PasswordInput.extend({
      defaultProps: { rightSectionWidth: TARGET, radius: 'sm' },
      vars: () => ({ root: { '--psi-button-size': TARGET, '--psi-icon-size': '1.375rem' } }),
      styles: { input: { height: 'auto', minHeight: `calc(${TARGET} + 2px)` } },
    }),
    CloseButton: CloseButton.extend({ vars: () => ({ root: { '--cb-size': TARGET, '--cb-icon-size': '1.5rem' } }) }),
    // By name alone: the first screens have none of them, and need not wait for their code.
    Checkbox: { defaultProps: { size: 'md', radius: 'xs' } satisfies CheckboxProps },
    Radio: { defaultProps: { size: 'md' } satisfies RadioProps },
    SegmentedControl: { defaultProps: { size: 'md' } satisfies Partial<SegmentedControlProps> },
    Modal: {
      defaultProps: {
        centered: true,
        radius: 'xl',
        overlayProps: { backgroundOpacity: 0.45 },
      } satisfies Partial<ModalProps>,
    },
  },
})

/** Corrects Mantine's defaults that fail contrast and adds our own `--ck-` tokens. */
export const cssVariablesResolver: CSSVariablesResolver = () => ({
  variables: {
    '--ck-target': '48px',
  },
  light: {
    ...statusTokens(lightStatus),
    ...toneTokens(lightTones),
    '--mantine-color-error': lightStatus.danger[0],
    '--mantine-color-success': lightStatus.good[0],
    '--mantine-color-dimmed': gray[6],
    '--mantine-color-placeholder': gray[6],
    '--mantine-color-disabled-color': gray[6],
    '--mantine-color-default-border': gray[5],
    '--mantine-color-pine-light': pine[1],
    '--mantine-color-pine-light-hover': pine[2],
    '--mantine-color-pine-light-color': pine[8],
    '--ck-on-accent': '#FFFFFF',
    '--mantine-primary-color-contrast': '#FFFFFF',
    '--ck-ink': gray[9],
    '--ck-line': gray[2],
    '--ck-page': gray[0],
    '--ck-card': '#FFFFFF',
    '--ck-raised': '#FFFFFF',
    '--ck-sunk': gray[1],
    '--ck-soft': pine[1],
    '--ck-accent': pine[7],
    '--ck-accent-soft-fg': pine[8],
    '--ck-accent-soft-bg': pine[1],
    '--ck-band': '#DCEEE3',
    '--ck-band-edge': '#4E8A63',
    '--ck-focus': pine[7],
    '--ck-toast-bg': '#22302B',
    '--ck-toast-fg': '#F2F5F1',
    '--ck-toast-action': '#9FE0D5',
    '--ck-art-1': '#F3D9BF',
    '--ck-art-2': '#BFDCD3',
    '--ck-art-3': '#E8A06B',
    '--ck-art-4': '#FFF9F0',
    '--ck-shadow-card': '0 1px 2px rgba(39, 33, 20, 0.05), 0 1px 1px rgba(39, 33, 20, 0.04)',
    '--ck-shadow-menu': '0 6px 24px rgba(39, 33, 20, 0.1), 0 1px 3px rgba(39, 33, 20, 0.08)',
  },
  dark: {
    ...statusTokens(darkStatus),
    ...toneTokens(darkTones),
    '--mantine-color-error': darkStatus.danger[0],
    '--mantine-color-success': darkStatus.good[0],
    '--mantine-color-dimmed': dark[2],
    '--mantine-color-placeholder': dark[2],
    '--mantine-color-disabled-color': dark[3],
    '--mantine-color-default-border': dark[4],
    '--mantine-color-pine-filled-hover': pine[3],
    '--mantine-color-pine-light': '#173630',
    '--mantine-color-pine-light-hover': '#1F463E',
    '--mantine-color-pine-light-color': pine[2],
    '--ck-on-accent': pine[9],
    '--mantine-primary-color-contrast': pine[9],
    '--ck-ink': dark[0],
    '--ck-line': dark[5],
    '--ck-page': dark[7],
    '--ck-card': dark[6],
    '--ck-raised': '#212B27',
    '--ck-sunk': '#141B18',
    '--ck-soft': '#173630',
    '--ck-accent': pine[4],
    '--ck-accent-soft-fg': pine[2],
    '--ck-accent-soft-bg': '#173630',
    '--ck-band': '#1D3A28',
    '--ck-band-edge': '#6FAE87',
    '--ck-focus': pine[3],
    '--ck-toast-bg': '#22302B',
    '--ck-toast-fg': '#F2F5F1',
    '--ck-toast-action': '#9FE0D5',
    '--ck-art-1': '#4A3827',
    '--ck-art-2': '#264A41',
    '--ck-art-3': '#C98552',
    '--ck-art-4': '#2A2119',
    '--ck-shadow-card': 'none',
    '--ck-shadow-menu': '0 6px 24px rgba(0, 0, 0, 0.5)',
  },
})
