/** What may go wrong, and when. Plain data: a plan holds them. */
export type Fault = { readonly atMs: number } & (
  | { readonly kind: 'broker-crash'; readonly downMs: number }
  | { readonly kind: 'broker-power-loss'; readonly downMs: number }
  | { readonly kind: 'broker-restart'; readonly patienceMs: number }
  | { readonly kind: 'broker-pause'; readonly ms: number }
  /** The broker ends at an operation of its disk, the n-th that the failpoint names from then on. */
  | {
      readonly kind: 'failpoint';
      readonly name: string;
      readonly nth: number;
      readonly moment: 'before' | 'after';
      readonly ending: 'crash' | 'power-loss';
      readonly downMs: number;
    }
  | { readonly kind: 'resets'; readonly ms: number; readonly rate: number }
  | { readonly kind: 'refusals'; readonly ms: number; readonly rate: number }
  | { readonly kind: 'fragments'; readonly ms: number; readonly rate: number }
  | { readonly kind: 'slow-network'; readonly ms: number; readonly latencyMs: number }
  /** Nothing gets from or to the broker. */
  | { readonly kind: 'partition'; readonly ms: number; readonly direction: 'from' | 'to' | 'both' }
  /** One connection delivers nothing, while others do: what it carries comes late. */
  | { readonly kind: 'stall'; readonly ms: number; readonly nth: number }
  | { readonly kind: 'slow-disk'; readonly ms: number; readonly syncMs: number }
  | {
      readonly kind: 'disk-error';
      readonly operation: 'read' | 'write' | 'sync';
      readonly repairMs: number;
    }
  | { readonly kind: 'disk-full'; readonly ms: number; readonly roomBytes: number }
  | { readonly kind: 'clock-jump'; readonly byMs: number }
  | { readonly kind: 'clock-rate'; readonly ms: number; readonly rate: number }
  | { readonly kind: 'client-crash'; readonly client: string; readonly downMs: number }
  | { readonly kind: 'client-pause'; readonly client: string; readonly ms: number }
  | { readonly kind: 'zombie'; readonly client: string; readonly ms: number }
);

export type FaultKind = Fault['kind'];
