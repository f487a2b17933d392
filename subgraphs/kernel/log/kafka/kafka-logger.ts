import { logLevel, type logCreator } from 'kafkajs';
import type { Logger } from '../../logger';

/** kafkajs' own messages, in our log. */
export const kafkaLogger =
  (log: Logger): logCreator =>
  () =>
  ({ level, log: { message, timestamp: _, logger: __, ...details }, namespace }) => {
    const at = level === logLevel.ERROR || level === logLevel.WARN ? 'warn' : 'debug';
    log[at]({ kafka: namespace, ...details }, message);
  };
