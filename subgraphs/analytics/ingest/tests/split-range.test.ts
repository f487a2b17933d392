import { newId } from '../../../kernel/ids';
import { eventKey, type RawEvent } from '../raw-event';
import { decode, splitRange } from '../split-range';

const tenantId = newId();
const datasetId = newId();
const record = (offset: number, value: unknown) => ({
  topic: 'raw-events',
  partition: 3,
  offset: BigInt(offset),
  tenantId,
  key: `k${offset}`,
  timestamp: new Date(0),
  value,
});
const event = (time: string, more: Partial<RawEvent> = {}): RawEvent => ({
  v: 1,
  datasetId,
  id: newId(),
  given: false,
  name: 'visit',
  time: Date.parse(time),
  receivedAt: Date.parse('2026-03-01T00:00:00Z'),
  strings: {},
  numbers: {},
  ...more,
});

const range = { from: 10n, to: 16n, dropped: new Set([12n]) };
const decoded = [
  record(9, event('2026-01-01T00:00:00Z')),
  record(10, event('2026-02-28T23:59:59.999Z')),
  record(11, event('2026-03-01T00:00:00Z')),
  record(12, event('2026-03-01T00:00:00Z')),
  record(13, { some: 'thing else' }),
  record(14, event('2026-02-01T00:04:59Z')),
  record(15, event('2026-02-01T00:00:00Z', { time: 1e18 })),
  record(16, event('2026-01-01T00:00:00Z')),
].map(decode);

it('splits a range into one insert for each month, each with a token of its own, the same every time', () => {
  const split = splitRange(range, decoded);
  expect(split.inserts.map(({ token, rows }) => [token, rows.map(({ log_offset }) => log_offset)])).toEqual([
    ['v1:raw-events:3:10-16:2026-02', ['10', '14']],
    ['v1:raw-events:3:10-16:2026-03', ['11']],
  ]);
  expect(splitRange(range, decoded)).toEqual(split);
});

it('sets aside what is no event, and says which windows changed', () => {
  const { unreadable, touched } = splitRange(range, decoded);
  expect(unreadable.map(({ record: { offset } }) => offset)).toEqual([13n, 15n]);
  expect(touched).toEqual([
    {
      tenantId,
      datasetId,
      windows: ['2026-02-01T00:00:00.000Z', '2026-02-28T23:55:00.000Z', '2026-03-01T00:00:00.000Z'],
    },
  ]);
});

it('tells ids of one dataset from those of another', () => {
  expect(eventKey({ datasetId, id: 'a' })).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(eventKey({ datasetId, id: 'a' })).toBe(eventKey({ datasetId, id: 'a' }));
  expect(eventKey({ datasetId: newId(), id: 'a' })).not.toBe(eventKey({ datasetId, id: 'a' }));
});
