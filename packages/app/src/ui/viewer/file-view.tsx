/** A file from memory, as its bytes say what it is; honest where it cannot be shown. Each way of showing is loaded when it is needed. */
import { type CcdaDocument, readCcda, textOfFile } from '@chartkeep/interop'
import { type JsonObject, isJsonObject, parseJsonOrNull, typeOf } from '@chartkeep/domain'
import { lazy, type ReactNode, Suspense, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { EmptyState } from '../empty-state.tsx'
import { CcdaView } from './ccda-view.tsx'
import { FhirView } from './fhir-view.tsx'
import { kindOf, kindOfBytes } from './file-kind.ts'
import { ImageView } from './image-view.tsx'
import { TextView } from './text-view.tsx'

const PdfView = lazy(() => import('./pdf-view.tsx').then((part) => ({ default: part.PdfView })))

type Shown =
  | { type: 'pdf' }
  | { type: 'picture'; contentType: string }
  | { type: 'ccda'; document: CcdaDocument }
  | { type: 'fhir'; resource: JsonObject }
  | { type: 'text'; text: string }
  | { type: 'cannot' }

/** Reads the whole of it, once; what the bytes say goes before what the file was called. */
function shownAs(bytes: Uint8Array, name: string, contentType: string): Shown {
  const told = kindOf({ name, contentType })
  const kind = kindOfBytes(bytes) ?? told
  if (kind === 'pdf') return { type: 'pdf' }
  if (kind === 'picture') return { type: 'picture', contentType: told === 'picture' ? contentType : '' }
  if (kind === 'dicom' || kind === 'archive' || kind === 'media' || kind === 'office') return { type: 'cannot' }
  if (kind === 'xml' || kind === 'other') {
    const document = readCcda(bytes)
    if (document !== null) return { type: 'ccda', document }
  }
  const text = textOfFile(bytes)
  if (text === null) return { type: 'cannot' }
  if (kind === 'json' || kind === 'other') {
    const resource = parseJsonOrNull(text)
    if (isJsonObject(resource) && typeOf(resource) !== '') return { type: 'fhir', resource }
  }
  return { type: 'text', text }
}

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
  const shown = useMemo(() => shownAs(bytes, name, contentType), [bytes, name, contentType])
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
      return <ImageView bytes={bytes} contentType={shown.contentType} name={name} broken={broken} />
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
