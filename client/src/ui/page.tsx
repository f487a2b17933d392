import { useEffect, useRef, type ReactNode } from 'react';
import { Link } from 'react-router';
import { Icon } from './icons';

/** A page's frame. Its heading takes the focus after navigation, so that a screen reader announces the new page. */
export function Page({
  title,
  subtitle,
  back,
  actions,
  children,
}: {
  title: string;
  subtitle?: ReactNode;
  back?: { to: string; label: string };
  actions?: ReactNode;
  children: ReactNode;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · DataIris`;
  }, [title]);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <div className="mx-auto w-full max-w-[100rem] px-4 py-5 sm:px-6 lg:px-8 lg:py-7">
      <header className="mb-5 flex flex-wrap items-center gap-x-4 gap-y-3">
        <div className="min-w-0 flex-1">
          {back && (
            <Link
              to={back.to}
              className="mb-1 inline-flex items-center gap-1 text-[0.8125rem] text-text-3 hover:text-text"
            >
              <Icon name="right" size={12} className="rotate-180" />
              {back.label}
            </Link>
          )}
          <h1 ref={heading} tabIndex={-1} className="truncate text-xl leading-7 font-semibold tracking-[-0.01em]">
            {title}
          </h1>
          {subtitle && <div className="mt-0.5 text-text-3">{subtitle}</div>}
        </div>
        {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  );
}
