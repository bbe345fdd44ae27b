/**
 * One page for my doctor: sections ticked and ordered beside the page itself; Print hands exactly that page to the system's print dialogue, and the
 * same facts go out as a file for the doctor's own program.
 */
import { Button, Group } from '@mantine/core'
import { IconFileExport, IconPrinter } from '@tabler/icons-react'
import type { ChartRecord } from '@chartkeep/sync'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ChartName } from '../../app/people/use-chart-label.ts'
import { mayDo, useApp, useChart, useSession } from '../../app/context/app-context.tsx'
import { Delayed } from '../../app/hooks/delayed.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { deathOf, deathWords } from '../../app/words/chart-patient.ts'
import { identityOf, sectionOf } from '../../app/glance/summary.ts'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { usePaperAction } from '../../app/device/use-paper-action.ts'
import { formatDate, formatDay, formatTime } from '../../i18n/dates.ts'
import { currentLanguage, LANGUAGES } from '../../i18n/index.ts'
import { say } from '../../i18n/said.ts'
import { ScreenHead } from '../../ui/display/card.tsx'
import { fillColumns, pagesOf } from '../../ui/paper/paginate.ts'
import { firstPart } from '../../ui/display/first-part.ts'
import { Measure, MM, PAPERS, Preview, PrintRoot, usualPaper } from '../../ui/paper/paper.tsx'
import { Question } from '../../ui/dialogs/question.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'
import { codeWord } from '../../app/words/record-facts.ts'
import { pageBlocks } from './page-blocks.ts'
import { firstLayout, PAGE_SETTING, type PageLayout, readLayout } from './page-layout.ts'
import { PageOptions } from './page-options.tsx'
import { Block, COLUMNS, Foot, Head, type PageHead, PageSheets } from './page-sheet.tsx'
import styles from './page.module.css'
import { summaryFile } from './summary-file.ts'

export function PageScreen() {
  const { chart, summary } = useChart()
  const records = useObservable(chart.all$)
  return (
    <Screen word="page" focusKey={summary.slot}>
      {records === undefined ? <Delayed /> : <OnePage records={records} />}
    </Screen>
  )
}

