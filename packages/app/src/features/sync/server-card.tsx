/** The server of this account: which one it is; an account without one gets one, and one that has one may move its charts (S10). */
import { Box, Button, Group, Stack, TextInput } from '@mantine/core'
import type { ServerFound, ServerMove, SyncStatus } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApp, useSession } from '../../app/context/app-context.tsx'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card, Facts } from '../../ui/display/card.tsx'
import { ChooseOne } from '../../ui/fields/choices.tsx'
import { Problem } from '../../ui/display/status-mark.tsx'

export function ServerCard({ status }: { status: SyncStatus }) {
  const { t } = useTranslation()
  const [isMoving, setMoving] = useState(false)
  const { server } = status
  if (server === null) return <Connect />
  return (
    <Card title={t('sync.server')}>
      <Facts
        items={[
          { label: t('sync.server'), value: server.address },
          { label: t('sync.fingerprint'), value: <Fingerprint text={server.fingerprint} /> },
          {
            label: t('sync.lastConfirmed'),
            value:
              status.confirmedAt === null
                ? t('sync.never')
                : formatMoment(new Date(status.confirmedAt), currentLanguage()),
          },
        ]}
      />
      {isMoving ? (
        <Move current={server.address} onClose={() => setMoving(false)} />
      ) : (
        <Button variant="default" mt="md" onClick={() => setMoving(true)}>
          {t('server.move')}
        </Button>
      )}
    </Card>
  )
}

function Fingerprint({ text }: { text: string }) {
  return (
    <span className="ck-code" style={{ overflowWrap: 'anywhere' }}>
      {text}
    </span>
  )
}

/** An account that was made without a server. */
function Connect() {
  const { t } = useTranslation()
  const session = useSession()
  const own = useApp().platform.ownServer
  const [address, setAddress] = useState(own ?? '')
  const [problem, setProblem] = useState('')
  const connect = async (event: FormEvent) => {
    event.preventDefault()
    const outcome = await session.connectServer(address)
    setProblem(outcome.type === 'bad-address' ? t('server.badAddress') : '')
  }
  return (
    <Card title={t('server.connect')}>
      <p>{t('server.connectWhat')}</p>
      <form onSubmit={(event) => void connect(event)} noValidate autoComplete="off">
        <Stack gap="md" align="flex-start">
          <AddressField value={address} problem={problem} isFixed={own !== null} onChange={setAddress} />
          <Button type="submit">{t('server.connect')}</Button>
        </Stack>
      </form>
    </Card>
  )
}

function AddressField({
  value,
  problem,
  isFixed,
  onChange,
}: {
  value: string
  problem: string
  isFixed: boolean
  onChange: (value: string) => void
}) {
  const { t } = useTranslation()
  return (
    <TextInput
      w="100%"
      maw={420}
      type="url"
      label={t('server.address')}
      description={t('server.addressHint')}
      value={value}
      error={problem || undefined}
      readOnly={isFixed}
      onChange={(event) => onChange(event.currentTarget.value)}
      autoComplete="off"
      autoCapitalize="none"
      spellCheck={false}
    />
  )
}

type Found = Extract<ServerFound, { type: 'found' }>

/** First who answers there, then the person's word that it is the right one. */
function Move({ current, onClose }: { current: string; onClose: () => void }) {
  const { t } = useTranslation()
  const session = useSession()
  // A page from a server may reach that one only; the desktop app reaches any.
  const own = useApp().platform.ownServer
  const [address, setAddress] = useState(own ?? current)
  const [found, setFound] = useState<Found | null>(null)
  const [problem, setProblem] = useState('')
  const [isWorking, setWorking] = useState(false)
  const look = async (event: FormEvent) => {
    event.preventDefault()
    setWorking(true)
    setProblem('')
    const answer = await session.findServer(address)
    setWorking(false)
    if (answer.type === 'found') setFound(answer)
    else setProblem(refusalText(answer, t))
  }
  return (
    <Box component="section" aria-labelledby="move-title" mt="lg">
      <h3 id="move-title">{t('server.moveTitle')}</h3>
      {found === null ? (
        <form onSubmit={(event) => void look(event)} noValidate autoComplete="off">
          <Stack gap="md" align="flex-start">
            {own === null ? (
              <AddressField value={address} problem="" isFixed={false} onChange={setAddress} />
            ) : (
              <p>{t('server.moveOwn', { address: own })}</p>
            )}
            <Problem text={problem} />
            <Group gap="sm">
              <Button type="submit" loading={isWorking}>
                {t('server.look')}
              </Button>
              <Button variant="default" onClick={onClose}>
                {t('deed.cancel')}
              </Button>
            </Group>
          </Stack>
        </form>
      ) : (
        <Compare found={found} onClose={onClose} />
      )}
    </Box>
  )
}

function Compare({ found, onClose }: { found: Found; onClose: () => void }) {
  const { t } = useTranslation()
  const session = useSession()
  const [how, setHow] = useState('begin')
  const [problem, setProblem] = useState('')
  const [isWorking, setWorking] = useState(false)
  const move = async () => {
    setWorking(true)
    setProblem('')
    const { address, fingerprint } = found
    const outcome = await session.moveServer(address, { follow: how === 'follow', fingerprint })
    setWorking(false)
    if (outcome.type === 'done') onClose()
    else setProblem(refusalText(outcome, t))
  }
  return (
    <Stack gap="md" align="flex-start">
      <p role="status">{t('server.found')}</p>
      <Facts
        items={[
          { label: t('sync.server'), value: found.address },
          { label: t('sync.fingerprint'), value: <Fingerprint text={found.fingerprint} /> },
        ]}
      />
      <p>{t('server.differs')}</p>
      <ChooseOne
        id="move-how"
        legend={t('server.how')}
        value={how}
        isOptional={false}
        onChange={setHow}
        choices={[
          { value: 'begin', label: t('server.begin') },
          { value: 'follow', label: t('server.follow') },
        ]}
      />
      <ul>
        <li>{t('server.brings')}</li>
        {how === 'begin' ? <li>{t('server.others')}</li> : null}
        {how === 'begin' ? <li>{t('server.people')}</li> : null}
      </ul>
      <Problem text={problem} />
      <Group gap="sm">
        <Button onClick={() => void move()} loading={isWorking}>
          {t('server.go')}
        </Button>
        <Button variant="default" onClick={onClose}>
          {t('deed.cancel')}
        </Button>
      </Group>
    </Stack>
  )
}

function refusalText(refused: Exclude<ServerMove, { type: 'done' }>, t: TFunction): string {
  switch (refused.type) {
    case 'bad-address':
      return t('server.badAddress')
    case 'offline':
      return t('server.offline')
    case 'same-server':
      return t('server.same')
    case 'not-holder':
      return t('server.notHolder')
    case 'refused':
      if (refused.error === 'too-early') return t('server.tooEarly')
      return refused.error === 'server-key' ? t('server.changed') : t('server.refused')
  }
}
