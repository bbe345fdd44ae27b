/** Whom something is shared with: their code, and the words that both people compare. */
import { Button, Group, Stack, Textarea, TextInput } from '@mantine/core'
import type { Grantee } from '@chartkeep/sync'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApp, useSession } from '../context/app-context.tsx'
import { Card } from '../../ui/display/card.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'
import { CompareWords } from '../enrol/compare-words.tsx'
import { QrScanner } from '../../ui/scan/qr-scanner.tsx'

/** `onDone` runs only after "The words match". */
export function Who({ grantee: known, onDone }: { grantee: Grantee | null; onDone: (grantee: Grantee) => void }) {
  const { t } = useTranslation()
  const { platform } = useApp()
  const session = useSession()
  const [code, setCode] = useState(known?.code ?? '')
  const [found, setFound] = useState<Grantee | null>(known)
  const [name, setName] = useState(known?.name ?? '')
  const [problem, setProblem] = useState('')
  const [isLooking, setLooking] = useState(false)
  const [isDifferent, setDifferent] = useState(false)
  const look = async (given = code) => {
    setProblem('')
    setDifferent(false)
    setLooking(true)
    try {
      const answer = await session.readSharingCode(given.trim())
      if ('type' in answer) {
        setFound(null)
        const texts = {
          'bad-code': t('share.pasteBad'),
          'own-code': t('share.pasteSelf'),
          offline: t('share.offlineLook'),
          'not-found': t('share.notFound'),
          expected: t('share.expected'),
          changed: t('share.changed', { name: name || t('audit.someone') }),
        }
        return setProblem(texts[answer.type])
      }
      setFound(answer)
      setName(answer.name)
    } catch {
      setProblem(t('deed.failed'))
    } finally {
      setLooking(false)
    }
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        // The words are compared by a press of their own.
        if (!found) void look()
      }}
      noValidate
      autoComplete="off"
    >
      <Stack gap="lg">
        {found ? null : (
          <QrScanner
            choosePicture={() => platform.openFile({ accept: 'image/*', multiple: false })}
            onRead={(text) => {
              if (!text.startsWith('chartkeep:')) return false
              setCode(text)
              void look(text)
              return true
            }}
          />
        )}
        <Textarea
          id="code"
          label={t('share.paste')}
          description={t('share.pasteHint')}
          value={code}
          onChange={(event) => {
            setCode(event.currentTarget.value)
            setFound(null)
          }}
          error={problem || undefined}
          autosize
          minRows={3}
          autoComplete="off"
          spellCheck={false}
          classNames={{ input: 'ck-code' }}
        />
        {found ? (
          <>
            <TextInput
              label={t('share.name')}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              autoComplete="off"
            />
            <Card title={t('share.compare')}>
              <p>{t('share.compareHint')}</p>
              <CompareWords number={found} />
            </Card>
            {isDifferent ? (
              <Banner status="danger" urgent>
                {t('share.mismatch')}
              </Banner>
            ) : null}
            <Group gap="sm">
              <Button onClick={() => onDone({ ...found, name: name.trim() || found.name })}>{t('share.match')}</Button>
              <Button
                variant="default"
                onClick={() => {
                  setDifferent(true)
                  setFound(null)
                  setProblem(t('share.mismatch'))
                }}
              >
                {t('share.differ')}
              </Button>
            </Group>
          </>
        ) : (
          <Button type="submit" loading={isLooking} disabled={code.trim() === ''}>
            {t('deed.continue')}
          </Button>
        )}
        <p role="status">{isLooking ? t('share.looking') : ''}</p>
      </Stack>
    </form>
  )
}
