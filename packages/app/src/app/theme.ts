/**
 * The look of Chartkeep as a Mantine theme: colours, sizes and status tokens of the design.
 * Every pair of text and background here was checked for WCAG 2.2 AA contrast; see the numbers there before changing one.
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
import type { Status } from '../ui/status-mark.tsx'

const pine: MantineColorsTuple = [
  '#E9F5F5',
  '#D0E8E9',
  '#A6D2D5',
  '#79BABF',
  '#52A4AB',
  '#2F8F97',
  '#1B7781',
  '#12626B',
  '#0D4F57',
  '#083A40',
]
const gray: MantineColorsTuple = [
  '#F7F9F9',
  '#EDF1F2',
  '#DFE5E7',
  '#C9D2D5',
  '#A9B5B9',
  '#7A898E',
  '#5E6C71',
  '#4B595E',
  '#343F43',
  '#1F272A',
]
const dark: MantineColorsTuple = [
  '#E3E8EA',
  '#BCC6CA',
  '#98A5AA',
  '#8A989D',
  '#6B7A80',
  '#2A3337',
  '#1E2528',
  '#161B1D',
  '#111517',
  '#0B0E0F',
]

const STATUSES: readonly Status[] = ['good', 'info', 'attention', 'danger', 'neutral', 'private']

const lightStatus: Record<Status, [fg: string, bg: string]> = {
  good: ['#1B6B3A', '#E6F4EA'],
  info: ['#1A5F8A', '#E6F1F8'],
  attention: ['#8A4B00', '#FFF3DC'],
  danger: ['#B3261E', '#FDECEA'],
  neutral: ['#4B595E', '#EDF1F2'],
  private: ['#5B4AA0', '#F0EDFA'],
}
const darkStatus: Record<Status, [fg: string, bg: string]> = {
  good: ['#7FD19B', '#15301F'],
  info: ['#8CC4E8', '#142B3A'],
  attention: ['#F2B95C', '#36270E'],
  danger: ['#FF9E94', '#3D1A18'],
  neutral: ['#BCC6CA', '#2A3337'],
  private: ['#C3B6F2', '#292342'],
}

function statusTokens(colours: Record<Status, [string, string]>): Record<string, string> {
  return Object.fromEntries(
    STATUSES.flatMap((status) => [
      [`--ck-${status}-fg`, colours[status][0]],
      [`--ck-${status}-bg`, colours[status][1]],
    ]),
  )
}

/** Latin from the system, Traditional Chinese by name: no font is fetched. */
const FONT_STACK =
  'system-ui, -apple-system, "Segoe UI", Roboto, "PingFang TC", "Microsoft JhengHei UI", "Noto Sans TC", "Noto Sans CJK TC", sans-serif'

/** Smallest side of anything that is tapped; `--ck-target` is 48 px, 36 px where a clinician chose compact. */
const TARGET = 'var(--ck-target)'

