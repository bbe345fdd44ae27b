/** The emergency card: the owner ticks what it shows, sees it, and prints it or saves it as a picture for the lock screen. */
import { Button, Group, NativeSelect, Stack } from '@mantine/core'
import { IconDeviceMobile, IconPrinter } from '@tabler/icons-react'
import type { EmergencyCardChoice } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { useLayoutEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ChartName } from '../../app/people/use-chart-label.ts'
import { mayDo, useApp, useChart } from '../../app/context/app-context.tsx'
import { cardTrouble } from '../../app/chart/card-state.ts'
import { Delayed } from '../../app/hooks/delayed.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { usePaperAction } from '../../app/device/use-paper-action.ts'
import { formatDateOnly } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { inLanguages, lineOf, say } from '../../i18n/said.ts'
import { Card, ScreenHead } from '../../ui/display/card.tsx'
import { ChooseOne } from '../../ui/fields/choices.tsx'
import { today } from '../../ui/fields/date-entry.ts'
import { fillColumns } from '../../ui/paper/paginate.ts'
import { Measure, MM, PAPERS, type PaperSize, Preview, PrintRoot, usualPaper } from '../../ui/paper/paper.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'
import { CardChoices } from './card-choices.tsx'
import { cardItems, chosenItems, type CardItem } from './card-items.ts'
import { drawPicture, pictureFile, type PictureContent, pictureSize } from './card-picture.ts'
import { cardBlocks, type CardFrame, cardInWords, CardLine, CardPages, WalletSheets } from './card-sheet.tsx'
import { groupLabel, itemText, languagesOf, qrText } from './card-text.ts'
import { useCardChoice } from './use-card-choice.ts'
import styles from './card.module.css'

type Format = 'wallet' | 'page' | 'picture'

/** Inside of a wallet side: 54 mm less its edges and its heading, with a line's slack. */
const SIDE = { width: 85.6 - 6 - 0.6, height: 54 - 6 - 7 }
/** A page less its edges, head with the code, and foot. */
const PAGE_REST_MM = 24 + 62 + 34

export function CardScreen() {
  const { t } = useTranslation()
  const { chart, summary } = useChart()
  const records = useObservable(chart.all$)
  return (
    <Screen word="card" focusKey={summary.slot}>
      {summary.relation !== 'own' ? (
        <>
          <ScreenHead title={t('screen.card')}>
            <ChartName of={summary} />
          </ScreenHead>
          <Banner status="neutral">{t('emergencyCard.notOwner')}</Banner>
        </>
      ) : records === undefined ? (
        <Delayed />
      ) : (
        <OneCard records={records} />
      )}
    </Screen>
  )
}

