/** Asking for a signature: who or which role, what for, until when. */
import { Button, NativeSelect, Stack, Textarea } from '@mantine/core'
import { ASKED_MEANINGS, mayDoInPractice, type AskedMeaning, type PracticeRole } from '@chartkeep/domain'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useChart } from '../../app/app-context.tsx'
import { askToSign } from '../../app/care/note-deeds.ts'
import { noteProblem } from '../../app/care/note-words.ts'
import type { CareNote } from '../../app/care/notes.ts'
import { usePractice } from '../../app/care/practice-context.tsx'
import { useObservable } from '../../app/use-observable.ts'
import { useDeed } from '../../app/use-deed.ts'
import { Card } from '../../ui/card.tsx'
import { parseDateEntry } from '../../ui/date-entry.ts'
import { DateField } from '../../ui/date-field.tsx'
import { Problem } from '../../ui/status-mark.tsx'

/** Roles that may sign, as a whole. */
const ROLES: readonly PracticeRole[] = ['physician', 'nurse']

export function AskForm({ note, onDone }: { note: CareNote; onDone: () => void }) {
  const { t } = useTranslation()
  const { summary } = useChart()
  const view = usePractice()
  const members = useObservable(view.practice.members$) ?? []
  const [who, setWho] = useState('')
  const [meaning, setMeaning] = useState<AskedMeaning>('author')
  const [due, setDue] = useState('')
  const [message, setMessage] = useState('')
  const { isWorking, problem, setProblem, run } = useDeed()
  const deed = meaning === 'co-sign' ? 'co-sign-note' : 'sign-note'
  const signers = members.filter(({ removed, roles }) => !removed && mayDoInPractice(roles, deed))
  const ask = async () => {
    const signer = signers.find(({ id }) => id === who)
    const role =
      signer?.roles.find((each) => mayDoInPractice([each], deed)) ?? ROLES.find((each) => `role:${each}` === who)
    if (role === undefined) return setProblem(t('sign.askWhoMissing'))
    const until = due.trim() === '' ? '' : parseDateEntry(due)
    if (until === null) return setProblem(t('sign.badDue'))
    const asked = {
      signer: signer === undefined ? null : { id: signer.id, name: signer.name },
      role,
      meaning,
      due: until,
      message,
    }
    const isDone = await run(async () => {
      const failed = await askToSign(view, summary, note.record, asked)
      return failed === null ? '' : noteProblem(failed, t)
    })
    if (isDone) onDone()
  }
  return (
    <Card title={t('sign.ask')}>
      <Stack gap="md">
        <Problem text={problem} />
        <NativeSelect
          label={t('sign.askMeaning')}
          value={meaning}
          onChange={(event) => setMeaning(event.currentTarget.value as AskedMeaning)}
          data={ASKED_MEANINGS.map((value) => ({ value, label: t(`sign.askWhat.${value}`) }))}
        />
        <NativeSelect
          label={t('sign.askWho')}
          value={who}
          onChange={(event) => setWho(event.currentTarget.value)}
          data={[
            { value: '', label: t('deed.choose') },
            ...signers.map(({ id, name }) => ({ value: id, label: name })),
            ...ROLES.filter((role) => mayDoInPractice([role], deed)).map((role) => ({
              value: `role:${role}`,
              label: t('sign.askRole', { role: t(`role.${role}`) }),
            })),
          ]}
        />
        <DateField id="sign-due" label={t('sign.askDue')} value={due} onChange={setDue} />
        <Textarea
          label={t('sign.askMessage')}
          value={message}
          maxLength={2000}
          onChange={(event) => setMessage(event.currentTarget.value)}
          autosize
          minRows={2}
        />
        <Button onClick={() => void ask()} loading={isWorking}>
          {t('sign.askSend')}
        </Button>
        <Button variant="default" onClick={onDone}>
          {t('deed.cancel')}
        </Button>
      </Stack>
    </Card>
  )
}
