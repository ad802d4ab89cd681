import type { Producer, ProducerOptions, Transaction } from '@nagare/client';
import type { Key, MicroOperation, Offset, Value } from '../history/event.ts';
import type { ClientBody, ClientRun } from '../world/client-node.ts';
import type { World } from '../world/world.ts';
import { messageOf, textOf } from './values.ts';

/** The options of a producer that a client plan has drawn. */
export function producerOptionsOf({ plan }: ClientRun): ProducerOptions {
  const { lingerMs, batchBytesMax, maxInFlight, requestTimeoutMs, deliveryTimeoutMs } = plan.options;
  return {
    lingerMs: Number(lingerMs ?? 0),
    batchBytesMax: Number(batchBytesMax ?? 500),
    maxInFlight: Number(maxInFlight ?? 5),
    requestTimeoutMs: Number(requestTimeoutMs ?? 1_000),
    deliveryTimeoutMs: Number(deliveryTimeoutMs ?? 20_000),
    blockMsMax: 20_000,
  };
}

/** Sends what its steps say, one operation after the other; the records of one are under way together. */
export function producing(world: World): ClientBody {
  return async (run) => {
    let process = world.history.newProcess();
    let producer = run.client.producer(producerOptionsOf(run));
    for (let step = run.next(); step !== undefined; step = run.next()) {
      if (step.do === 'wait') await run.sleep(step.ms ?? 0);
      if (step.do !== 'send') continue;
      if (await sendOnce(world, { process, producer, keys: keysThere(world, step.keys) })) continue;
      // Who does not know what became of its records must not send as the same any more.
      process = world.history.newProcess();
      await producer.close({ timeoutMs: 0 });
      producer = run.client.producer(producerOptionsOf(run));
    }
    await producer.close();
  };
}

/** Those of the keys that stand for a partition that is there by now. */
function keysThere(world: World, keys: readonly Key[] = []): readonly Key[] {
  return keys.filter((key) => key < world.partitions.length && !world.gone.has(key));
}

interface Sending {
  readonly process: number;
  readonly producer: Producer;
  readonly keys: readonly Key[];
}

/** Sends a record for each key at once; false when it is not known what became of one of them. */
async function sendOnce(world: World, { process, producer, keys }: Sending): Promise<boolean> {
  const values = keys.map(() => world.newValue());
  const mops = keys.map((key, place): MicroOperation => ['send', key, values[place] as Value]);
  const invocation = world.history.invoke(process, 'send', mops);
  let error: unknown;
  const offsets = await Promise.all(
    keys.map((key, place) =>
      sendValue(world, producer, key, values[place] as Value).catch((reason: unknown): null => {
        error ??= reason;
        return null;
      }),
    ),
  );
  const results = keys.map((key, place): MicroOperation => {
    return ['send', key, [offsets[place] ?? null, values[place] as Value]];
  });
  if (error === undefined) invocation.ok(results);
  else invocation.info(messageOf(error), results);
  return error === undefined;
}

/** Sends one record, and gives its offset. */
export async function sendValue(
  world: World,
  producer: Pick<Producer | Transaction, 'send'>,
  key: Key,
  value: Value,
  more?: string,
): Promise<Offset> {
  const { topic, partition } = world.partitionOf(key);
  const named = world.nameOf?.(value, key);
  const message = {
    ...{ partition, key: named?.name ?? null },
    // A tombstone has no place for its value but a header.
    ...(named?.isTombstone ? { value: null, headers: { value: textOf(value) } } : { value: textOf(value, more) }),
  };
  const [sent] = await producer.send({ topic, messages: [message] });
  return sent?.baseOffset as Offset;
}
