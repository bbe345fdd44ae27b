/** Sheets of the one-page summary: head with name and birth date on each, two columns of facts, foot with what goes on overleaf. */
import type { ReactNode } from 'react'
import type { Language } from '../../i18n/index.ts'
import { asWritten, lineOf, say, type Said } from '../../i18n/said.ts'
import { groupsAfter, type PlacedBlock } from '../../ui/paper/paginate.ts'
import { type PaperSize, Say, Sheet } from '../../ui/paper/paper.tsx'
import type { SectionName } from '../../record-kinds/index.ts'
import { type PageBlock, sectionSaid } from './page-blocks.ts'
import styles from './page.module.css'

/** What the head of every sheet says. */
export interface PageHead {
  name: string
  facts: Said[]
  printed: Said
}

/** Columns of a sheet, side by side. */
export const COLUMNS = 2

/** One sheet for each page. */
export function PageSheets({
  pages,
  head,
  paper,
  languages,
  isReflowed = false,
}: {
  pages: PlacedBlock<PageBlock>[][][]
  head: PageHead
  paper: PaperSize
  languages: readonly Language[]
  isReflowed?: boolean
}) {
  return pages.map((columns, page) => (
    <Sheet key={page} paper={paper} isReflowed={isReflowed} label={lineOf(pageNumber(page, pages.length), languages)}>
      <Head head={head} languages={languages} />
      <div className={styles.columns} data-reflow={isReflowed ? 'true' : undefined}>
        {columns.map((blocks, column) => (
          <div key={column} className={styles.column}>
            {blocks
              // Below one another, a second column goes on where the first ended.
              .filter(({ isContinued }) => !(isContinued && isReflowed && column > 0))
              .map(({ block, isContinued }) => (
                <Block key={block.key} block={block} isContinued={isContinued} languages={languages} />
              ))}
          </div>
        ))}
      </div>
      <Foot page={page} pages={pages.length} rest={groupsAfter(pages, page) as SectionName[]} languages={languages} />
    </Sheet>
  ))
}

/** Name and birth date first: a sheet may lie alone. */
export function Head({ head, languages }: { head: PageHead; languages: readonly Language[] }) {
  return (
    <header className={styles.head}>
      <h2 className={styles.name}>{head.name}</h2>
      <p className={styles.facts}>
        {head.facts.map((fact, index) => (
          <span key={index}>
            <Say said={fact} languages={languages} />
          </span>
        ))}
      </p>
      <p className={styles.printed}>
        <Say said={head.printed} languages={languages} />
      </p>
    </header>
  )
}

/** One block as it stands in a column. */
export function Block({
  block: { said, line, isHeading },
  languages,
  isContinued = false,
}: {
  block: PageBlock
  languages: readonly Language[]
  isContinued?: boolean
}) {
  if (isHeading)
    return (
      <h3 className={styles.heading}>
        <Say
          said={isContinued ? say((t, language) => t('onePage.continued', { section: said[language] })) : said}
          languages={languages}
        />
      </h3>
    )
  if (line === null)
    return (
      <p className={styles.none}>
        <Say said={said} languages={languages} />
      </p>
    )
  return (
    <p className={styles.line}>
      <strong>
        {line.isHigh ? '▲ ' : ''}
        <Say said={line.what} languages={languages} />
      </strong>
      <Part said={line.words} languages={languages} style={styles.part} />
      <Part said={languages.length > 1 ? asWritten(line.day) : line.when} languages={languages} style={styles.when} />
    </p>
  )
}

function Part({
  said,
  languages,
  style,
}: {
  said: Said
  languages: readonly Language[]
  style: string | undefined
}): ReactNode {
  if (lineOf(said, languages) === '') return null
  return (
    <>
      {'  '}
      <span className={style}>
        <Say said={said} languages={languages} />
      </span>
    </>
  )
}

/** `rest` are the sections that go on behind this page. */
export function Foot({
  page,
  pages,
  rest,
  languages,
}: {
  page: number
  pages: number
  rest: readonly SectionName[]
  languages: readonly Language[]
}) {
  const goesOn = say((t, language) =>
    t('onePage.goesOn', {
      page: page + 2,
      sections: rest.map((name) => sectionSaid(name)[language]).join(t('share.comma')),
    }),
  )
  return (
    <footer className={styles.foot}>
      {rest.length > 0 ? (
        <p className={styles.goesOn}>
          <Say said={goesOn} languages={languages} />
        </p>
      ) : null}
      <p>
        <Say said={say((t) => t('paper.partial'))} languages={languages} /> {'— '}
        <Say said={pageNumber(page, pages)} languages={languages} />
      </p>
    </footer>
  )
}

function pageNumber(page: number, pages: number): Said {
  return say((t) => t('paper.pageOf', { page: page + 1, pages }))
}
