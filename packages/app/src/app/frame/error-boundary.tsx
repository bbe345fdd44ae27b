/** Catches what a screen throws: says that nothing was changed and what to do; never shows the error's own text. */
import { Component, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { forgetFailedParts } from '../../ui/display/lazy-part.ts'
import { Banner } from '../../ui/display/status-mark.tsx'

/** `resetKey` changes with the address, so that another screen starts afresh. */
export class ErrorBoundary extends Component<{ resetKey: string; children: ReactNode }, { failed: boolean }> {
  override state = { failed: false }

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true }
  }

  override componentDidUpdate(before: { resetKey: string }, state: { failed: boolean }): void {
    // Not where the new address itself is what failed just now.
    if (!this.state.failed || !state.failed || before.resetKey === this.props.resetKey) return
    forgetFailedParts()
    this.setState({ failed: false })
  }

  override render(): ReactNode {
    return this.state.failed ? <Failed /> : this.props.children
  }
}

function Failed() {
  const { t } = useTranslation()
  return (
    <Banner status="attention" title={t('error.title')} urgent>
      {t('error.safe')}
    </Banner>
  )
}
