import type { Random } from '@nagare/base';
import { type Api, batchHeaderBytes, codecOf, encodeBatch, Writer, writeRequestHeader } from '@nagare/protocol';

type Field = Api['request']['fields'][string];

/** What may stand in the texts of requests: names that exist, others, and what no name may be. */
const words = ['orders', 'table', 'g', 'range', 'consumer', '1', '', '__consumer_offsets', 'a/b', 'é', 'retention.ms'];
const integers = [0, 1, -1, 2, 3, -2, 7, 100, 1_000, 2 ** 31 - 1, -(2 ** 31)];

/** A request of one version that its codec can write, with a header: sound in form, and in content whatever comes. */
export function randomRequest(api: Api, version: number, random: Random): Buffer {
  const writer = new Writer();
  writeRequestHeader(writer, api, { apiVersion: version, correlationId: random.below(1_000), clientId: 'fuzz' });
  codecOf(api.request, version).write(writer, randomStruct(api.request.fields, random) as never);
  return Buffer.concat(writer.chunks());
}

function randomStruct(fields: Api['request']['fields'], random: Random): object {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, randomValue(field, random)]));
}

function randomValue(field: Field, random: Random): unknown {
  switch (field.kind) {
    case 'bool':
      return random.below(2) === 1;
    case 'int8':
      return random.below(8) - 2;
    case 'int16':
    case 'uint16':
      return field.kind === 'uint16' ? random.below(65_536) : pick(integers.slice(0, 9), random);
    case 'int32':
    case 'int64':
      return pick(integers, random);
    case 'uint32':
      return random.below(2 ** 32);
    case 'float64':
      return random.next();
    case 'string':
      return pick(words, random);
    case 'uuid':
      return random.below(3) === 0 ? 'AAAAAAAAAAAAAAAAAAAAAA' : random.bytes(16).toString('base64url');
    case 'bytes':
      return random.bytes(random.below(30));
    case 'records':
      return randomRecords(random);
    case 'array':
      return Array.from({ length: random.below(4) }, () => randomValue(field.element as Field, random));
    case 'struct':
      return randomStruct(field.fields ?? {}, random);
  }
}

/** A batch, most often with something wrong about it. */
function randomRecords(random: Random): Buffer {
  const compression = pick(['none', 'gzip', 'snappy', 'lz4'] as const, random);
  const producerId = pick([-1, 1], random);
  const sequence = producerId < 0 ? -1 : random.below(3);
  const batch = encodeBatch(
    { compression, producerId, producerEpoch: producerId < 0 ? -1 : 0, baseSequence: sequence },
    Array.from({ length: 1 + random.below(3) }, () => ({
      ...{ timestamp: pick([-1, 0, 2 ** 52], random), value: random.bytes(20) },
      key: random.below(2) === 0 ? null : Buffer.from('k'),
    })),
  );
  const at = random.below(2) === 0 ? random.below(batchHeaderBytes) : random.below(batch.length);
  if (random.below(2) === 0) batch[at] = random.below(256);
  return random.below(4) === 0 ? batch.subarray(0, at) : batch;
}

/** The same bytes with some of them changed, taken away or put in. */
export function mutated(bytes: Buffer, random: Random): Buffer {
  const copy = Buffer.from(bytes);
  for (let count = 1 + random.below(3); count > 0; count -= 1) {
    copy[random.below(copy.length)] = pick([0, 1, 0x7f, 0x80, 0xff, random.below(256)], random);
  }
  const at = random.below(copy.length);
  return pick(
    [copy, copy, copy.subarray(0, at), Buffer.concat([copy.subarray(0, at), random.bytes(4), copy.subarray(at)])],
    random,
  );
}

function pick<Item>(items: readonly Item[], random: Random): Item {
  return items[random.below(items.length)] as Item;
}
