/** A C-CDA document to read: who, when, by whom, then its parts. Built from plain blocks of text, so no markup of the file is ever in the page. */
import {
  type CcdaDocument,
  type CcdaSection,
  type NarrativeBlock,
  piecesIn,
  type TextRun,
  type TextStyle,
} from '@chartkeep/interop/ccda'
import { type ReactNode, useId, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { formatDate } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card, Facts } from '../display/card.tsx'
import { sectionTexts } from './file-texts.ts'
import { TextView } from './text-view.tsx'
import styles from './viewer.module.css'

/** A page of more pieces holds a browser up for minutes: its text is shown, some thousand lines at a time. */
const MOST_PIECES = 20_000

/** `children`: the view of a file that the document holds instead of parts. */
export function CcdaView({ document, children }: { document: CcdaDocument; children: ReactNode }) {
  const { t } = useTranslation()
  const own = useId()
  const language = currentLanguage()
  const { person, sections } = document
  const facts = [
    { label: t('viewer.about'), value: person.name },
    { label: t('viewer.born'), value: person.birthDate === '' ? '' : formatDate(person.birthDate, language) },
    { label: t('viewer.made'), value: document.date === '' ? '' : formatDate(document.date, language) },
    { label: t('viewer.author'), value: document.authors.join(', ') },
    { label: t('viewer.keeper'), value: document.keeper },
  ].filter(({ value }) => value !== '')
  const asText = useMemo(
    () => (piecesIn(sections, MOST_PIECES) < MOST_PIECES ? null : sectionTexts(sections).join('\n\n')),
    [sections],
  )
  return (
    <div className={styles.ccda}>
      <p className={styles.facts}>{t('viewer.readOnly')}</p>
      <Card title={document.title || t('docs.unnamed')}>
        <Facts items={facts} />
      </Card>
      {asText === null ? null : (
        <Card title={t('viewer.longDocument')}>
          <p className={styles.facts}>{t('viewer.longDocumentText')}</p>
          <TextView text={asText} name={document.title || t('docs.unnamed')} />
        </Card>
      )}
      {asText === null && sections.length > 1 ? (
        <nav aria-label={t('viewer.sections')} className={styles.sections}>
          <ul>
            {sections.map((section, index) => (
              <li key={index}>
                {/* The address of a screen is its route: a button moves within it. */}
                <button type="button" onClick={() => showSection(`${own}${index}`)}>
                  {section.title || t('docs.unnamed')}
                </button>
              </li>
            ))}
          </ul>
        </nav>
      ) : null}
      {(asText === null ? sections : []).map((section, index) => (
        <div key={index} id={`${own}${index}`} tabIndex={-1}>
          <Section section={section} level={2} />
        </div>
      ))}
      {children === null ? null : <Card title={t('viewer.embedded')}>{children}</Card>}
    </div>
  )
}

function showSection(id: string): void {
  const section = document.getElementById(id)
  section?.scrollIntoView()
  section?.focus({ preventScroll: true })
}

function Section({ section: { title, blocks, sections }, level }: { section: CcdaSection; level: 2 | 3 }) {
  const { t } = useTranslation()
  return (
    <Card title={title || t('docs.unnamed')} level={level}>
      {blocks.length === 0 && sections.length === 0 ? <p className={styles.facts}>{t('viewer.noNarrative')}</p> : null}
      <Blocks blocks={blocks} />
      {sections.map((section, index) => (
        <Section key={index} section={section} level={3} />
      ))}
    </Card>
  )
}

function Blocks({ blocks }: { blocks: readonly NarrativeBlock[] }) {
  return blocks.map((block, index) => <Block key={index} block={block} />)
}

function Block({ block }: { block: NarrativeBlock }) {
  switch (block.type) {
    case 'paragraph':
      return (
        <p>
          <Runs runs={block.runs} />
        </p>
      )
    case 'list': {
      const List = block.isOrdered ? 'ol' : 'ul'
      return (
        <>
          {block.caption === '' ? null : <p className={styles.caption}>{block.caption}</p>}
          <List>
            {block.items.map((item, index) => (
              <li key={index}>
                <Cell blocks={item} />
              </li>
            ))}
          </List>
        </>
      )
    }
    case 'table':
      return <NarrativeTable block={block} />
  }
}

function NarrativeTable({ block: { caption, rows } }: { block: Extract<NarrativeBlock, { type: 'table' }> }) {
  const { t } = useTranslation()
  const headCount = rows.findIndex((row) => !row.every(({ isHead }) => isHead))
  const split = headCount < 0 ? 0 : headCount
  const line = (row: (typeof rows)[number], index: number) => (
    <tr key={index}>
      {row.map(({ isHead, columns, rows: down, blocks }, place) =>
        isHead && blocks.length > 0 ? (
          <th key={place} colSpan={columns} rowSpan={down} scope={index < split ? 'col' : 'row'}>
            <Cell blocks={blocks} />
          </th>
        ) : (
          <td key={place} colSpan={columns} rowSpan={down}>
            <Cell blocks={blocks} />
          </td>
        ),
      )}
    </tr>
  )
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reached by keyboard
    <div className={styles.wide} tabIndex={0} role="group" aria-label={caption || t('plot.table')}>
      <table className={styles.table}>
        {caption === '' ? null : <caption>{caption}</caption>}
        {split > 0 ? <thead>{rows.slice(0, split).map(line)}</thead> : null}
        <tbody>{rows.slice(split).map((row, index) => line(row, index + split))}</tbody>
      </table>
    </div>
  )
}

/** One paragraph alone needs no element of its own. */
function Cell({ blocks }: { blocks: readonly NarrativeBlock[] }) {
  const [first] = blocks
  return blocks.length === 1 && first?.type === 'paragraph' ? <Runs runs={first.runs} /> : <Blocks blocks={blocks} />
}

function Runs({ runs }: { runs: readonly TextRun[] }) {
  const { t } = useTranslation()
  return runs.map((run, index) => {
    switch (run.type) {
      case 'break':
        return <br key={index} />
      case 'picture':
        return <span key={index}>{t('viewer.pictureInText', { name: run.name })}</span>
      case 'text': {
        // An address is shown and not followed: it would tell its owner who reads this.
        const { address = '' } = run
        const isTold = address === '' || address.startsWith('#') || run.text.includes(address)
        const text = isTold ? run.text : t('viewer.addressInText', { text: run.text, address })
        return <Styled key={index} styles={run.styles} text={text} />
      }
    }
  })
}

const ELEMENTS: Readonly<Record<TextStyle, 'strong' | 'em' | 'u' | 'del' | 'sub' | 'sup'>> = {
  bold: 'strong',
  italic: 'em',
  underline: 'u',
  deleted: 'del',
  sub: 'sub',
  sup: 'sup',
}

function Styled({ styles: wanted, text }: { styles: readonly TextStyle[]; text: string }): ReactNode {
  return wanted.reduce<ReactNode>((inner, style) => {
    const Element = ELEMENTS[style]
    return <Element>{inner}</Element>
  }, text)
}
