import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { localeOf } from '../i18n';
import { Format } from './format';

/** Formatters in the language of the app. */
export function useFormat(): Format {
  const { i18n } = useTranslation();
  return useMemo(() => new Format(localeOf(i18n.language)), [i18n.language]);
}
