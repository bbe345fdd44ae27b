/** The emergency card on paper: sides of a wallet card to cut out and fold, or a full page in large letters. The QR code holds the text itself. */
import type { Language } from '../../i18n/index.ts'
import { lineOf, say, type Said } from '../../i18n/said.ts'
import type { PaperBlock, PlacedBlock } from '../../ui/paper/paginate.ts'
import { glued, type PaperSize, Say, Sheet } from '../../ui/paper/paper.tsx'
import { QrCode } from '../../ui/scan/qr-code.tsx'
import type { CardItem } from './card-items.ts'
import { groupLabel, itemText } from './card-text.ts'
import styles from './card.module.css'

/** A line of the card with its group named where it begins. */
export interface CardBlock extends PaperBlock {
  item: CardItem
  isFirst: boolean
}

/** What every side says beside its lines. */
export interface CardFrame {
  languages: readonly Language[]
  qr: string
  made: Said
  paper: PaperSize
}

/** The lines as blocks. */
export function cardBlocks(items: readonly CardItem[]): CardBlock[] {
  return items.map((item, index) => ({
    key: item.key,
    group: item.group,
    isHeading: false,
    item,
    isFirst: item.group !== 'person' && items[index - 1]?.group !== item.group,
  }))
}

/** One line. */
export function CardLine({
  block: { item, isFirst },
  languages,
}: {
  block: CardBlock
  languages: readonly Language[]
}) {
  return (
    <p className={item.isHigh ? styles.high : styles.line}>
      {isFirst ? (
        <>
          <span className={styles.group}>{groupLabel(item.group, languages)}</span>{' '}
        </>
      ) : null}
      {item.isHigh ? '▲ ' : ''}
      <strong>
        <Say said={item.what} languages={languages} />
      </strong>
      {lineOf(item.words, languages) === '' ? null : (
        <>
          {': '}
          <Say said={item.words} languages={languages} />
        </>
      )}
    </p>
  )
}

function heading(languages: readonly Language[]) {
  return <Say said={say((t) => t('emergencyCard.heading'))} languages={languages} />
}

function qrLabel(qr: string): string {
  return qr.replaceAll('\n', ', ')
}

/** Sides of 85.6 x 54 mm, two in a row, the code on the last one. */
export function WalletSheets({
  sides,
  frame: { languages, qr, made, paper },
  isReflowed = false,
}: {
  sides: PlacedBlock<CardBlock>[][]
  frame: CardFrame
  isReflowed?: boolean
}) {
  const all = sides.length + 1
  return (
    <Sheet
      paper={paper}
      isReflowed={isReflowed}
      label={lineOf(
        say((t) => t('emergencyCard.wallet')),
        languages,
      )}
    >
      <div className={styles.wallet}>
        {sides.map((blocks, side) => (
          <div key={side} className={styles.side}>
            <h2 className={styles.sideHead}>
              <span>{heading(languages)}</span> <span>{all > 2 ? `${side + 1}/${all}` : ''}</span>
            </h2>
            {blocks.map(({ block }) => (
              <CardLine key={block.key} block={block} languages={languages} />
            ))}
          </div>
        ))}
        <div className={`${styles.side} ${styles.codeSide}`}>
          <QrCode text={qr} label={qrLabel(qr)} size={128} />
          <div>
            <p>
              <Say said={say((t) => t('emergencyCard.qrOn'))} languages={languages} />
            </p>
            <p>
              <Say said={made} languages={languages} />
            </p>
            <p>
              <Say said={say((t) => t('emergencyCard.onlyChosen'))} languages={languages} />
            </p>
          </div>
        </div>
      </div>
    </Sheet>
  )
}

/** A page, or more where the lines need them, readable at arm's length. */
export function CardPages({
  pages,
  frame: { languages, qr, made, paper },
  isReflowed = false,
}: {
  pages: PlacedBlock<CardBlock>[][]
  frame: CardFrame
  isReflowed?: boolean
}) {
  return pages.map((blocks, page) => {
    const number = say((t) => t('paper.pageOf', { page: page + 1, pages: pages.length }))
    return (
      <Sheet key={page} paper={paper} isReflowed={isReflowed} label={lineOf(number, languages)}>
        <div className={styles.pageHead}>
          <h2>{heading(languages)}</h2>
          <QrCode text={qr} label={qrLabel(qr)} size={208} />
        </div>
        <div className={styles.pageLines}>
          {blocks.map(({ block }) => (
            <CardLine key={block.key} block={block} languages={languages} />
          ))}
        </div>
        <footer className={styles.pageFoot}>
          {[say((t) => t('emergencyCard.qrOn')), say((t) => t('emergencyCard.onlyChosen')), made, number].map(
            (said, index) => (
              <p key={index}>
                <Say said={said} languages={languages} />
              </p>
            ),
          )}
        </footer>
      </Sheet>
    )
  })
}

/** The card in words, for the label of a picture of it. */
export function cardInWords(items: readonly CardItem[], languages: readonly Language[]): string {
  return items.map((item) => glued(itemText(item, languages))).join(', ')
}
