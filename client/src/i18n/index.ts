import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { en, type Translation } from './en';

export const LANGUAGES = ['en', 'zh'] as const;
export type Language = (typeof LANGUAGES)[number];

const KEY = 'datairis.language';

/** English is in the bundle as the fallback; other languages are loaded when chosen. */
const load: Record<Language, () => Promise<Translation>> = {
  en: () => Promise.resolve(en),
  zh: () => import('./zh').then((module) => module.zh),
};

/** Starts translation in the stored language, else the browser's. */
export async function startI18n(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: 'en',
    fallbackLng: 'en',
    resources: { en: { translation: en } },
    interpolation: { escapeValue: false }, // React escapes
  });
  const stored = readStored();
  await setLanguage(stored ?? preferred(navigator.languages), stored !== undefined);
}

/** Changes the language of the whole app at once, `<html lang>` included. */
export async function setLanguage(language: Language, remember = true): Promise<void> {
  i18next.addResourceBundle(language, 'translation', await load[language]());
  await i18next.changeLanguage(language);
  document.documentElement.lang = localeOf(language);
  if (!remember) return;
  try {
    localStorage.setItem(KEY, language);
  } catch {
    // Storage is blocked: the choice lasts as long as this page.
  }
}

/** The locale for `Intl`: Chinese is simplified; English keeps the browser's own region for dates and numbers. */
export function localeOf(language: string): string {
  if (language === 'zh') return 'zh-CN';
  const own = typeof navigator === 'undefined' ? undefined : navigator.languages.find((tag) => tag.startsWith('en'));
  return own ?? 'en';
}

export const preferred = (tags: readonly string[]): Language => {
  const known = tags.map((tag) => tag.slice(0, 2)).find((tag) => tag === 'en' || tag === 'zh');
  return known === 'zh' ? 'zh' : 'en';
};

function readStored(): Language | undefined {
  try {
    const stored = localStorage.getItem(KEY);
    return LANGUAGES.find((language) => language === stored);
  } catch {
    return undefined;
  }
}
