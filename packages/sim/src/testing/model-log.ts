import fc from 'fast-check';
import type { HistoryEvent, Key, MicroOperation, Offset, Value } from '../history/event.ts';
import { History, type Invocation } from '../history/history.ts';

const keys: readonly Key[] = [0, 1];
const processes = 3;

/** What one step of a generated history does; numbers are taken modulo what there is. */
export interface ModelStep {
  readonly process: number;
  readonly act: 'send' | 'txn' | 'poll' | 'ends' | 'delete';
  readonly keys: readonly Key[];
  readonly end: 'ok' | 'ok' | 'fail' | 'info';
  readonly hasEffect: boolean;
}

export const modelSteps: fc.Arbitrary<readonly ModelStep[]> = fc.array(
  fc.record({
    process: fc.nat(processes - 1),
    act: fc.constantFrom('send', 'send', 'txn', 'poll', 'poll', 'ends'),
    keys: fc.array(fc.constantFrom(...keys), { minLength: 1, maxLength: 3 }),
    end: fc.constantFrom('ok', 'ok', 'ok', 'fail', 'info'),
    hasEffect: fc.boolean(),
  }),
  { minLength: 20, maxLength: 60 },
);

interface Client {
  process: number;
  readonly position: Map<Key, Offset>;
  open: { readonly step: ModelStep; readonly invocation: Invocation; readonly values: readonly Value[] } | undefined;
}

/**
 * Histories of a log that does everything right: each step ends what its process has open, or begins something. What an
 * operation does, it does at its end, so that ends are a right order of them.
 */
export function validHistory(steps: readonly ModelStep[]): HistoryEvent[] {
  const model = new ModelLog();
  for (const step of steps) model.take(step);
  model.finish();
  return model.history.events;
}

class ModelLog {
  readonly history: History = new History(() => 0);
  readonly #logs = new Map<Key, (Value | undefined)[]>(keys.map((key) => [key, []]));
  readonly #clients: Client[] = [];
  #lastValue = 100;

  constructor() {
    for (let index = 0; index < processes; index += 1) {
      this.#clients.push({ process: 0, position: new Map(), open: undefined });
      this.#begin(this.#clients[index] as Client);
    }
  }

  take(step: ModelStep): void {
    const client = this.#clients[step.process] as Client;
    if (client.open !== undefined) {
      this.#complete(client, client.open);
      return;
    }
    const isSending = step.act === 'send' || step.act === 'txn';
    const values = isSending ? step.keys.map(() => ++this.#lastValue) : [];
    const mops = values.map((value, place): MicroOperation => ['send', step.keys[place] as Key, value]);
    const kind = step.act === 'ends' ? 'listOffsets' : step.act === 'delete' ? 'deleteRecords' : step.act;
    client.open = { step, invocation: this.history.invoke(client.process, kind, mops), values };
  }

  /** Ends what is open, and lets new processes read everything. */
  finish(): void {
    for (const client of this.#clients) {
      if (client.open !== undefined) this.#complete(client, client.open);
      this.#begin(client);
      const invocation = this.history.invoke(client.process, 'poll');
      invocation.ok([['poll', this.#readFrom(client)]]);
    }
  }

  #begin(client: Client): void {
    client.process = this.history.newProcess();
    client.open = undefined;
    for (const key of keys) client.position.set(key, 0);
    this.history.invoke(client.process, 'assign', [], { keys }).ok();
  }

  #complete(client: Client, open: NonNullable<Client['open']>): void {
    client.open = undefined;
    switch (open.step.act) {
      case 'poll':
        open.invocation.ok([['poll', this.#readFrom(client)]]);
        return;
      case 'ends':
        open.invocation.ok([['ends', this.#ends()]]);
        return;
      default:
        this.#send(client, open);
    }
  }

  #send(client: Client, { step, invocation, values }: NonNullable<Client['open']>): void {
    const isTransaction = step.act === 'txn';
    const isThere = step.end === 'ok' || (step.end === 'info' && step.hasEffect);
    const isTold = isTransaction ? step.end !== 'fail' : step.end === 'ok';
    const mops = values.map((value, place): MicroOperation => {
      const key = step.keys[place] as Key;
      const log = this.#logs.get(key) as (Value | undefined)[];
      const isHole = !isThere && isTransaction;
      if (isThere || isHole) log.push(isThere ? value : undefined);
      return ['send', key, [isTold && (isThere || isHole) ? log.length - 1 : null, value]];
    });
    if (isTransaction) for (const key of new Set(step.keys)) this.#logs.get(key)?.push(undefined);
    if (step.end === 'ok') invocation.ok(mops);
    else if (step.end === 'fail') invocation.fail('ABORTED');
    else invocation.info('TIMED_OUT', mops);
    if (step.end === 'info') this.#begin(client);
  }

  #readFrom(client: Client): Record<string, [Offset, Value][]> {
    const reads: Record<string, [Offset, Value][]> = {};
    for (const [key, log] of this.#logs) {
      const from = client.position.get(key) as Offset;
      const found = log.flatMap((value, offset): [Offset, Value][] =>
        value === undefined || offset < from ? [] : [[offset, value]],
      );
      if (found.length > 0) reads[key] = found;
      client.position.set(key, log.length);
    }
    return reads;
  }

  #ends(): Record<string, { latest: Offset; stable: Offset }> {
    return Object.fromEntries([...this.#logs].map(([key, { length }]) => [key, { latest: length, stable: length }]));
  }
}
