import { createSimulation, type SimPlatform } from '@nagare/base/sim';
import { encodeBatch, encodeEndTxnMarker, setBaseOffset } from '@nagare/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EndedTxn } from '../core/partition/open-transactions.ts';
import { Log } from './log.ts';
import { defaultLogConfig, type LogConfig } from './log-config.ts';

/** What the log of a model holds: records, or the end of a transaction. */
interface Item {
  readonly kind: 'records' | 'commit' | 'abort';
  readonly base: number;
  readonly last: number;
  readonly producerId: number;
  readonly epoch: number;
  readonly isTransactional: boolean;
}

type Command =
  | { kind: 'records'; producer: number; count: number; isTransactional: boolean }
  | { kind: 'end'; producer: number; isCommit: boolean; raisesEpoch: boolean }
  | { kind: 'roll' | 'sync' | 'checkpoint' | 'crash' | 'power-loss' | 'restart' }
  | { kind: 'truncate' | 'delete'; at: number }
  | { kind: 'look'; from: number; to: number };

const producer = fc.integer({ min: 0, max: 3 });
const share = fc.double({ min: 0, max: 1, noNaN: true });
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      ...{ kind: fc.constant('records' as const), producer, count: fc.integer({ min: 1, max: 3 }) },
      isTransactional: fc.boolean(),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      ...{ kind: fc.constant('end' as const), producer, isCommit: fc.boolean(), raisesEpoch: fc.boolean() },
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom(...(['roll', 'sync', 'checkpoint', 'crash', 'power-loss', 'restart'] as const)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('truncate' as const), at: share }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), at: share }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('look' as const), from: share, to: share }) },
);

const settings = fc.record({
  seed: fc.nat(),
  segmentBytes: fc.constantFrom(300, 700, 4000),
  tailBytesMax: fc.constantFrom(0, 500, 100_000),
  onDisk: fc.constantFrom(true, true, true, false),
});

const topicId = 'dGVzdC10b3BpYy1pZC0xMg';

class Pair {
  readonly #sim: ReturnType<typeof createSimulation>;
  #platform: SimPlatform;
  readonly #config: LogConfig;
  readonly #options: { readonly tailBytesMax: number; readonly onDisk: boolean };
  #log!: Log;
  #items: Item[] = [];
  #synced = 0;
  #recoveryPoint = 0;

  constructor(options: { seed: number; segmentBytes: number; tailBytesMax: number; onDisk: boolean }) {
    this.#options = options;
    this.#sim = createSimulation({ seed: options.seed });
    this.#platform = this.#sim.platform();
    this.#config = { ...defaultLogConfig, segmentBytes: options.segmentBytes, indexIntervalBytes: 150 };
  }

