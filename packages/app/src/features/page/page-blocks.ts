/** The one-page summary as blocks of paper: for each section its heading, its facts, and in words why it has none or not all of them. */
import type { SummarySection } from '../../app/glance/summary.ts'
import type { SummaryLine } from '../../app/words/summary-lines.ts'
import { type SectionName, SUMMARY_SECTIONS } from '../../record-kinds/index.ts'
import { asWritten, say, type Said } from '../../i18n/said.ts'
import type { PaperBlock } from '../../ui/paper/paginate.ts'

/** One block: a heading, a sentence, or a fact. */
export interface PageBlock extends PaperBlock {
  said: Said
  line: SummaryLine | null
}

/** The name of a section as lists of the app call it. */
export function sectionSaid(name: SectionName): Said {
  return say((t) => SUMMARY_SECTIONS[name].title(t))
}

/** All blocks; `newest` limits the results, which is said where it leaves some out. */
export function pageBlocks(sections: readonly SummarySection[], newest: number): PageBlock[] {
  return sections.flatMap((section) => {
    const { name, nothing } = section
    const lines = name === 'labs' ? section.lines.slice(0, newest) : section.lines
    const text = (key: string, said: Said): PageBlock => ({
      key: `${name} ${key}`,
      group: name,
      isHeading: key === 'heading',
      said,
      line: null,
    })
    const isCut = lines.length < section.lines.length
    return [
      text('heading', sectionSaid(name)),
      ...(nothing === null ? [] : [text('nothing', nothingSaid(nothing))]),
      ...(section.unclear === 0
        ? []
        : [
            text(
              'unclear',
              say((t) => t('none.unclear', { count: section.unclear })),
            ),
          ]),
      ...(isCut
        ? [
            text(
              'cut',
              say((t) => t('onePage.onlyNewest', { shown: lines.length, all: section.lines.length })),
            ),
          ]
        : []),
      ...lines.map((line) => ({
        key: `${name} ${line.key}`,
        group: name,
        isHeading: false,
        said: asWritten(''),
        line,
      })),
    ]
  })
}

function nothingSaid(nothing: NonNullable<SummarySection['nothing']>): Said {
  return say((t) => {
    switch (nothing) {
      case 'only-past':
        return t('summary.onlyPast')
      case 'no-right':
        return t('summary.noRight')
      case 'nothing':
        return t('summary.nothing')
    }
  })
}
