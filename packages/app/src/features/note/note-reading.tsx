/** A note as it stands, and what a member may do with it: sign, ask, decline, amend, add, give it to the patient, save its proof. */
import { Button } from '@mantine/core'
import { authorsOf, isBlankNote, meaningFor, takesMore, waitsForMember, signingRoles } from '@chartkeep/domain'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useChartLabel } from '../../app/people/use-chart-label.ts'
import { useChart } from '../../app/context/app-context.tsx'
import { Addenda, BrokenBanner, NoteText } from '../../app/care/notes/note-reading.tsx'
import { republish, signVersion, takeBackRequest, type NoteProblem } from '../../app/care/notes/note-actions.ts'
import { noteMark, noteProblem } from '../../app/care/notes/note-words.ts'
import type { CareNote, CareVisit } from '../../app/care/notes/notes.ts'
import { MayNot } from '../../app/practice/may-not.tsx'
import { usePractice } from '../../app/practice/practice-context.tsx'
import { rolesText } from '../../app/practice/roles-text.ts'
import { SignatureList } from '../../app/care/notes/signature-list.tsx'
import { useAction } from '../../app/actions/use-action.ts'
import { formatDate, formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card, ScreenHead } from '../../ui/display/card.tsx'
import { Problem, StatusMark } from '../../ui/display/status-mark.tsx'
import styles from '../../app/care/notes/note.module.css'
import { AddendumForm } from './addendum-form.tsx'
import { AskForm } from './ask-form.tsx'
import { DeclineForm } from './decline-form.tsx'
import { NoteProof } from './note-proof.tsx'
import { NoteVersions } from './note-versions.tsx'
import { SharedCard } from './shared-card.tsx'
import { BackToVisit } from './back-to-visit.tsx'

