/** A file from memory, as its bytes say what it is; honest where it cannot be shown. Each way of showing is loaded when it is needed. */
import { type ReactNode, Suspense, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { EmptyState } from '../display/empty-state.tsx'
import { CcdaView } from './ccda-view.tsx'
import { FhirView } from './fhir-view.tsx'
import { contentOf } from './file-content.ts'
import { ImageView } from './image-view.tsx'
import { TextView } from './text-view.tsx'
import { lazyPart } from '../display/lazy-part.ts'

const PdfView = lazyPart(
  () => import('./pdf-view.tsx'),
  (part) => part.PdfView,
)

/** `save`: the button for what cannot be shown. `bytes` may be taken over by what shows them. */
export function FileView({
  bytes,
  name,
  contentType,
  save,
}: {
  bytes: Uint8Array<ArrayBuffer>
  name: string
  contentType: string
  save: ReactNode
}) {
  const { t } = useTranslation()
  const shown = useMemo(() => contentOf(bytes, name, contentType), [bytes, name, contentType])
  const broken = (
    <EmptyState title={t('viewer.broken')} action={save}>
      {t('viewer.brokenText')} {t('viewer.unprotected')}
    </EmptyState>
  )
  switch (shown.type) {
    case 'pdf':
      return (
        <Suspense fallback={<p aria-busy="true">{t('viewer.loading')}</p>}>
          <PdfView bytes={bytes} name={name} broken={broken} />
        </Suspense>
      )
    case 'picture':
      return (
        <ImageView
          bytes={bytes}
          contentType={shown.contentType}
          name={name}
          broken={broken}
          tooLarge={
            <EmptyState title={t('viewer.large')} action={save}>
              {t('viewer.brokenText')} {t('viewer.unprotected')}
            </EmptyState>
          }
        />
      )
    case 'ccda':
      return (
        <CcdaView document={shown.document}>
          {shown.document.embedded === null ? null : (
            <FileView
              bytes={shown.document.embedded.bytes}
              name={name}
              contentType={shown.document.embedded.contentType}
              save={save}
            />
          )}
        </CcdaView>
      )
    case 'fhir':
      return <FhirView resource={shown.resource} />
    case 'text':
      return <TextView text={shown.text} name={name} />
    case 'cannot':
      return (
        <EmptyState title={t('viewer.cannot')} action={save}>
          {t('viewer.cannotText')} {t('viewer.unprotected')}
        </EmptyState>
      )
  }
}
