import {
  BatchBuilder,
  type CompressionType,
  compress,
  compressionTypes,
  crc32c,
  decompress,
  prepareCompression,
  RecordReader,
} from '../../packages/protocol/src/records/index.ts';
import { createTableCrc32c } from '../../packages/protocol/src/wire/crc32c.ts';

const records = 1_000_000;
const batchBytesMax = 131_072;
const valueBytes = 100;

/** The least CPU seconds of five runs, so that neither compilation nor a neighbour counts. */
function cpuSeconds(run: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round += 1) {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1e6);
  }
  return least;
}

function print(what: string, seconds: number, unit: string): void {
  console.log(`${what.padEnd(44)} ${seconds.toFixed(3)} CPU s per ${unit}`);
}

const key = Buffer.from('key-0001');
const value = Buffer.alloc(valueBytes, 'order 4711 customer 815 status OK; ');

function encode(): Buffer[] {
  const batches: Buffer[] = [];
  let builder = new BatchBuilder({ bytesMax: batchBytesMax });
  for (let index = 0; index < records; index += 1) {
    const record = { timestamp: 1_700_000_000_000 + index, key, value };
    if (builder.append(record)) continue;
    batches.push(builder.build());
    builder = new BatchBuilder({ bytesMax: batchBytesMax });
    builder.append(record);
  }
  batches.push(builder.build());
  return batches;
}

const batches = encode();

function decode(visit: (reader: RecordReader) => void): void {
  for (const batch of batches) {
    const reader = new RecordReader(batch);
    while (reader.next()) visit(reader);
  }
}

let seen = 0;
const million = 'million records';
print(`encode, ${valueBytes}-byte values`, cpuSeconds(encode), million);
print(
  'decode lazily, nothing asked for',
  cpuSeconds(() => decode((reader) => (seen += reader.valueLength))),
  million,
);
print(
  'decode lazily, value',
  cpuSeconds(() => decode((reader) => (seen += reader.value()?.length ?? 0))),
  million,
);
print(
  'decode, key and value',
  cpuSeconds(() => decode((reader) => (seen += (reader.key()?.length ?? 0) + (reader.value()?.length ?? 0)))),
  million,
);

const gigabyte = 1e9;
const bytes = batches.reduce((total, batch) => total + batch.length, 0);
const table = createTableCrc32c();
const perGigabyte = (run: (batch: Buffer) => void) =>
  cpuSeconds(() => batches.forEach((batch) => run(batch))) * (gigabyte / bytes);
print(
  'CRC-32C',
  perGigabyte((batch) => (seen ^= crc32c(batch))),
  'GB',
);
print(
  'CRC-32C without native code',
  perGigabyte((batch) => (seen ^= table(batch))),
  'GB',
);

await prepareCompression(compressionTypes);
for (const type of ['gzip', 'snappy', 'lz4', 'zstd'] satisfies CompressionType[]) {
  const few = batches.slice(0, 100);
  const packed = few.map((batch) => compress(type, batch));
  const scale = gigabyte / few.reduce((total, batch) => total + batch.length, 0);
  print(
    `compress ${type}`,
    cpuSeconds(() => few.forEach((batch) => (seen ^= compress(type, batch).length))) * scale,
    'GB',
  );
  const inflate = () => packed.forEach((batch) => (seen ^= decompress(type, batch, batchBytesMax).length));
  print(`decompress ${type}`, cpuSeconds(inflate) * scale, 'GB');
}
if (seen === 0.5) console.log('Nothing was seen.');
