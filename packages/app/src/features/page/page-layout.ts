/** How a person left the one-page summary: which sections in which order, how many results, language and paper. Sealed with the account; no facts. */
import { SECTIONS } from '../../app/glance/summary.ts'
import { type SectionName, SUMMARY_SECTIONS } from '../../record-kinds/index.ts'
import type { Language } from '../../i18n/index.ts'
import { PAPERS, type PaperSize } from '../../ui/paper/paper.tsx'

/** Numbers of results that are offered; the last stands for all. */
export const RESULT_LIMITS = [12, 30, 1_000_000] as const

/** What was chosen. */
export interface PageLayout {
  /** All sections in their order; those in `left` are not printed. */
  order: SectionName[]
  left: SectionName[]
  newest: number
  language: Language | 'both'
  paper: PaperSize
}

/** Where it is kept. */
export const PAGE_SETTING = 'one-page'

/** Everything that the design names stands on it; what a person asks for beside that is one tick away. */
export function firstLayout(language: Language, paper: PaperSize): PageLayout {
  const left = SECTIONS.filter((name) => !SUMMARY_SECTIONS[name].isPrintedAtFirst)
  return { order: [...SECTIONS], left, newest: RESULT_LIMITS[0], language, paper }
}

/** Reads what was kept; wrong or missing parts are as in `first`, and sections of a newer app are added at the end. */
export function readLayout(text: string | null, first: PageLayout): PageLayout {
  let kept: Partial<Record<keyof PageLayout, unknown>> = {}
  try {
    const parsed: unknown = JSON.parse(text ?? '{}')
    if (typeof parsed === 'object' && parsed !== null) kept = parsed
  } catch {
    // Not ours to read: the person chooses again.
  }
  const names = (value: unknown) => (Array.isArray(value) ? SECTIONS.filter((name) => value.includes(name)) : null)
  const order = Array.isArray(kept.order)
    ? kept.order.filter((name): name is SectionName => SECTIONS.some((known) => known === name))
    : []
  return {
    order: [...new Set([...order, ...first.order])],
    left: names(kept.left) ?? first.left,
    newest: RESULT_LIMITS.find((limit) => limit === kept.newest) ?? first.newest,
    language:
      kept.language === 'en' || kept.language === 'zh-Hant-TW' || kept.language === 'both'
        ? kept.language
        : first.language,
    paper: Object.keys(PAPERS).find((paper): paper is PaperSize => paper === kept.paper) ?? first.paper,
  }
}

/** `order` with one section moved by one place among all; at an end it stays. */
export function moved(order: readonly SectionName[], name: SectionName, by: -1 | 1): SectionName[] {
  const from = order.indexOf(name)
  const to = from + by
  if (from < 0 || to < 0 || to >= order.length) return [...order]
  return order.with(from, order[to] as SectionName).with(to, name)
}