function OnePage({ records }: { records: readonly ChartRecord[] }) {
  const { t, i18n } = useTranslation()
  const session = useSession()
  const { platform } = useApp()
  const { summary, views } = useChart()
  const [isAsking, setAsking] = useState(false)
  const [wasSaved, setSaved] = useState(false)
  const [layout, setLayout] = useState(() =>
    readLayout(session.setting(PAGE_SETTING), firstLayout(currentLanguage(), usualPaper())),
  )
  const [now, setNow] = useState(() => new Date())
  const [heights, setHeights] = useState<ReadonlyMap<string, number>>(new Map())
  const change = (part: Partial<PageLayout>) => {
    const next = { ...layout, ...part }
    setLayout(next)
    setSaved(false)
    // A layout that could not be kept is chosen again another time; the page in view is not touched.
    session.setSetting(PAGE_SETTING, JSON.stringify(next)).catch(() => {})
  }
  const languages = layout.language === 'both' ? LANGUAGES : [layout.language]
  const chosen = layout.order.filter((name) => !layout.left.includes(name))
  const sections = useMemo(
    () =>
      chosen.map((name) =>
        sectionOf(name, { records, views, now, mayRead: (collection) => mayDo(summary, collection, 'read') }),
      ),
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the sections by their names
    [records, views, summary, now, chosen.join()],
  )
  const blocks = useMemo(() => pageBlocks(sections, layout.newest), [sections, layout.newest])
  const action = usePaperAction('one-page-summary', blocks.filter(({ line }) => line !== null).length)
  const head = useMemo(() => headOf(records, summary.name, now), [records, summary.name, now])
  const size = PAPERS[layout.paper]
  const inner = { width: size.width - 2 * size.edge, height: size.height - 2 * size.edge }
  // The taller of head and foot as they can be; a line of slack for what a printer rounds.
  const room = inner.height * MM - (heights.get('head') ?? 0) - (heights.get('foot') ?? 0) - 20
  const pages = pagesOf(fillColumns(blocks, heights, Math.max(room, 200)), COLUMNS)
  const sheets = (isReflowed: boolean) => (
    <PageSheets pages={pages} head={head} paper={layout.paper} languages={languages} isReflowed={isReflowed} />
  )
  const print = () => {
    setNow(new Date())
    void action.run('printed', () => platform.print())
  }
  const saveFile = () => {
    setAsking(false)
    const noRight = sections.filter(({ nothing }) => nothing === 'no-right').map(({ name }) => name)
    void action
      .run('exported', async () => {
        const text = summaryFile({
          records,
          views,
          chartName: summary.name,
          chosen,
          blocks,
          noRight,
          languages,
          now: new Date(),
        })
        await platform.saveFile(
          'chartkeep-summary-NOT-PROTECTED.json',
          new Blob([text], { type: 'application/fhir+json' }),
        )
      })
      .then(setSaved)
  }
  const columnWidth = `calc((${inner.width}mm - 6mm) / ${COLUMNS})`
  return (
    <>
      <ScreenHead
        title={t('screen.page')}
        actions={
          <>
            <Button
              leftSection={<IconPrinter size={20} />}
              onClick={print}
              disabled={chosen.length === 0}
              loading={action.isBusy}
            >
              {t('deed.print')}
            </Button>
            <Button
              variant="default"
              leftSection={<IconFileExport size={20} />}
              onClick={() => setAsking(true)}
              disabled={chosen.length === 0}
              loading={action.isBusy}
            >
              {t('onePage.file')}
            </Button>
          </>
        }
      >
        <ChartName of={summary} />
      </ScreenHead>
      <p>{t('onePage.intro')}</p>
      <div role="status">{wasSaved ? <Banner status="attention">{t('onePage.fileSaved')}</Banner> : null}</div>
      <Question
        isOpen={isAsking}
        title={t('onePage.fileSure')}
        problem=""
        stay={t('onePage.fileStay')}
        go={t('onePage.fileGo')}
        isWorking={false}
        onStay={() => setAsking(false)}
        onGo={saveFile}
      >
        <p>{t('onePage.fileWhat')}</p>
        <p>{t('onePage.fileWarning')}</p>
      </Question>
      <div className={styles.layout}>
        <PageOptions layout={layout} change={change} />
        <section aria-label={t('paper.preview')}>
          <Group mb="sm">
            <p role="status">
              {chosen.length === 0
                ? t('onePage.none')
                : pages.length === 1
                  ? t('onePage.fits')
                  : t('onePage.pages', { count: pages.length })}
            </p>
          </Group>
          {action.hasFailed ? (
            <Banner status="danger" urgent>
              {t('paper.failed')}
            </Banner>
          ) : (
            <Banner status="attention">{t('paper.leaves')}</Banner>
          )}
          {chosen.length === 0 ? null : <Preview paper={layout.paper}>{sheets}</Preview>}
        </section>
      </div>
      {chosen.length === 0 ? null : <PrintRoot>{sheets(false)}</PrintRoot>}
      <Measure
        key={`${layout.paper} ${layout.language} ${i18n.language}`}
        width={columnWidth}
        items={[
          ...blocks.map((block) => ({ key: block.key, node: <Block block={block} languages={languages} /> })),
          {
            key: 'head',
            node: (
              <div style={{ width: `${inner.width}mm` }}>
                <Head head={head} languages={languages} />
              </div>
            ),
          },
          {
            key: 'foot',
            node: (
              <div style={{ width: `${inner.width}mm` }}>
                <Foot page={0} pages={2} rest={chosen} languages={languages} />
              </div>
            ),
          },
        ]}
        onHeights={setHeights}
      />
    </>
  )
}

function headOf(records: readonly ChartRecord[], chartName: string, now: Date): PageHead {
  const { name, birthDate, gender, recordNumbers, bloodType } = identityOf(records, chartName)
  const death = deathOf(records, now)
  const newest = Math.max(
    0,
    ...records.filter(({ collection }) => collection !== 'audit').map(({ savedAt }) => savedAt),
  )
  return {
    name: firstPart(name),
    facts: [
      say((t, language) =>
        birthDate === ''
          ? t('summary.bornNotGiven')
          : t('summary.born', { date: formatDate(birthDate, language, 'gregorian') }),
      ),
      ...(death === null ? [] : [say((t, language) => deathWords(death, t, language, 'gregorian'))]),
      ...(gender === '' ? [] : [say((t) => codeWord(gender, t))]),
      ...(bloodType === '' ? [] : [say((t) => t('summary.blood', { type: bloodType }))]),
      ...recordNumbers.map((number) => say((t) => t('summary.number', { number }))),
    ],
    printed: say((t, language) => {
      const timeOf = (moment: Date) => `${formatDay(moment, language, 'gregorian')} ${formatTime(moment)}`
      const state = newest === 0 ? t('paper.emptyChart') : t('paper.newest', { time: timeOf(new Date(newest)) })
      return `${t('paper.printed', { time: timeOf(now) })} ${state}`
    }),
  }
}
