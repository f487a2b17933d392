import fc from 'fast-check';
import { newId } from '../../kernel/ids';
import { DataVersions } from '../query/data-versions';

const [TENANT, DATASET] = [newId(), newId()];

const listening = (most?: number): DataVersions => {
  const versions = new DataVersions(most);
  versions.connected();
  return versions;
};

it('does not go back when an older vector is announced again', () => {
  const versions = listening();
  versions.learn(TENANT, DATASET, { 0: '8', 1: '5' });
  const old = versions.of(TENANT, DATASET);
  versions.learn(TENANT, DATASET, { 0: '10', 1: '5' });
  const newest = versions.of(TENANT, DATASET);
  expect(newest).not.toBe(old);
  versions.learn(TENANT, DATASET, { 0: '8', 1: '5' });
  expect(versions.of(TENANT, DATASET)).toBe(newest);
});

it('takes the larger offset of each partition, whatever the order, also beyond 53 bits', () => {
  const offset = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
  const vector = fc.dictionary(fc.constantFrom('0', '1', '2'), offset, { noNullPrototype: true });
  fc.assert(
    fc.property(fc.array(vector, { minLength: 1 }), (vectors) => {
      const versions = listening();
      const largest: Record<string, bigint> = {};
      for (const given of vectors) {
        for (const [partition, next] of Object.entries(given)) {
          if (next > (largest[partition] ?? -1n)) largest[partition] = next;
        }
        const announced = Object.entries(given).map(([partition, next]) => [partition, String(next)]);
        versions.learn(TENANT, DATASET, Object.fromEntries(announced));
      }
      const told = Object.entries(JSON.parse(versions.of(TENANT, DATASET)!) as Record<string, string>);
      expect(Object.fromEntries(told.map(([partition, next]) => [partition, BigInt(next)]))).toEqual(largest);
    }),
  );
});

it('falls to a version nobody has had when a dataset is forgotten', () => {
  const versions = listening(1);
  const had = new Set([versions.of(TENANT, DATASET)]);
  versions.learn(TENANT, DATASET, { 0: '1' });
  had.add(versions.of(TENANT, DATASET));
  versions.learn(TENANT, newId(), { 0: '1' });
  expect(had).not.toContain(versions.of(TENANT, DATASET));
});

it.each([null, 'text', { 0: 'x' }, { 0: 1 }])('believes no earlier version after an announcement of %j', (odd) => {
  const versions = listening();
  const had = new Set([versions.of(TENANT, DATASET)]);
  versions.learn(TENANT, DATASET, { 0: '1' });
  had.add(versions.of(TENANT, DATASET));
  versions.learn(TENANT, DATASET, odd);
  expect(had).not.toContain(versions.of(TENANT, DATASET));
});

it('is the tenant’s own, and nothing while the log cannot be heard', () => {
  const versions = listening();
  versions.learn(TENANT, DATASET, { 0: '1' });
  expect(versions.of(newId(), DATASET)).not.toBe(versions.of(TENANT, DATASET));
  versions.disconnected();
  expect(versions.of(TENANT, DATASET)).toBeNull();
});
