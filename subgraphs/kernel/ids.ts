import { v7, validate } from 'uuid';

/** A new UUIDv7: sorts by time of creation. */
export const newId = (): string => v7();

export const isId = (value: unknown): value is string => typeof value === 'string' && validate(value);

/** The tenant of what belongs to the platform itself (identities before log-in, key rotation). No user is ever a member of it. */
export const PLATFORM_TENANT = '00000000-0000-0000-0000-000000000000';
