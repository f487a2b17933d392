import pino, { type Logger } from 'pino';

export type { Logger };

// What must never reach a log line, wherever in the object it hides one level down.
const SECRET_KEYS = [
  'password',
  'passwordHash',
  'token',
  'accessToken',
  'refreshToken',
  'secret',
  'authorization',
  'cookie',
  'apiKey',
  'privateKey',
  'credentials',
  'connectionString',
  'DATABASE_URL',
  'CLICKHOUSE_URL',
  'REDIS_URL',
];

export interface LoggerOptions {
  level?: string;
  /** Which process or subgraph speaks. */
  service: string;
  destination?: pino.DestinationStream;
}

/** The root logger of a process: JSON lines with `service`, ISO time, secrets redacted. Children add `request_id` and `tenant_id`. */
export function createLogger({ level = 'info', service, destination }: LoggerOptions): Logger {
  const options: pino.LoggerOptions = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: '[redacted]' },
    formatters: { level: (label) => ({ level: label }) },
  };
  return destination ? pino(options, destination) : pino(options);
}

/** The logger of one request of one tenant. */
export function requestLogger(log: Logger, requestId: string, tenantId: string | null): Logger {
  return log.child({ request_id: requestId, tenant_id: tenantId });
}
