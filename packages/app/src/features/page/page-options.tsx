/** What the page shows: sections ticked and ordered, how many results, language and paper. */
import { Button, NativeSelect, Stack } from '@mantine/core'
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { currentLanguage } from '../../i18n/index.ts'
import type { PaperSize } from '../../ui/paper/paper.tsx'
import { sectionSaid } from './page-blocks.ts'
import { moved, type PageLayout, RESULT_LIMITS } from './page-layout.ts'
import styles from './page.module.css'

export function PageOptions({ layout, change }: { layout: PageLayout; change: (part: Partial<PageLayout>) => void }) {
  const { t } = useTranslation()
  // On a phone the page itself comes first.
  const [isWide] = useState(() => window.matchMedia('(min-width: 75em)').matches)
  return (
    <details className={styles.options} open={isWide}>
      <summary>{t('onePage.change')}</summary>
      <Stack gap="md">
        <fieldset className={styles.sections}>
          <legend>{t('onePage.sections')}</legend>
          {layout.order.map((name, index) => {
            const label = sectionSaid(name)[currentLanguage()]
            return (
              <div key={name} className={styles.section}>
                <label>
                  <input
                    type="checkbox"
                    checked={!layout.left.includes(name)}
                    onChange={(event) =>
                      change({
                        left: event.currentTarget.checked
                          ? layout.left.filter((other) => other !== name)
                          : [...layout.left, name],
                      })
                    }
                  />
                  <span>{label}</span>
                </label>
                <Button
                  variant="subtle"
                  px="xs"
                  aria-label={t('onePage.up', { section: label })}
                  disabled={index === 0}
                  onClick={() => change({ order: moved(layout.order, name, -1) })}
                >
                  <IconArrowUp size={20} aria-hidden="true" />
                </Button>
                <Button
                  variant="subtle"
                  px="xs"
                  aria-label={t('onePage.down', { section: label })}
                  disabled={index === layout.order.length - 1}
                  onClick={() => change({ order: moved(layout.order, name, 1) })}
                >
                  <IconArrowDown size={20} aria-hidden="true" />
                </Button>
              </div>
            )
          })}
        </fieldset>
        <NativeSelect
          label={t('onePage.results')}
          value={String(layout.newest)}
          onChange={(event) => change({ newest: Number(event.currentTarget.value) })}
          data={RESULT_LIMITS.map((limit, index) => ({
            value: String(limit),
            label: index === RESULT_LIMITS.length - 1 ? t('onePage.allResults') : t('onePage.newest', { n: limit }),
          }))}
        />
        <NativeSelect
          label={t('paper.language')}
          value={layout.language}
          onChange={(event) => change({ language: event.currentTarget.value as PageLayout['language'] })}
          data={[
            { value: 'en', label: t('paper.english') },
            { value: 'zh-Hant-TW', label: t('paper.chinese') },
            { value: 'both', label: t('paper.both') },
          ]}
        />
        <NativeSelect
          label={t('paper.format')}
          value={layout.paper}
          onChange={(event) => change({ paper: event.currentTarget.value as PaperSize })}
          data={[
            { value: 'a4', label: t('paper.a4') },
            { value: 'letter', label: t('paper.letter') },
          ]}
        />
        <p>{t('onePage.how')}</p>
      </Stack>
    </details>
  )
}