function OneCard({ records }: { records: readonly ChartRecord[] }) {
  const { t } = useTranslation()
  const { platform } = useApp()
  const { summary, views } = useChart()
  const { choice, change, keep, problem } = useCardChoice(records)
  const [format, setFormat] = useState<Format>('wallet')
  const [paper, setPaper] = useState<PaperSize>(usualPaper)
  const [wasSaved, setSaved] = useState(false)
  const canvas = useRef<HTMLCanvasElement>(null)
  const languages = languagesOf(choice.language)
  const items = useMemo(
    () =>
      cardItems(
        { records, views, now: new Date(), mayRead: (collection) => mayDo(summary, collection, 'read') },
        summary.name,
      ),
    [records, views, summary],
  )
  const { lines, gone } = chosenItems(items, choice.shows)
  const action = usePaperAction('emergency-card', lines.length)
  const qr = qrText(lines, languages, today())
  // In both languages the day stands once, as everybody writes it in numbers.
  const made = say((word, language) =>
    choice.language === 'both'
      ? today()
      : word('emergencyCard.made', { date: formatDateOnly(today(), language, 'gregorian') }),
  )
  const trouble = cardTrouble(choice, lines, new Date())

  const print = () =>
    action.run('printed', async () => {
      await keep({ checked: instant() })
      await platform.print()
    })
  const savePicture = () =>
    action
      .run('exported', async () => {
        const file = canvas.current && (await pictureFile(canvas.current))
        if (!file) throw new Error('this browser gave no picture')
        await keep({ checked: instant() })
        await platform.saveFile(`chartkeep-card-${today()}.png`, file)
      })
      .then(setSaved)
  const left = (found: readonly CardItem[]) => found.map((item) => itemText(item, languages)).join('; ')
  return (
    <>
      <ScreenHead title={t('screen.card')}>
        <ChartName of={summary} />
      </ScreenHead>
      {trouble === null ? null : (
        <Banner
          status="attention"
          action={
            trouble === 'old' ? (
              <Button variant="default" onClick={() => void keep({ checked: instant() })}>
                {t('emergencyCard.stillRight')}
              </Button>
            ) : undefined
          }
        >
          {trouble === 'old'
            ? t('emergencyCard.old', { date: formatDateOnly(choice.checked, currentLanguage()) })
            : t('emergencyCard.changed')}
        </Banner>
      )}
      <Banner status="danger">{t('emergencyCard.lock')}</Banner>
      <div className={styles.layout}>
        <Card title={t('emergencyCard.choose')}>
          <p>{t('emergencyCard.chooseHint')}</p>
          {gone > 0 ? <Banner status="attention">{t('emergencyCard.gone', { count: gone })}</Banner> : null}
          <CardChoices items={items} choice={choice} onChange={(shows) => change({ shows })} />
          <p className={styles.note}>{t('emergencyCard.kept')}</p>
          {problem === null ? null : (
            <Banner status="attention">
              {t('emergencyCard.notKept', {
                why: problem === 'full' ? t('emergencyCard.deviceFull') : t('emergencyCard.noRight'),
              })}
            </Banner>
          )}
        </Card>
        <Card title={t('paper.preview')}>
          <Stack gap="md">
            <ChooseOne
              id="format"
              legend={t('emergencyCard.format')}
              choices={(['wallet', 'page', 'picture'] as const).map((value) => ({
                value,
                label: t(`emergencyCard.${value}`),
              }))}
              value={format}
              onChange={(value) => setFormat(value as Format)}
              isOptional={false}
            />
            <Group gap="md" grow preventGrowOverflow={false}>
              <NativeSelect
                label={t('paper.language')}
                value={choice.language}
                onChange={(event) => change({ language: event.currentTarget.value as EmergencyCardChoice['language'] })}
                data={[
                  { value: 'both', label: t('paper.both') },
                  { value: 'en', label: t('paper.english') },
                  { value: 'zh-Hant-TW', label: t('paper.chinese') },
                ]}
              />
              {format === 'picture' ? null : (
                <NativeSelect
                  label={t('paper.format')}
                  value={paper}
                  onChange={(event) => setPaper(event.currentTarget.value as PaperSize)}
                  data={[
                    { value: 'a4', label: t('paper.a4') },
                    { value: 'letter', label: t('paper.letter') },
                  ]}
                />
              )}
            </Group>
            {lines.length === 0 ? (
              <p>{t('emergencyCard.empty')}</p>
            ) : (
              <>
                {format === 'picture' ? (
                  <Picture
                    canvas={canvas}
                    lines={lines}
                    content={{
                      heading: inLanguages(
                        say((word) => word('emergencyCard.heading')),
                        languages,
                      ).map(({ text }) => text),
                      lines: lines.map((item, index) => ({
                        text: `${item.group !== 'person' && lines[index - 1]?.group !== item.group ? `${groupLabel(item.group, languages)}: ` : ''}${item.isHigh ? '▲ ' : ''}${itemText(item, languages)}`,
                        isBold: item.isHigh || item.key === 'name',
                      })),
                      side: [
                        lineOf(
                          say((word) => word('emergencyCard.qrOn')),
                          languages,
                          ' ',
                        ),
                        lineOf(made, languages, ' '),
                      ],
                      qr: qr.text,
                      more: (count) =>
                        lineOf(
                          say((word) => word('emergencyCard.more', { count })),
                          languages,
                          ' / ',
                        ),
                    }}
                    label={t('emergencyCard.pictureLabel', { text: cardInWords(lines, languages) })}
                    leftWords={left}
                  />
                ) : (
                  <Paper format={format} paper={paper} lines={lines} frame={{ languages, qr: qr.text, made, paper }} />
                )}
                <div>
                  <strong>{t('emergencyCard.qrText')}</strong>
                  <p>{t('emergencyCard.qrHint')}</p>
                  <p className={styles.qr} data-testid="qr-text">
                    {qr.text}
                  </p>
                  {qr.left.length > 0 ? (
                    <Banner status="attention">{t('emergencyCard.notInQr', { what: left(qr.left) })}</Banner>
                  ) : null}
                </div>
                {action.hasFailed ? (
                  <Banner status="danger" urgent>
                    {t('paper.failed')}
                  </Banner>
                ) : (
                  <Banner status="attention">{t('paper.leaves')}</Banner>
                )}
                <div role="status">
                  {wasSaved && format === 'picture' ? <Banner status="good">{t('emergencyCard.saved')}</Banner> : null}
                </div>
                {format === 'picture' ? (
                  <Button
                    leftSection={<IconDeviceMobile size={20} />}
                    loading={action.isBusy}
                    onClick={() => void savePicture()}
                  >
                    {t('emergencyCard.savePicture')}
                  </Button>
                ) : (
                  <Button leftSection={<IconPrinter size={20} />} loading={action.isBusy} onClick={() => void print()}>
                    {t('deed.print')}
                  </Button>
                )}
              </>
            )}
          </Stack>
        </Card>
      </div>
    </>
  )
}

