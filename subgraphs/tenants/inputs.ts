import { z } from 'zod';

const name = z.string().trim().min(1, 'write a name').max(100, 'at most 100 characters');

const locale = z
  .string()
  .max(35)
  .refine(isLocale, 'write a language tag such as en or zh-CN')
  .transform((tag) => Intl.getCanonicalLocales(tag)[0]!);

const timeZone = z.string().max(64).refine(isTimeZone, 'write a time zone such as Europe/Berlin or UTC');

export const WEEK_STARTS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
export const THEMES = ['light', 'dark', 'system'] as const;

export const DEFAULT_LOCALE = 'en';

/** What is absent or null stays as it is. */
export const updateSettingsInput = z.object({
  name: name.nullish(),
  locale: locale.nullish(),
  timeZone: timeZone.nullish(),
  weekStart: z.enum(WEEK_STARTS, 'write a day, such as monday').nullish(),
  theme: z.enum(THEMES, 'write light, dark or system').nullish(),
});

export const provisionInput = z.object({ id: z.uuid(), name, locale: locale.nullish() });

function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    // Offsets such as +02:00 are accepted by Intl, but know no daylight saving and not every engine has them.
    return !/^[+-]/.test(zone);
  } catch {
    return false;
  }
}
