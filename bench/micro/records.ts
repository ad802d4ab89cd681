import { crc32c } from '@nagare/base';
import {
  BatchBuilder,
  compress,
  compressionTypes,
  decompress,
  prepareCompression,
  RecordReader,
} from '@nagare/protocol';

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
/** No two values are the same, as no two records are; the codecs would look better than they are. */
const values = Array.from({ length: 1024 }, (_, index) =>
  Buffer.alloc(
    valueBytes,
    `{"order":${index * 7919},"customer":${(index * 31) % 977},"amount":${index % 13}.99,"status":"OK"}`,
  ),
);

function encode(): Buffer[] {
  const batches: Buffer[] = [];
  let builder = new BatchBuilder({ bytesMax: batchBytesMax });
  for (let index = 0; index < records; index += 1) {
    const record = { timestamp: 1_700_000_000_000 + index, key, value: values[index & 1023] ?? null };
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

/** Runs over whole batches, scaled to a gigabyte of them. */
function printPerGigabyte(
  what: string,
  inputs: readonly Buffer[],
  bytes: number,
  run: (input: Buffer) => number,
): void {
  const seconds = cpuSeconds(() => {
    for (const input of inputs) seen ^= run(input);
  });
  print(what, (seconds * gigabyte) / bytes, 'GB');
}

const bytesOf = (buffers: readonly Buffer[]) => buffers.reduce((total, buffer) => total + buffer.length, 0);

printPerGigabyte('CRC-32C', batches, bytesOf(batches), (batch) => crc32c(batch));

await prepareCompression(compressionTypes);
const few = batches.slice(0, 100);
for (const type of compressionTypes) {
  if (type === 'none') continue;
  const packed = few.map((batch) => compress(type, batch));
  printPerGigabyte(`compress ${type}`, few, bytesOf(few), (batch) => compress(type, batch).length);
  printPerGigabyte(
    `decompress ${type}`,
    packed,
    bytesOf(few),
    (batch) => decompress(type, batch, batchBytesMax).length,
  );
}
if (seen === 0.5) console.log('Nothing was seen.');