export function NoteReading({ visit, note, onEdit }: { visit: CareVisit | null; note: CareNote; onEdit: () => void }) {
  const { t } = useTranslation()
  const labelOf = useChartLabel()
  const { summary } = useChart()
  const view = usePractice()
  const { practice } = view
  const [open, setOpen] = useState<'ask' | 'decline' | 'addendum' | null>(null)
  const { isWorking, problem, run: runAction } = useAction()
  const language = currentLanguage()
  const { record, form, state, signatures, requests } = note
  const isSigned = state === 'signed' || state === 'amended'
  const hasSigned = signatures.some(
    ({ ofCurrent, meaning: said, state: judged }) =>
      ofCurrent && judged.type === 'holds' && said !== 'decline' && said !== 'review',
  )
  const me = { id: practice.me.id, roles: practice.me.roles }
  const mine = waitsForMember(requests, me)
  const asked = mine[0]?.request ?? null
  const didSign = signatures.some(
    ({ ofCurrent, who, meaning, state: judged }) =>
      ofCurrent && who.me && meaning !== 'decline' && judged.type === 'holds',
  )
  const isWhole = note.resource['status'] !== 'preliminary' && !isBlankNote(form)
  const maySign = practice.may('sign-note') && isWhole && state !== 'broken' && (asked !== null || !didSign)
  const isOpen = visit === null || takesMore(visit.resource)
  const mayWrite = practice.may('write-note') && isOpen && state !== 'broken'
  // What is added is signed at once.
  const mayAdd = practice.may('sign-note') && hasSigned && state !== 'broken'
  const names = authorsOf(note.resource).map(({ name }) => name)
  const meaning = meaningFor(signatures, record.revision, asked?.meaning ?? null, me.roles)

  /** `brings`: what the patient has follows, which is only ever a version that somebody stands for. */
  const run = (work: () => Promise<NoteProblem | null>, brings = hasSigned): Promise<boolean> =>
    runAction(async () => {
      const failed = await work()
      if (failed !== null) return noteProblem(failed, t)
      setOpen(null)
      if (brings) await republish(view, record, summary.slot)
      return ''
    })
  return (
    <>
      <BackToVisit visit={visit} />
      <ScreenHead title={form.title}>
        <StatusMark status={noteMark(note, t).status}>{noteMark(note, t).word}</StatusMark>
        <p>
          {[
            labelOf(summary),
            t(`note.type.${form.type}`),
            ...(visit === null ? [] : [t('note.visitOf', { time: formatDate(visit.form.start, language) })]),
            t('note.writtenBy', { names: names.join(t('share.comma')) || t('audit.someone') }),
          ].join(' · ')}
        </p>
      </ScreenHead>
      <BrokenBanner signatures={signatures} record={note.record} />
      <Problem text={problem} />
      <div className={styles.columns}>
        <div>
          <Card title={formatMoment(new Date(record.savedAt), language)}>
            <NoteText resource={note.resource} />
            {open === null ? (
              <>
                {maySign ? (
                  <p>{t('sign.me', { name: practice.me.name, role: rolesText(signingRoles(practice.me.roles), t) })}</p>
                ) : null}
                <div className={styles.actions}>
                  {maySign ? (
                    <Button
                      onClick={() =>
                        void run(
                          () => signVersion(view, record, meaning, { requests: mine }),
                          hasSigned || meaning !== 'review',
                        )
                      }
                      loading={isWorking}
                    >
                      {t('note.signAs', {
                        name: practice.me.name,
                        roles: rolesText(signingRoles(practice.me.roles), t),
                      })}
                    </Button>
                  ) : null}
                  {asked !== null && practice.may('sign-note') ? (
                    <Button variant="default" onClick={() => setOpen('decline')}>
                      {t('sign.decline')}
                    </Button>
                  ) : null}
                  {mayWrite && !hasSigned ? (
                    <Button variant="default" onClick={onEdit}>
                      {t('note.edit')}
                    </Button>
                  ) : null}
                  {mayWrite && hasSigned && !record.waiting ? (
                    <Button variant="default" onClick={onEdit}>
                      {t('note.amend')}
                    </Button>
                  ) : null}
                  {practice.may('write-note') && isWhole && state !== 'broken' ? (
                    <Button variant="default" onClick={() => setOpen('ask')}>
                      {t('sign.ask')}
                    </Button>
                  ) : null}
                  {mayAdd ? (
                    <Button variant="default" onClick={() => setOpen('addendum')}>
                      {t('note.addAddendum')}
                    </Button>
                  ) : null}
                </div>
              </>
            ) : null}
            {isWhole && state !== 'broken' ? <MayNot what="sign-note" /> : null}
            {isWhole && hasSigned && state !== 'broken' ? <MayNot what="co-sign-note" /> : null}
            {isOpen || state === 'broken' ? null : <p>{t('note.locked')}</p>}
            {!isOpen && mayAdd ? <p>{t('note.lockedAdd')}</p> : null}
            {hasSigned && record.waiting && isOpen ? <p>{t('note.amendWait')}</p> : null}
          </Card>
          {open === 'ask' ? <AskForm note={note} onDone={() => setOpen(null)} /> : null}
          {open === 'decline' ? (
            <DeclineForm
              slot={record.doc}
              isWorking={isWorking}
              onCancel={() => setOpen(null)}
              onDecline={(comment) => run(() => signVersion(view, record, 'decline', { comment, requests: mine }))}
            />
          ) : null}
          {open === 'addendum' ? (
            <AddendumForm
              note={note}
              onCancel={() => setOpen(null)}
              onDone={() => void run(() => Promise.resolve(null))}
            />
          ) : null}
          <Addenda addenda={note.addenda} />
          <NoteVersions note={note} />
        </div>
        <div>
          <Card title={t('sign.list')}>
            <SignatureList signatures={signatures} record={note.record} />
            {signatures.length > 0 ? <NoteProof record={record} /> : null}
          </Card>
          {requests.length === 0 ? null : (
            <Card title={t('sign.requests')}>
              <ul className={styles.signatures}>
                {requests.map((each) => (
                  <li key={each.request.task.id}>
                    <StatusMark status={REQUEST_STATUS[each.state]}>
                      {t('joined.label', {
                        label:
                          each.request.signer?.name ??
                          t('sign.askRole', { role: t(`role.${each.request.role ?? 'physician'}`) }),
                        text: t(`sign.requestState.${each.state}`),
                      })}
                    </StatusMark>
                    <p className={styles.kind}>
                      {[
                        t(`sign.askWhat.${each.request.meaning}`),
                        each.request.due === ''
                          ? t('sign.noDue')
                          : t('sign.due', { time: formatDate(each.request.due, language) }),
                      ].join(' · ')}
                    </p>
                    {each.answer?.comment ? <p>{each.answer.comment}</p> : null}
                    {each.request.message === '' ? null : <p>{each.request.message}</p>}
                    {each.state === 'waiting' && each.request.by?.id === me.id ? (
                      <Button variant="subtle" onClick={() => void run(() => takeBackRequest(view, each))}>
                        {t('sign.takeBack')}
                      </Button>
                    ) : null}
                  </li>
                ))}
              </ul>
            </Card>
          )}
          {isSigned || hasSigned ? <SharedCard note={note} visit={visit} /> : null}
        </div>
      </div>
    </>
  )
}

const REQUEST_STATUS = {
  waiting: 'info',
  signed: 'good',
  declined: 'attention',
  outdated: 'attention',
  cancelled: 'neutral',
} as const
