import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { CombinedError } from 'urql';
import type { Messages } from '../i18n/en';

export interface UserError {
  code: string;
  field?: readonly string[] | null;
  message: string;
}

/** Codes whose message is ours to translate; any other keeps the server's words. */
const TRANSLATED = {
  FORBIDDEN: 'error.FORBIDDEN',
  NOT_FOUND: 'error.NOT_FOUND',
  UNAVAILABLE: 'error.UNAVAILABLE',
  RATE_LIMITED: 'error.RATE_LIMITED',
  QUOTA_EXCEEDED: 'error.QUOTA_EXCEEDED',
  QUERY_TIMEOUT: 'error.QUERY_TIMEOUT',
  QUERY_TOO_EXPENSIVE: 'error.QUERY_TOO_EXPENSIVE',
  UNKNOWN_MEASURE: 'error.UNKNOWN_MEASURE',
  UNKNOWN_DIMENSION: 'error.UNKNOWN_DIMENSION',
  UNKNOWN_FIELD: 'error.UNKNOWN_FIELD',
  INVALID_CREDENTIALS: 'error.INVALID_CREDENTIALS',
  CONFLICT: 'error.CONFLICT',
  VERSION_CONFLICT: 'error.VERSION_CONFLICT',
  PAYLOAD_TOO_LARGE: 'error.PAYLOAD_TOO_LARGE',
  UNSUPPORTED_FORMAT: 'error.UNSUPPORTED_FORMAT',
  UNAUTHORIZED_FIELD_OR_TYPE: 'error.FORBIDDEN',
} as const satisfies Record<string, `error.${keyof Messages['error']}`>;

const isTranslated = (code: string): code is keyof typeof TRANSLATED => code in TRANSLATED;

/** Turns a code and the server's message into what the reader is told: in their language, with what to do next. */
export function useErrorText(): (error: { code: string; message: string }) => string {
  const { t, i18n } = useTranslation();
  return useCallback(
    ({ code, message }) => {
      // The server speaks English and knows the details; other languages get our sentence for the code.
      if (message && i18n.language === 'en' && code !== 'UNAUTHORIZED_FIELD_OR_TYPE' && code !== 'NETWORK')
        return message;
      if (code === 'NETWORK') return t('error.NETWORK');
      return isTranslated(code) ? t(TRANSLATED[code]) : message || t('error.UNKNOWN');
    },
    [t, i18n.language],
  );
}

/** The first thing that went wrong in a request, as code and message. */
export function firstError(error: CombinedError): { code: string; message: string } {
  if (error.networkError && error.graphQLErrors.length === 0)
    return { code: 'NETWORK', message: error.networkError.message };
  const [first] = error.graphQLErrors;
  const code = first?.extensions['code'];
  return { code: typeof code === 'string' ? code : 'INTERNAL', message: first?.message ?? error.message };
}

/** Sorts a payload's errors to the fields of a form by the last named part of their path; the rest is for the form as a whole. */
export function byField<F extends string>(
  errors: readonly UserError[],
  fields: readonly F[],
): { fields: Partial<Record<F, UserError>>; others: UserError[] } {
  const sorted: { fields: Partial<Record<F, UserError>>; others: UserError[] } = { fields: {}, others: [] };
  for (const error of errors) {
    const field = fields.find((name) => error.field?.includes(name));
    if (field) sorted.fields[field] ??= error;
    else sorted.others.push(error);
  }
  return sorted;
}
