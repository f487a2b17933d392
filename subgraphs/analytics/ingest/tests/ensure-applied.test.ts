import type { StoredRecord } from '../../../kernel/log/log';
import { newId } from '../../../kernel/ids';
import { ensureApplied, EVENTS_TABLE } from '../ensure-applied';
import type { RawEvent } from '../raw-event';
import { decode, splitRange } from '../split-range';
import { logger } from './exactly-once.cases';
import { startHarness, totals, WHEN, type Harness } from './exactly-once.harness';

let harness: Harness;
beforeAll(async () => void (harness = await startHarness()), 60_000);
afterAll(() => harness.close());
afterEach(async () => {
  await harness.columns.command('TRUNCATE TABLE events.events');
  await harness.columns.command('TRUNCATE TABLE events.windows');
});

const tenantId = newId();
const datasetId = newId();
let offset = 0;

function insertOf(count: number) {
  const from = offset;
  const records = Array.from({ length: count }, (_, n): StoredRecord => {
    const value: RawEvent = {
      v: 1,
      datasetId,
      id: newId(),
      given: false,
      name: "it's \\ odd\n",
      time: WHEN + n * 10_000,
      receivedAt: WHEN,
      strings: {},
      numbers: { amount: n },
    };
    return { topic: 't', partition: 2, offset: BigInt(offset++), tenantId, key: '', timestamp: new Date(), value };
  });
  const range = { from: BigInt(from), to: BigInt(offset), dropped: new Set<bigint>() };
  return splitRange(range, records.map(decode)).inserts[0]!;
}

const whole = (count: number) => {
  const total = (count * (count - 1)) / 2;
  return { rows: count, places: count, ids: count, total, windows: { counted: count, valued: count, summed: total } };
};
/** Rows go and their token stays, as after a kill between the two. */
const forget = (table: string, from: string) =>
  harness.columns.command(`ALTER TABLE ${table} DELETE WHERE log_offset >= ${from} SETTINGS mutations_sync = 2`);

it.each([
  ['the events', ['events.events']],
  ['the windows', ['events.windows']],
  ['both', ['events.events', 'events.windows']],
  ['nothing', []],
])('puts in what a token promises and is not there: %s', async (_, tables) => {
  const { columns } = harness;
  const signal = AbortSignal.timeout(30_000);
  const before = insertOf(20);
  await columns.insert(EVENTS_TABLE, before.rows, { token: before.token });
  const planned = insertOf(50);
  const repeat = () => columns.insert(EVENTS_TABLE, planned.rows, { token: planned.token });
  await repeat();
  const complete = await totals(columns);
  for (const table of tables) await forget(table, planned.rows[0]!.log_offset);
  await repeat(); // the token is known: nothing happens
  if (tables.length > 0) expect(await totals(columns)).not.toEqual(complete);
  // Two at once, as an owner and a predecessor that does not know yet.
  await Promise.all([
    ensureApplied({ columns, logger, signal }, planned),
    ensureApplied({ columns, logger, signal }, planned),
  ]);
  await ensureApplied({ columns, logger, signal }, planned);
  expect(await totals(columns)).toEqual(complete);
  expect(complete.rows).toBe(70);
});

it('applies an insert that never was', async () => {
  const planned = insertOf(10);
  await ensureApplied({ columns: harness.columns, logger, signal: AbortSignal.timeout(30_000) }, planned);
  expect(await totals(harness.columns)).toEqual(whole(10));
});