  /** Behind the last batch; but what is cut off in the middle of a batch may begin where records were given up. */
  get #end(): number {
    return Math.max((this.#items.at(-1)?.last ?? -1) + 1, this.#log?.startOffset ?? 0);
  }

  async open(wasCleanShutdown: boolean): Promise<void> {
    const { onDisk, tailBytesMax } = this.#options;
    const options = { topicId, config: this.#config, nowMs: 0 };
    if (!onDisk) {
      this.#log = Log.inMemory(options);
      return;
    }
    const { disk } = this.#platform;
    await this.#sim.complete(disk.makeDirectory('/data'));
    await this.#sim.complete(disk.syncDirectory('/'));
    const place = { disk, directory: '/data/orders-0', recoveryPoint: this.#recoveryPoint };
    this.#log = await this.#sim.complete(Log.open({ ...options, ...place, wasCleanShutdown, tailBytesMax }));
  }

  #records({ producer: id, count, isTransactional }: Extract<Command, { kind: 'records' }>): void {
    const entry = this.#log.producers.get(id);
    const isOpen = (entry?.currentTxnFirstOffset ?? -1) >= 0;
    const item = { ...this.#next(id, count), kind: 'records' as const, isTransactional: isTransactional || isOpen };
    const last = entry?.batches.at(-1)?.lastSequence ?? -1;
    const batch = encodeBatch(
      { producerId: id, producerEpoch: item.epoch, baseSequence: last + 1, isTransactional: item.isTransactional },
      Array.from({ length: count }, () => ({ timestamp: 5, key: null, value: Buffer.alloc(20) })),
    );
    this.#append(item, batch);
  }

  #endTxn({ producer: id, isCommit, raisesEpoch }: Extract<Command, { kind: 'end' }>): void {
    const { epoch, ...place } = this.#next(id, 1);
    const type = isCommit ? ('commit' as const) : ('abort' as const);
    const item = { ...place, kind: type, epoch: epoch + (raisesEpoch ? 1 : 0), isTransactional: true };
    const marker = { type, producerId: id, producerEpoch: item.epoch, coordinatorEpoch: item.base, timestamp: 5 };
    this.#append(item, encodeEndTxnMarker(marker));
  }

  #next(producerId: number, count: number) {
    const epoch = this.#log.producers.get(producerId)?.epoch ?? 0;
    return { producerId, epoch, base: this.#end, last: this.#end + count - 1 };
  }

  #append(item: Item, batch: Buffer): void {
    setBaseOffset(batch, item.base);
    this.#items.push(item);
    this.#log.append(batch, 5);
  }

  async #reopen(how: 'crash' | 'power-loss' | 'clean'): Promise<void> {
    if (!this.#options.onDisk) return;
    if (how === 'clean') {
      await this.#sim.complete(this.#log.close());
      this.#synced = this.#end;
      this.#recoveryPoint = this.#end;
    } else {
      if (how === 'crash') this.#platform.crash();
      else this.#platform.powerLoss();
      this.#platform = this.#sim.platform();
    }
    await this.open(how === 'clean');
    this.#keepTo(this.#log.endOffset);
  }

  #keepTo(endOffset: number): void {
    expect(endOffset).toBeGreaterThanOrEqual(this.#synced);
    this.#items = this.#items.filter(({ last }) => last < endOffset);
    expect(endOffset).toBe(this.#end);
  }

  /** What the simplest fold over the whole log says. */
  #expected() {
    const open = new Map<number, number>();
    const epochs = new Map<number, { epoch: number; coordinatorEpoch: number }>();
    const aborted: EndedTxn[] = [];
    for (const { kind, producerId, epoch, base, isTransactional } of this.#items) {
      const coordinatorEpoch = kind === 'records' ? (epochs.get(producerId)?.coordinatorEpoch ?? -1) : base;
      epochs.set(producerId, { epoch, coordinatorEpoch });
      const firstOffset = open.get(producerId);
      if (kind === 'records') {
        if (isTransactional && firstOffset === undefined) open.set(producerId, base);
        continue;
      }
      open.delete(producerId);
      const lastStableOffset = Math.min(base + 1, ...open.values());
      if (kind === 'abort' && firstOffset !== undefined) {
        aborted.push({ producerId, firstOffset, lastOffset: base, lastStableOffset });
      }
    }
    return { open, epochs, aborted };
  }

  async check(from = 0, to = this.#end): Promise<void> {
    const { producers } = this.#log;
    const { open, epochs, aborted } = this.#expected();
    producers.settle(this.#end);
    expect(producers.firstUnstableOffset).toBe(open.size === 0 ? undefined : Math.min(...open.values()));
    const told = Array.from(producers.entries(), (entry) => [entry.producerId, entry.currentTxnFirstOffset] as const);
    expect(new Map(told)).toEqual(new Map(Array.from(epochs.keys(), (id) => [id, open.get(id) ?? -1])));
    for (const [id, facts] of epochs) expect(producers.get(id)).toMatchObject(facts);
    const fromOffset = Math.max(from, this.#log.startOffset);
    const search = { fromOffset, toOffset: Math.max(to, fromOffset) };
    const found = await this.#sim.complete(Promise.resolve(this.#log.abortedTransactions(search)));
    const isWithin = ({ firstOffset, lastOffset }: EndedTxn) =>
      lastOffset >= search.fromOffset && firstOffset < search.toOffset;
    expect(found).toEqual(aborted.filter(isWithin));
  }

  /** An offset between the two ends of the log. */
  #offsetAt(part: number): number {
    const { startOffset } = this.#log;
    return Math.min(this.#end, startOffset + Math.floor(part * (this.#end + 1 - startOffset)));
  }

  async run(command: Command): Promise<void> {
    switch (command.kind) {
      case 'records':
        return this.#records(command);
      case 'end':
        return this.#endTxn(command);
      case 'roll':
        return this.#log.roll(5);
      case 'sync':
        await this.#sim.complete(this.#log.synced());
        this.#synced = this.#end;
        return;
      case 'checkpoint':
        this.#recoveryPoint = this.#log.recoveryPoint;
        return;
      case 'crash':
      case 'power-loss':
        return this.#reopen(command.kind);
      case 'restart':
        return this.#reopen('clean');
      case 'delete':
        // In memory nothing tells of producers once their batches are gone and the rest is cut off.
        if (this.#options.onDisk) this.#log.deleteBefore(this.#offsetAt(command.at), 5);
        return;
      case 'truncate': {
        const offset = this.#offsetAt(command.at);
        this.#synced = Math.min(this.#synced, offset);
        await this.#sim.complete(this.#log.truncateTo(offset));
        this.#synced = Math.min(this.#synced, this.#log.endOffset);
        this.#keepTo(this.#log.endOffset);
        this.#recoveryPoint = Math.min(this.#recoveryPoint, this.#end);
        return;
      }
      case 'look': {
        const [from, to] = [command.from, command.to].map((part) => Math.floor(part * (this.#end + 1)));
        return this.check(Math.min(from!, to!), Math.max(from!, to!));
      }
    }
  }
}

test('producers, open and aborted transactions are what their log says, whatever happens to the machine', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(settings, fc.array(command, { maxLength: 60, size: 'max' }), async (options, commands) => {
      const pair = new Pair(options);
      await pair.open(true);
      for (const each of commands) {
        await pair.run(each);
        if (['crash', 'power-loss', 'restart', 'truncate'].includes(each.kind)) await pair.check();
      }
      await pair.check();
    }),
    { numRuns: Number(process.env.NAGARE_RUNS ?? 100) },
  );
});
