/**
 * The frame around every screen of an open chart: header (person, search, sync), bottom bar of five on a phone, rail
 * from 48em, side bar of 240 px from 62em. The order of the five never changes.
 */
import { IconLock, IconPlus, IconSearch } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Brand } from './brand.tsx'
import { PersonChip, type PersonLabel } from '../display/person-chip.tsx'
import { SyncChip, type SyncState } from './sync-chip.tsx'
import styles from './app-frame.module.css'

/** A place in the frame. `count` needs the person; `total` only tells how many there are. */
export interface Place {
  key: string
  label: string
  /** Null where pressing it opens a sheet, by `onPress`. */
  href: string | null
  onPress?: () => void
  icon: ReactNode
  count?: number
  /** Keys of screens that belong to this place and have no row of their own. */
  covers?: readonly string[]
}

/**
 * `before` and `after` are the two places on each side of (+); the side bar has these four, or those of `side`. `search` is the field of
 * the desktop header. `tabs` are under the header, and `strip` is under the tabs and never scrolls off; on a phone the header makes room
 * for it.
 */
export function AppFrame({
  person,
  personWords,
  onPerson,
  sync,
  syncHref,
  onLock,
  before,
  after,
  side = [...before, ...after],
  current,
  onAdd,
  search,
  searchHref,
  searchWords,
  tabs,
  strip,
  notice,
  children,
}: {
  person: PersonLabel | null
  /** What the chip of the person is for screen readers, where it is not whose chart is in view. */
  personWords?: string
  onPerson: () => void
  sync: SyncState
  syncHref: string
  onLock: () => void
  before: readonly Place[]
  after: readonly Place[]
  side?: readonly Place[]
  current: string
  onAdd: (() => void) | null
  search?: ReactNode
  searchHref: string
  searchWords?: string
  tabs?: ReactNode
  strip?: ReactNode
  notice?: ReactNode
  children: ReactNode
}) {
  const { t } = useTranslation()
  return (
    <div className={styles.frame} data-strip={strip ? true : undefined}>
      <a className="ck-skip" href="#main-content" onClick={focusMain}>
        {t('app.skip')}
      </a>
      <nav className={`${styles.side} ck-screen-only`} aria-label={t('frame.main')}>
        <div className={styles.brand}>
          <Brand />
          <button type="button" className={styles.lock} aria-label={t('sheet.lock')} onClick={onLock}>
            <IconLock size={20} aria-hidden="true" />
          </button>
        </div>
        <div className={styles.who}>
          <PersonChip person={person} onOpen={onPerson} {...(personWords ? { words: personWords } : {})} />
        </div>
        {onAdd ? (
          <button type="button" className={styles.sideAdd} onClick={onAdd}>
            <IconPlus size={20} aria-hidden="true" />
            <span>{t('deed.add')}</span>
          </button>
        ) : null}
        {side.map((place) => (
          <PlaceLink key={place.key} place={place} current={current} />
        ))}
        <div className={styles.foot}>
          <SyncChip state={sync} href={syncHref} />
        </div>
      </nav>
      <div className={styles.column}>
        <header className={`${styles.header} ck-screen-only`} aria-label={t('frame.header')}>
          <div className={styles.headWho}>
            <PersonChip person={person} onOpen={onPerson} {...(personWords ? { words: personWords } : {})} />
          </div>
          <div className={styles.search}>{search}</div>
          <div className={styles.headSync}>
            <SyncChip state={sync} href={syncHref} />
          </div>
          <a className={styles.searchLink} href={searchHref} aria-label={searchWords ?? t('frame.search')}>
            <IconSearch size={24} aria-hidden="true" />
          </a>
        </header>
        {tabs}
        {strip}
        <section className={styles.notices} aria-label={t('frame.notices')}>
          {notice}
        </section>
        <main id="main-content" className={styles.main} tabIndex={-1}>
          {children}
        </main>
      </div>
      <nav className={`${styles.bar} ck-screen-only`} aria-label={t('frame.main')}>
        {before.map((place) => (
          <PlaceLink key={place.key} place={place} current={current} />
        ))}
        <button type="button" className={styles.barAdd} onClick={onAdd ?? undefined} disabled={!onAdd}>
          <span className={styles.plus}>
            <IconPlus size={24} aria-hidden="true" />
          </span>
          <span>{t('deed.add')}</span>
        </button>
        {after.map((place) => (
          <PlaceLink key={place.key} place={place} current={current} />
        ))}
      </nav>
    </div>
  )
}

function PlaceLink({ place, current }: { place: Place; current: string }) {
  const { t } = useTranslation()
  const isCurrent = current === place.key || (place.covers?.includes(current) ?? false)
  const inside = (
    <>
      <span className={styles.placeIcon}>
        {place.icon}
        {place.count ? (
          <span className={styles.badge} aria-hidden="true">
            {place.count}
          </span>
        ) : null}
      </span>
      <span>{place.label}</span>
      {place.count ? <span className="ck-hidden">{t('frame.needsYou', { count: place.count })}</span> : null}
    </>
  )
  if (place.href === null)
    return (
      <button type="button" className={styles.place} onClick={place.onPress} data-current={isCurrent || undefined}>
        {inside}
      </button>
    )
  return (
    <a
      className={styles.place}
      href={place.href}
      aria-current={current === place.key ? 'page' : undefined}
      data-current={isCurrent || undefined}
    >
      {inside}
    </a>
  )
}

/** The hash of the address belongs to the router, so the skip link moves the focus by itself. */
function focusMain(event: { preventDefault(): void }): void {
  event.preventDefault()
  document.getElementById('main-content')?.focus()
}
