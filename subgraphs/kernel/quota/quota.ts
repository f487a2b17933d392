export interface Reservation {
  id: string;
  granted: boolean;
  /** What the limit still allows in this window after the reservation; `UNLIMITED` where there is no limit. */
  remaining: number;
  /** When the window ends; far away for a limit that never resets. */
  resetAt: Date;
}

/** `remaining` of a resource without a limit. */
export const UNLIMITED = Number.MAX_SAFE_INTEGER;

/** Atomic check-and-use of a tenant's limits. Exact under concurrency and across processes. */
export interface Quota {
  /**
   * Takes `amount` (a whole number) of `resource` if the limit allows; a refusal takes nothing. A resource without a limit is granted,
   * and counted. A reservation never settled counts whole.
   */
  reserve(tenantId: string, resource: string, amount: number): Promise<Reservation>;
  /** Corrects a reservation to what was really used, which may be more than was reserved. Only the first call counts. */
  settle(tenantId: string, reservation: Reservation, used: number): Promise<void>;
  /** Gives a reservation back whole; nothing happens after `settle`. */
  release(tenantId: string, reservation: Reservation): Promise<void>;
}
