import { Component, type ReactNode } from 'react';
import { withTranslation, type WithTranslation } from 'react-i18next';
import { Button } from '../ui/button';
import { Notice } from '../ui/feedback';

interface State {
  failed: boolean;
}

/** The last resort: a page that threw, or whose chunk is gone after a new release, offers a reload instead of a white screen. */
class Boundary extends Component<WithTranslation & { children: ReactNode }, State> {
  override state: State = { failed: false };

  static getDerivedStateFromError(): State {
    return { failed: true };
  }

  override render(): ReactNode {
    const { t, children } = this.props;
    if (!this.state.failed) return children;
    return (
      <div className="mx-auto max-w-xl p-6">
        <Notice tone="danger" action={<Button onClick={() => window.location.reload()}>{t('action.reload')}</Button>}>
          {t('error.page')}
        </Notice>
      </div>
    );
  }
}

export const ErrorBoundary = withTranslation()(Boundary);