/** Preview and print of the two paper forms. */
function Paper({
  format,
  paper,
  lines,
  frame,
}: {
  format: 'wallet' | 'page'
  paper: PaperSize
  lines: readonly CardItem[]
  frame: CardFrame
}) {
  const { t } = useTranslation()
  const [heights, setHeights] = useState<ReadonlyMap<string, number>>(new Map())
  const blocks = cardBlocks(lines)
  const size = PAPERS[paper]
  const width = format === 'wallet' ? SIDE.width : size.width - 2 * size.edge
  const room = (format === 'wallet' ? SIDE.height : size.height - PAGE_REST_MM) * MM
  const parts = fillColumns(blocks, heights, room)
  const sheets = (isReflowed: boolean) =>
    format === 'wallet' ? (
      <WalletSheets sides={parts} frame={frame} isReflowed={isReflowed} />
    ) : (
      <CardPages pages={parts} frame={frame} isReflowed={isReflowed} />
    )
  return (
    <>
      {format === 'wallet' && parts.length > 1 ? (
        <p role="status">{t('emergencyCard.faces', { count: parts.length + 1 })}</p>
      ) : null}
      {format === 'page' && parts.length > 1 ? (
        <p role="status">{t('paper.pageOf', { page: 1, pages: parts.length })}</p>
      ) : null}
      <Preview paper={paper} readable={format === 'wallet' ? Infinity : 440}>
        {sheets}
      </Preview>
      <PrintRoot>{sheets(false)}</PrintRoot>
      <Measure
        key={`${format} ${paper}`}
        width={`${width}mm`}
        items={blocks.map((block) => ({
          key: block.key,
          node: (
            <div className={format === 'page' ? styles.large : undefined}>
              <CardLine block={block} languages={frame.languages} />
            </div>
          ),
        }))}
        onHeights={setHeights}
      />
    </>
  )
}

/** The canvas is the preview and what is saved; no address of it is ever made before the file is handed over. */
function Picture({
  canvas,
  lines,
  content,
  label,
  leftWords,
}: {
  canvas: React.RefObject<HTMLCanvasElement | null>
  lines: readonly CardItem[]
  content: PictureContent
  label: string
  leftWords: (found: readonly CardItem[]) => string
}) {
  const { t } = useTranslation()
  const [left, setLeft] = useState<readonly number[]>([])
  const text = JSON.stringify(content)
  useLayoutEffect(() => {
    const element = canvas.current
    if (!element) return
    const plan = drawPicture(element, pictureSize(window.screen, window.devicePixelRatio), content)
    setLeft(plan?.left ?? [])
    return () => {
      // Nothing of the picture stays in memory with an element that React may keep.
      element.width = 0
      element.height = 0
    }
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the content by its text
  }, [canvas, text])
  const found = lines.filter((_, index) => left.includes(index))
  return (
    <Stack gap="sm">
      <p>{t('emergencyCard.pictureHint')}</p>
      <canvas ref={canvas} className={styles.picture} role="img" aria-label={label} data-testid="card-picture" />
      {found.length > 0 ? (
        <Banner status="attention">{t('emergencyCard.notInPicture', { what: leftWords(found) })}</Banner>
      ) : null}
    </Stack>
  )
}

function instant(): string {
  return new Date().toISOString()
}
