import fc from 'fast-check';
import { Partitioners } from 'kafkajs';
import { murmur2, partitionOf } from '../partitioner';
import { shareOut, type Claim } from '../postgres/assign';

describe('sharing out partitions', () => {
  const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 5 });
  const claims = fc
    .array(fc.option(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'dead')), { maxLength: 20 })
    .map((owners): Claim[] => owners.map((wanted, partition) => ({ partition, wanted })));
  const apply = (before: readonly Claim[], members: readonly string[]): Claim[] => {
    const changes = shareOut(before, members);
    return before.map((claim) => ({
      ...claim,
      wanted: changes.has(claim.partition) ? changes.get(claim.partition)! : claim.wanted,
    }));
  };

  it('gives every partition to a living member, evenly, and then rests', () => {
    fc.assert(
      fc.property(claims, names, (before, members) => {
        const after = apply(before, members);
        if (members.length === 0) return after.every(({ wanted }) => wanted === null);
        const counts = members.map((member) => after.filter(({ wanted }) => wanted === member).length);
        expect(counts.reduce((a, b) => a + b, 0)).toBe(before.length);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        expect(shareOut(after, members).size).toBe(0);
        return true;
      }),
      { numRuns: 500 },
    );
  });

  it('moves no more than it must', () => {
    const settled = apply(
      Array.from({ length: 12 }, (_, partition) => ({ partition, wanted: null })),
      ['a', 'b', 'c'],
    );
    expect(shareOut(settled, ['a', 'b', 'c', 'd']).size).toBe(3);
    expect(shareOut(settled, ['a', 'b']).size).toBe(4);
  });
});

describe('the partition of a key', () => {
  it("is Kafka's default", () => {
    const theirs = Partitioners.DefaultPartitioner();
    const partitionMetadata = Array.from({ length: 12 }, (_, partitionId) => ({ partitionId, leader: 1 }));
    fc.assert(
      fc.property(fc.uuid(), fc.string({ unit: 'binary' }), (tenant, key) => {
        const message = { key: `${tenant}:${key}`, value: '' };
        expect(partitionOf(tenant, key, 12)).toBe(
          theirs({ topic: 't', partitionMetadata: partitionMetadata as never, message }),
        );
      }),
    );
    // From Kafka's own UtilsTest.
    expect(murmur2(Buffer.from('21'))).toBe(-973932308);
    expect(murmur2(Buffer.from('foobar'))).toBe(-790332482);
    expect(murmur2(Buffer.from('a-little-bit-long-string'))).toBe(-985981536);
  });

  it('spreads one tenant over all partitions', () => {
    const counts = new Array<number>(12).fill(0);
    for (let n = 0; n < 12_000; n++) counts[partitionOf('tenant', `event-${n}`, 12)]!++;
    expect(Math.min(...counts)).toBeGreaterThan(800);
  });
});
