import { resolve } from 'node:path';
import { z } from 'zod';
import { flag, port } from './env';

/** Where this process listens and how it logs. */
export const processEnv = z.object({
  NODE_ENV: z
    .enum(['development', 'test', 'production'])
    .default('production')
    .describe('`development` shows more in errors and logs'),
  HOST: z.string().default('127.0.0.1').describe('Address to listen on'),
  PORT: port(4000).describe('Port of the gateway'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('Lowest level that is logged'),
});

/** The folder and the secret of an installation. */
export const dataEnv = z.object({
  DATAIRIS_DATA: z
    .string()
    .default('.datairis')
    .transform((path) => resolve(path))
    .describe('Folder with everything the embedded stores keep'),
  DATAIRIS_SECRET: z
    .string()
    .min(32)
    .optional()
    .describe('Master secret, at least 32 characters; the embedded default makes one and keeps it in the data folder'),
  DATAIRIS_DEMO: flag(true).describe('`off` leaves out the demonstration workspace'),
});

/** One variable switches one store from its embedded default to the real engine. */
export const storesEnv = z.object({
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe('PostgreSQL, as a role that may create roles; default: embedded'),
  CLICKHOUSE_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('ClickHouse over HTTP; default: the embedded columns server'),
  KAFKA_BROKERS: z.string().optional().describe('host:port, comma separated; default: the log on PostgreSQL'),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/ })
    .optional()
    .describe('Redis for cache and signals; default: memory, or PostgreSQL with several processes'),
  SMTP_URL: z
    .url({ protocol: /^smtps?$/ })
    .optional()
    .describe('Mail server; default: mails are kept in an outbox folder'),
  OUTGOING_ALLOW_PRIVATE: flag(false).describe('`on` lets connectors and webhooks reach private addresses'),
});