/** The theme handed to MantineProvider. */
export const theme = createTheme({
  primaryColor: 'pine',
  primaryShade: { light: 7, dark: 4 },
  colors: { pine, gray, dark },
  autoContrast: true,
  black: '#1F272A',
  respectReducedMotion: true,
  focusRing: 'auto',
  defaultRadius: 'sm',
  radius: { xs: '4px', sm: '6px', md: '10px', lg: '14px', xl: '20px' },
  cursorType: 'pointer',
  fontFamily: FONT_STACK,
  fontFamilyMonospace:
    'ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", Consolas, "Noto Sans Mono CJK TC", monospace',
  fontSizes: { xs: '0.875rem', sm: '0.875rem', md: '1rem', lg: '1.125rem', xl: '1.25rem' },
  lineHeights: { xs: '1.45', sm: '1.5', md: '1.55', lg: '1.55', xl: '1.5' },
  spacing: { xs: '0.5rem', sm: '0.75rem', md: '1rem', lg: '1.5rem', xl: '2rem' },
  headings: {
    fontFamily: FONT_STACK,
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '1.5rem', lineHeight: '1.3' },
      h2: { fontSize: '1.25rem', lineHeight: '1.35' },
      h3: { fontSize: '1.125rem', lineHeight: '1.4' },
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
          // Mantine picks one colour of text for both schemes; ours differ (white on pine-7, black on pine-4).
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
    Input: Input.extend({ vars: () => ({ wrapper: { '--input-size': TARGET, '--input-fz': '1rem' }, input: {} }) }),
    InputWrapper: {
      defaultProps: { inputWrapperOrder: ['label', 'description', 'error', 'input'] },
      styles: {
        label: { fontSize: '1rem', fontWeight: 600, marginBottom: '0.25rem' },
        description: { fontSize: '0.875rem', marginBottom: '0.375rem', color: 'var(--mantine-color-dimmed)' },
        error: { fontSize: '0.875rem', marginBottom: '0.375rem' },
      },
    },
    // The field lies inside of the frame that is drawn around it.
    PasswordInput: PasswordInput.extend({
      defaultProps: { rightSectionWidth: TARGET },
      vars: () => ({ root: { '--psi-button-size': TARGET, '--psi-icon-size': '1.375rem' } }),
      styles: { input: { height: 'auto', minHeight: `calc(${TARGET} + 2px)` } },
    }),
    CloseButton: CloseButton.extend({ vars: () => ({ root: { '--cb-size': TARGET, '--cb-icon-size': '1.5rem' } }) }),
    // By name alone: the first screens have none of them, and need not wait for their code.
    Checkbox: { defaultProps: { size: 'md' } satisfies CheckboxProps },
    Radio: { defaultProps: { size: 'md' } satisfies RadioProps },
    SegmentedControl: { defaultProps: { size: 'md' } satisfies Partial<SegmentedControlProps> },
    Modal: {
      defaultProps: {
        centered: true,
        radius: 'md',
        overlayProps: { backgroundOpacity: 0.45 },
      } satisfies Partial<ModalProps>,
    },
  },
})

/** Corrects Mantine's defaults that fail contrast and adds our own `--ck-` tokens. */
export const cssVariablesResolver: CSSVariablesResolver = () => ({
  variables: {
    '--ck-target': '48px',
    '--ck-gutter': '16px',
  },
  light: {
    ...statusTokens(lightStatus),
    '--mantine-color-error': lightStatus.danger[0],
    '--mantine-color-success': lightStatus.good[0],
    '--mantine-color-dimmed': gray[6],
    '--mantine-color-placeholder': gray[6],
    '--mantine-color-disabled-color': gray[6],
    '--mantine-color-default-border': gray[5],
    '--ck-on-accent': '#FFFFFF',
    '--mantine-primary-color-contrast': '#FFFFFF',
    '--ck-line': gray[3],
    '--ck-page': gray[0],
    '--ck-card': '#FFFFFF',
    '--ck-soft': pine[0],
    '--ck-accent': pine[7],
    '--ck-accent-soft-fg': pine[9],
    '--ck-accent-soft-bg': pine[1],
    '--ck-band': '#DDEFE3',
    '--ck-band-edge': '#4E8A63',
    '--ck-focus': pine[7],
  },
  dark: {
    ...statusTokens(darkStatus),
    '--mantine-color-error': darkStatus.danger[0],
    '--mantine-color-success': darkStatus.good[0],
    '--mantine-color-dimmed': dark[2],
    '--mantine-color-placeholder': dark[3],
    '--mantine-color-disabled-color': dark[3],
    '--mantine-color-default-border': dark[4],
    '--mantine-color-pine-filled-hover': pine[3],
    '--ck-on-accent': '#000000',
    '--mantine-primary-color-contrast': '#000000',
    '--ck-line': dark[5],
    '--ck-page': dark[7],
    '--ck-card': dark[6],
    '--ck-soft': '#17282B',
    '--ck-accent': pine[4],
    '--ck-accent-soft-fg': pine[2],
    '--ck-accent-soft-bg': '#173438',
    '--ck-band': '#1D3A28',
    '--ck-band-edge': '#6FAE87',
    '--ck-focus': pine[3],
  },
})
