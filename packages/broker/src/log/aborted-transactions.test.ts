import { type Disk, DiskError } from '@nagare/base';
import { createSimulation } from '@nagare/base/sim';
import { encodeEndTxnMarker, setBaseOffset } from '@nagare/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { Log } from './log.ts';
import { defaultLogConfig } from './log-config.ts';
import { sampleBatch } from './sample-batches.ts';

const directory = '/data/orders-0';
const config = { ...defaultLogConfig, fileDeleteDelayMs: 0 };

let sim: ReturnType<typeof createSimulation>;
let log: Log;
let offset: number;
const disk = (): Disk => sim.platform().disk;

beforeEach(async () => {
  sim = createSimulation({ seed: 3 });
  offset = 0;
  await sim.complete(disk().makeDirectory('/data'));
  await open();
});

async function open(of: Disk = disk()): Promise<void> {
  const options = { topicId: 'dGVzdC10b3BpYy1pZC0xMg', config, nowMs: 0, tailBytesMax: 0 };
  log = await sim.complete(Log.open({ ...options, disk: of, directory, wasCleanShutdown: true }));
}

function write(producerId: number): void {
  const batch = sampleBatch({ baseOffset: offset, producerId, producerEpoch: 0, isTransactional: true });
  log.append(batch, 0);
  offset += 1;
}

function abort(producerId: number): void {
  const marker = { type: 'abort', producerId, producerEpoch: 0, coordinatorEpoch: 0, timestamp: 1000 } as const;
  const batch = encodeEndTxnMarker(marker);
  setBaseOffset(batch, offset);
  log.append(batch, 0);
  offset += 1;
}

const aborted = async (fromOffset = 0, toOffset = offset) => {
  const found = await sim.complete(Promise.resolve(log.abortedTransactions({ fromOffset, toOffset })));
  return found.map(({ producerId, firstOffset, lastOffset }) => [producerId, firstOffset, lastOffset]);
};

const files = async (extension: string) => {
  const names = await sim.complete(disk().list(directory));
  return names.filter((name) => name.endsWith(extension)).sort();
};

/** Two closed segments, the second of which has an abort that began in the first, and an active one with another. */
async function threeSegments(): Promise<void> {
  write(7);
  log.roll(0);
  write(8);
  abort(7);
  log.roll(0);
  abort(8);
  await sim.complete(log.synced());
}

const expected = [
  [7, 0, 2],
  [8, 1, 3],
];

describe('the index of aborted transactions', () => {
  test('is a file only of segments that have some, and is read from there when they are closed', async () => {
    await threeSegments();
    expect(await files('.txnindex')).toEqual(['00000000000000000001.txnindex']);
    expect(await aborted()).toEqual(expected);
    expect(await aborted(0, 1)).toEqual([[7, 0, 2]]);
    await sim.complete(log.close());
    expect(await files('.txnindex')).toEqual(['00000000000000000001.txnindex', '00000000000000000003.txnindex']);
    await open();
    expect(await aborted()).toEqual(expected);
  });

  test('goes with its segment', async () => {
    await threeSegments();
    log.deleteBefore(3, 0);
    await sim.complete(log.written());
    expect(await files('.txnindex')).toEqual([]);
    expect(await files('.txnindex.deleted')).toHaveLength(1);
    log.applyRetention({ nowMs: 1, upTo: offset });
    await sim.complete(log.written());
    expect(await files('.txnindex.deleted')).toEqual([]);
    expect(await aborted(3)).toEqual([[8, 1, 3]]);
  });

  test.each(['.txnindex', '.index'])('is made again when %s of a closed segment is damaged', async (extension) => {
    await threeSegments();
    await sim.complete(log.close());
    const file = await sim.complete(disk().open(`${directory}/00000000000000000001${extension}`));
    await sim.complete(file.write([Buffer.from('no entry')], 0));
    await sim.complete(file.truncate(7));
    await sim.complete(file.close());
    await open();
    expect(await aborted()).toEqual(expected);
    await sim.complete(log.close());
    await open();
    expect(await aborted()).toEqual(expected);
  });

  test('that cannot be written ends the log, as any file does (KAFKA-10778)', async () => {
    await sim.complete(log.close());
    await open(refusing(disk(), '.txnindex'));
    write(7);
    abort(7);
    log.roll(0);
    write(8);
    await expect(sim.complete(log.synced())).rejects.toThrow('could not be written');
    expect(() => write(9)).toThrow('could not be written');
  });
});

/** A disk on which no file of a kind can be opened. */
function refusing(real: Disk, extension: string): Disk {
  return new Proxy(real, {
    get(target, method: keyof Disk) {
      return (path: string, ...rest: unknown[]) => {
        const isRefused = method === 'open' && path.endsWith(extension);
        if (isRefused) return Promise.reject(new DiskError('EIO', path, `Cannot open ${path}`));
        return (target[method] as (...args: unknown[]) => unknown)(path, ...rest);
      };
    },
  });
}
