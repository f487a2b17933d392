import { z } from 'zod';
import { canonicalJson } from '../../kernel/fingerprint';
import { newId } from '../../kernel/ids';

/** Datasets remembered by default; a forgotten one costs cache misses, no more. */
const MOST = 50_000;

/** Next offset by partition. */
const versionVector = z.record(z.string(), z.string().regex(/^\d+$/));
type Vector = Readonly<Record<string, string>>;

interface Known {
  vector: Vector;
  text: string;
}

/**
 * What this process has been told about the events that queries can see, by dataset. A vector is learnt only after the columns have
 * acknowledged it, so an answer computed after reading the version here is never older than it.
 */
export class DataVersions {
  private readonly known = new Map<string, Known>();
  /** Stands for "what there was before this process listened". Nobody else's cache entry has it. */
  private unknown = newId();
  private listening = false;

  constructor(private readonly most = MOST) {}

  /** The version of a dataset's events; null while this process cannot hear of changes: then nothing may be cached. */
  of(tenantId: string, datasetId: string): string | null {
    if (!this.listening) return null;
    return this.known.get(`${tenantId}/${datasetId}`)?.text ?? `since:${this.unknown}`;
  }

  /** Merges what was announced. An offset never goes back: a repeated announcement must not lead to the cache entry of an earlier state. */
  learn(tenantId: string, datasetId: string, announced: unknown): void {
    const key = `${tenantId}/${datasetId}`;
    const parsed = versionVector.safeParse(announced);
    const before = this.known.get(key);
    this.known.delete(key);
    // Something changed that cannot be told: like a dataset nothing is known of, under a name that no entry has.
    if (!parsed.success) return this.beUnsure();
    const vector = merged(before?.vector ?? {}, parsed.data);
    this.known.set(key, { vector, text: canonicalJson(vector) });
    if (this.known.size <= this.most) return;
    this.known.delete(this.known.keys().next().value!);
    this.beUnsure();
  }

  /** Every change up to now has been heard, and the next ones will be. */
  connected(): void {
    this.listening = true;
  }

  /** Changes may be heard late. */
  disconnected(): void {
    this.listening = false;
  }

  /** Changes were missed: what was known counts no longer. */
  forget(): void {
    this.known.clear();
    this.beUnsure();
  }

  /** Entries made for datasets nothing is known of may be older than what was just forgotten. */
  private beUnsure(): void {
    this.unknown = newId();
  }
}

function merged(before: Vector, after: Vector): Vector {
  const vector: Record<string, string> = { ...before };
  for (const [partition, next] of Object.entries(after)) {
    const held = vector[partition];
    if (held === undefined || BigInt(next) > BigInt(held)) vector[partition] = next;
  }
  return vector;
}
