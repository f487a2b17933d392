/**
 * Generations of tags in bounded memory. A purge gives its tag a new one; a tag never purged, or forgotten to make room, has the
 * floor's. Forgetting a tag raises the floor to it, which can make more unreadable than was purged, but never less.
 */
export class TagGenerations {
  private readonly purged = new Map<string, number>();
  private latest = 0;
  private floor = 0;

  constructor(private readonly maxTags: number) {}

  of(tag: string): number {
    return this.purged.get(tag) ?? this.floor;
  }

  purge(tag: string): void {
    this.purged.delete(tag); // to the end: the tag purged longest ago is forgotten first
    this.purged.set(tag, ++this.latest);
    if (this.purged.size <= this.maxTags) return;
    const [oldest, generation] = this.purged.entries().next().value!;
    this.purged.delete(oldest);
    this.floor = generation;
  }

  /** As if every tag were purged: fills already begun cannot store either. */
  purgeAll(): void {
    this.purged.clear();
    this.floor = ++this.latest;
  }
}
