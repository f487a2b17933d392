import { newId } from '../../kernel/ids';
import { canonicalJson } from '../../kernel/fingerprint';

/** Datasets remembered; a forgotten one costs a cache miss, no more. */
const MOST = 50_000;

/**
 * What this process has been told about the events that queries can see, by dataset. A vector is learnt only after the columns have
 * acknowledged it, so an answer computed after reading the version here is never older than it.
 */
export class DataVersions {
  private readonly vectors = new Map<string, string>();
  /** Stands for "what there was before this process listened". Nobody else's cache entry has it. */
  private unknown = newId();
  private listening = false;

  /** The version of a dataset's events; null while this process cannot hear of changes: then nothing may be cached. */
  of(tenantId: string, datasetId: string): string | null {
    if (!this.listening) return null;
    return this.vectors.get(`${tenantId}/${datasetId}`) ?? `since:${this.unknown}`;
  }

  learn(tenantId: string, datasetId: string, vector: unknown): void {
    const key = `${tenantId}/${datasetId}`;
    this.vectors.delete(key);
    this.vectors.set(key, canonicalJson(vector));
    if (this.vectors.size > MOST) this.vectors.delete(this.vectors.keys().next().value!);
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
    this.vectors.clear();
    this.unknown = newId();
  }
}
