import { lazy, Suspense, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { NavLink } from 'react-router';
import { useMe } from '../lib/me';
import { useIsWide } from '../lib/use-media';
import { Skeleton } from '../ui/feedback';
import { Icon, Logo, type IconName } from '../ui/icons';
import { ConnectionBanner, ConnectionLabel } from './connection';

// Menus bring a positioning engine with them; the page need not wait for it.
const AccountMenu = lazy(() => import('./account-menu').then((module) => ({ default: module.AccountMenu })));

/** The frame around every page: a side bar where there is room, a bar below on a phone. */
export function Shell({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const wide = useIsWide();
  return (
    <div className="flex min-h-dvh flex-col lg:flex-row">
      <a
        href="#main"
        className="sr-only z-50 rounded-md bg-accent px-3 py-2 text-white focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        {t('nav.skip')}
      </a>
      {wide ? <SideBar /> : <TopBar />}
      <main id="main" tabIndex={-1} className="min-w-0 flex-1 pb-20 outline-none lg:pb-0">
        <ConnectionBanner />
        {children}
      </main>
      {!wide && <BottomBar />}
    </div>
  );
}

function useLinks(): { to: string; label: string; icon: IconName }[] {
  const { t } = useTranslation();
  return [
    { to: '/dashboards', label: t('nav.dashboards'), icon: 'dashboard' },
    { to: '/datasets', label: t('nav.datasets'), icon: 'dataset' },
    { to: '/developer', label: t('nav.developer'), icon: 'code' },
  ];
}

function SideBar() {
  const { t } = useTranslation();
  return (
    <aside className="sticky top-0 flex h-dvh w-56 shrink-0 flex-col border-r border-line bg-surface px-3 py-4">
      <div className="flex items-center gap-2.5 px-2">
        <Logo />
        <div className="min-w-0">
          <div className="text-[0.9375rem] leading-5 font-semibold tracking-[-0.01em]">DataIris</div>
          <Workspace />
        </div>
      </div>
      <nav aria-label={t('nav.main')} className="mt-6 flex flex-col gap-0.5">
        {useLinks().map((link) => (
          <NavLink
            key={link.to}
            to={link.to}
            className="flex h-9 items-center gap-2.5 rounded-md px-2.5 font-medium text-text-2 transition-colors hover:bg-hover hover:text-text aria-[current=page]:bg-accent-soft aria-[current=page]:text-accent-text"
          >
            <Icon name={link.icon} />
            {link.label}
          </NavLink>
        ))}
      </nav>
      <div className="mt-auto flex flex-col gap-2">
        <ConnectionLabel />
        <Suspense fallback={<Skeleton className="h-10" />}>
          <AccountMenu />
        </Suspense>
      </div>
    </aside>
  );
}

function Workspace() {
  const me = useMe();
  if (!me) return <Skeleton className="mt-1 h-3 w-24" />;
  return <div className="truncate text-xs text-text-3">{me.tenant?.name}</div>;
}

function TopBar() {
  return (
    <header className="sticky top-0 z-30 flex h-12 items-center gap-2.5 border-b border-line bg-surface px-4">
      <Logo size={22} />
      <span className="font-semibold">DataIris</span>
      <div className="ml-auto flex items-center gap-1">
        <ConnectionLabel compact />
        <Suspense fallback={<Skeleton className="size-9" />}>
          <AccountMenu compact />
        </Suspense>
      </div>
    </header>
  );
}

function BottomBar() {
  const { t } = useTranslation();
  return (
    <nav
      aria-label={t('nav.main')}
      className="fixed inset-x-0 bottom-0 z-30 flex border-t border-line bg-surface pb-[env(safe-area-inset-bottom)]"
    >
      {useLinks().map((link) => (
        <NavLink
          key={link.to}
          to={link.to}
          className="flex h-14 flex-1 flex-col items-center justify-center gap-1 text-xs font-medium text-text-3 aria-[current=page]:text-accent-text"
        >
          <Icon name={link.icon} size={18} />
          {link.label}
        </NavLink>
      ))}
    </nav>
  );
}
