export interface Reservation {
  id: string;
  granted: boolean;
  remaining: number;
  resetAt: Date;
}

/** Atomic check-and-use of a tenant's limits. Exact under concurrency and across processes. */
export interface Quota {
  /** Takes `amount` of `resource` if the limit allows; a refusal takes nothing. */
  reserve(tenantId: string, resource: string, amount: number): Promise<Reservation>;
  /** Corrects a reservation to what was really used. */
  settle(tenantId: string, reservation: Reservation, used: number): Promise<void>;
  /** Gives a reservation back whole. */
  release(tenantId: string, reservation: Reservation): Promise<void>;
}
