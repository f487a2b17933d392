export interface Claim {
  partition: number;
  wanted: string | null;
}

/**
 * Shares partitions out evenly and moves as few as possible: every member keeps what it has up to its share, the rest goes to whoever has
 * least. Answers the changes only.
 *
 * @param members living ones, in the order they joined; none: nobody gets anything.
 */
export function shareOut(claims: readonly Claim[], members: readonly string[]): Map<number, string | null> {
  const changes = new Map<number, string | null>();
  if (members.length === 0) {
    for (const { partition, wanted } of claims) if (wanted !== null) changes.set(partition, null);
    return changes;
  }
  const most = Math.ceil(claims.length / members.length);
  const withMost = claims.length % members.length || members.length;
  const held = new Map(members.map((member) => [member, 0]));
  let full = 0; // members that have the larger share already
  const free: number[] = [];
  for (const { partition, wanted } of claims) {
    const count = wanted === null ? undefined : held.get(wanted);
    const allowed = full < withMost ? most : most - 1;
    if (wanted === null || count === undefined || count >= allowed) {
      free.push(partition);
      continue;
    }
    held.set(wanted, count + 1);
    if (count + 1 === most) full++;
  }
  for (const partition of free) {
    const [member, count] = [...held].reduce((least, one) => (one[1] < least[1] ? one : least));
    held.set(member, count + 1);
    changes.set(partition, member);
  }
  return changes;
}
