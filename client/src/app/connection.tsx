import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { useConnection } from '../lib/connection-context';
import type { ConnectionStatus } from '../lib/live/live-types';
import { useFormat } from '../lib/use-format';
import { Icon } from '../ui/icons';

const useStatus = (): ConnectionStatus => {
  const { socket } = useConnection();
  return useSyncExternalStore(socket.onStatus, socket.getStatus);
};

const DOT = { live: 'bg-ok', connecting: 'bg-warn', offline: 'bg-danger' } as const;

/** The state of the live connection, always visible. */
export function ConnectionLabel({ compact = false }: { compact?: boolean }) {
  const { t } = useTranslation();
  const { state } = useStatus();
  return (
    <div
      data-testid="connection-status"
      data-state={state}
      role="status"
      className={`flex items-center gap-2 text-xs text-text-3 ${compact ? 'px-1' : 'px-2.5'}`}
    >
      <span className={`size-2 rounded-full ${DOT[state]} ${state === 'connecting' ? 'animate-pulse' : ''}`} />
      {t(`connection.${state}`)}
    </div>
  );
}

/** A drop shorter than this is not worth a banner. */
const PATIENCE_MS = 1_200;
const RESUMED_MS = 6_000;

/** Says that the connection is lost and as of when the numbers on screen are; after that, which gap has been caught up. */
export function ConnectionBanner() {
  const { t } = useTranslation();
  const format = useFormat();
  const { state, heardAt, lostAt, resumed } = useStatus();
  const { socket } = useConnection();
  const lost = useAfter(lostAt !== undefined, PATIENCE_MS);
  const [notice, setNotice] = useState<ConnectionStatus['resumed']>();
  const told = useRef(false);
  if (lost) told.current = true;

  useEffect(() => {
    // Only who was told of the loss is told of the end of it.
    if (!resumed || !told.current) return;
    told.current = false;
    setNotice(resumed);
    const timer = setTimeout(() => setNotice(undefined), RESUMED_MS);
    return () => clearTimeout(timer);
  }, [resumed]);

  if (lost && heardAt !== undefined) {
    return (
      <Banner tone="warn" icon="warning">
        <strong className="font-semibold">
          {t(state === 'offline' ? 'connection.bannerOffline' : 'connection.banner')}
        </strong>{' '}
        {t('connection.freshAsOf', { time: format.time(heardAt) })}
        <button type="button" className="ml-3 underline underline-offset-2" onClick={() => socket.hurry()}>
          {t('connection.tryNow')}
        </button>
      </Banner>
    );
  }
  if (state === 'live' && notice) {
    return (
      <Banner tone="ok" icon="check">
        {t('connection.resumed', { from: format.time(notice.from), to: format.time(notice.to) })}
      </Banner>
    );
  }
  return null;
}

function Banner({
  tone,
  icon,
  children,
}: {
  tone: 'warn' | 'ok';
  icon: 'warning' | 'check';
  children: React.ReactNode;
}) {
  const colours = tone === 'warn' ? 'bg-warn-soft text-warn border-warn/30' : 'bg-ok-soft text-ok border-ok/30';
  return (
    <div
      role="status"
      data-testid="connection-banner"
      className={`sticky top-12 z-20 flex items-center gap-2.5 border-b px-4 py-2 text-[0.8125rem] sm:px-6 lg:top-0 lg:px-8 ${colours}`}
    >
      <Icon name={icon} className="shrink-0" />
      <div>{children}</div>
    </div>
  );
}

/** True once `condition` has held for `ms`. */
function useAfter(condition: boolean, ms: number): boolean {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (!condition) return setHeld(false);
    const timer = setTimeout(() => setHeld(true), ms);
    return () => clearTimeout(timer);
  }, [condition, ms]);
  return held && condition;
}
