import { setTimeout as sleep } from 'node:timers/promises';
import RequestQueue from 'kafkajs/src/network/requestQueue';
import { createLogger } from '../../logger';
import { mendRequestQueue } from '../kafka/mend-request-queue';
import { createKafkaLog } from '../log.kafka';
import { logContract } from './log.contract';
import { QUICK } from './open-from-env';

const log = createLogger({ service: 'test', level: 'silent' });
const brokers = process.env.KAFKA_BROKERS;

// Kafka's own lower bound for a session is 6 s, unless the broker is told otherwise.
if (brokers) {
  describe('the log on Kafka', () => {
    jest.setTimeout(120_000);
    logContract({ transactions: false, retention: false }, async () => ({
      childEnv: { CHILD_KAFKA_BROKERS: brokers },
      open: () => createKafkaLog({ brokers: brokers.split(','), log, ...QUICK, sessionMs: 6_000 }),
      close: async () => undefined,
    }));
  });
} else {
  process.stderr.write('skipped: no Kafka at KAFKA_BROKERS\n');
}

describe('the Kafka adapter without a broker', () => {
  it('says that nobody answers', async () => {
    const own = createKafkaLog({ brokers: ['127.0.0.1:1'], log });
    await expect(own.bounds('t')).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('KAFKA_BROKERS') as string,
    });
    await own.close();
  }, 30_000);
});

describe("kafkajs' request queue, mended", () => {
  const warnings: string[] = [];
  const hear = (warning: Error) => void warnings.push(warning.name);
  const logger = createLogger({ service: 'kafkajs', level: 'silent' });
  const queueOf = () =>
    new RequestQueue({ maxInFlightRequests: 1, requestTimeout: 1_000, clientId: 'c', broker: 'b', logger });
  const push = (queue: RequestQueue, correlationId: number, sendRequest: () => void) =>
    queue.push({
      entry: { correlationId, resolve: () => undefined, reject: () => undefined },
      expectResponse: false,
      sendRequest,
    });

  beforeAll(() => {
    mendRequestQueue();
    process.on('warning', hear);
  });
  afterAll(() => process.off('warning', hear));

  it('sets no timer when nothing waits', async () => {
    const queue = queueOf();
    let checks = 0;
    const check = queue.checkPendingRequests.bind(queue);
    queue.checkPendingRequests = () => {
      checks++;
      check();
    };
    queue.checkPendingRequests();
    await sleep(100);
    expect(checks).toBe(1);
    expect(queue.throttleCheckTimeoutId).toBeNull();
    expect(warnings).not.toContain('TimeoutNegativeWarning');
  });

  it('still sends what waited, once the throttling is over', async () => {
    const queue = queueOf();
    const sent: number[] = [];
    queue.maybeThrottle(100);
    push(queue, 1, () => void sent.push(1));
    push(queue, 2, () => void sent.push(2));
    expect(sent).toEqual([]);
    await sleep(250);
    expect(sent).toEqual([1, 2]);
    expect(queue.throttleCheckTimeoutId).toBeNull();
  });
});
