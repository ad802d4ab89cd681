import { describe, expect, test } from 'vitest';
import { batchHeaderBytes, isCrcValid, readBatchHeader, setProducerState } from './batch-header.ts';
import { checkBatch } from './batch-iterator.ts';
import { type CompressionType, compressionTypes, decompress } from './compression/registry.ts';
import { encodeEndTxnMarker, readControlType, readCoordinatorEpoch, readEndTxnMarker } from './control-record.ts';
import type { RecordDraft } from './record.ts';
import { readRecords } from './record-reader.ts';
import { BatchBuilder, encodeBatch, encodeEmptyBatch } from './record-writer.ts';

/** Batches that the Java client 4.3.1 wrote; the two that compaction leaves are by that of 4.4.0. */
const java = {
  plain:
    '000000000000000000000058ffffffff0267dff4a90000000000020000018bcfe568000000018bcfe6eea0ffffffffffffffffffffffffffff0000000324000000046b31047631040261023104c3a9011000090201047632001400c09a0c04046b330100',
  transactional:
    '000000000000000000000058ffffffff0279ce15bc0010000000020000018bcfe568000000018bcfe6eea00000000000000fa00005000000110000000324000000046b31047631040261023104c3a9011000090201047632001400c09a0c04046b330100',
  gzip: '0000000000000000000001c8ffffffff02ba4513200001000000270000018bcfe568000000018bcfe56911ffffffffffffffffffffffffffff000000281f8b08000000000000ff7dd24f2844511cc5f1fbe7254d9a24499af492a409cddcf78c2149d224c94ab21d3c9131739b41cdc65292a5244b49d692b5642d594bd692b564a1dedbde73b6b77b369fdfb72284486d47cde1dcf2ee66e4ef972b7b915fdbf0ebd15aadbeeee7fcad865fabc64f3be56a33f9d010159156f12cef9ce5e12ce3c533e39c1938cbb6c4b3c0390be0acd81acf42e72c84b3528a908cc2d9521b2129c0d96a9a908cc1996d272445383be82024e36066c589ec4c4c569cf7469d587121bb1215f7109562c58dec4e5cdc43d48a15f7b22791710f512d563cc94c62e31ea25eac7895bd0c071563c587f4190e6ac68a6fd9c770503556fcc97e8683bab1e2580d301c5cceb91a2438069773adb204c7e072eed410c131b89c473542700c2ee745e5088ec1e5bc2bc37070395f2a6438b89c5f556038b89c235d6438b89c333dc1707039577a92e004b89c5b3d4570025cce839e2638012ee759cf109c0097f3a667094e80cbf9d4258683cbf9d1730c079773e8cd331c5ccea9b7c070703997de22c341e5fc033468ba5ad4080000',
  lz4: '0000000000000000000002c6ffffffff020bb3a6d60003000000270000018bcfe568000000018bcfe56911ffffffffffffffffffffffffffff0000002804224d1860408286020000f1176c0000000a6b65792d30567468652076616c7565206f66207265636f72642030206973206f6e1300426d616e7921006173006c000e0237001f313700021f31370006211c0437001f323700021f32370006212a0637001f333700021f3337000621380837001f343700021f3437000621460a37000f1301031f3537000621540c37000f1301031f3637000621620e37000f1301031f3737000621701037000f1301031f38370006217e1237000f1301031f393700045170008c011438002f30582702011f312802055170009a011639001f313900030f2a0205517000a8011839001f323900030f2c0205517000b6011a39001f333900030f2e0205517000c4011c39001f343900030f300205517000d2011e39000f1d01040f320205517000e0012039000f1d01040f340205517000ee012239000f1d01040f360205517000fc012439000f1d01040f3802055170008a022639000f1d01040f3a02073198022839000f1d01031f323a020731a6022a39000f1d01031f323a020731b4022c39000f1d01031f323a020731c2022e39000f1d01031f323a020731d0023039000f1d01031f323a020731de023239000f1d01040f3a020731ec023439000f1d01040f3a020731fa023639000f1d01040f3a02073188033839000f1d01040f3a02073196033a39000f1d01040f3a020731a4033c39000f1d01031f333a020731b2033e39000f1d01031f333a020731c0034039000f1d01031f333a020731ce034239000f1d01031f333a020731dc034439000f1d01031f333a020731ea034639000f1d01040f3a020731f8034839000f1d01040f3a02073186044a39000f1d01040f3a02073194044c39000f1d01040f3a020731a2044e39000f1d01040f3a0200506c7565730000000000',
  snappy:
    '00000000000000000000029cffffffff02db7ab1300002000000270000018bcfe568000000018bcfe56911ffffffffffffffffffffffffffff0000002882534e4150505900000000010000000100000257d411986c0000000a6b65792d30567468652076616c7565206f66207265636f72642030206973206f6e6501130c6d616e7909211473006c000e02053700315237000031623700041c04053700325237000032623700042a0605370033523700003362370004380805370034523700003462370004460a0537561301003562370004540c0537561301003662370004620e0537561301003762370004701005375613010038623700047e12053756130100395a37001070008c011405380430584e270200315e28021070009a0116053900315639005e2a02107000a80118053900325639005e2c02107000b6011a053900335639005e2e02107000c4011c053900345639005e3002107000d2011e05395a1d015e3202107000e0012005395a1d015e3402107000ee012205395a1d015e3602107000fc012405395a1d015e38021070008a022605395a1d01663a02089802280539561d010032663a0208a6022a0539561d010032663a0208b4022c0539561d010032663a0208c2022e0539561d010032663a0208d002300539561d010032663a0208de023205395a1d01663a0208ec02340539003152ac020032663a0208fa023605395a1d01663a020888033805395a1d01663a020896033a05395a1d01663a0208a4033c0539561d010033663a0208b2033e0539561d010033663a0208c003400539561d010033663a0208ce03420539561d010033663a0208dc03440539003452c8010033663a0208ea034605395a1d01663a0208f8034805395a1d01663a020886044a05395a1d01663a020894044c05395a1d01663a0208a2044e05395a1d015e3a02',
  zstd: '000000000000000000000185ffffffff02de00bd6e0004000000270000018bcfe568000000018bcfe56911ffffffffffffffffffffffffffff0000002828b52ffd0058440a00e40e6c0000000a6b65792d30567468652076616c7565206f66207265636f72642030206973206f6e6d616e7973006c000e0231311c0432322a06333338083434460a3035540c3136620e3237701033387e12343970008c0114305870009a01163131a801183232b6011a3333c4011c3434d2011e3035e001203136ee01223237fc012433388a02263439980228303230a6022a3131b4022c3232c2022e3333d002303434de02323035ec02343136fa02363237880338333896033a3439a4033c303330b2033e3131c003403232ce03423333dc03443434ea03463035f80348313686044a323794044c3338a2044e343977a8219c674bfb77d0539603117489f0df79221fd9426e2e72e3912b8facb90b6166e4c92a4f5c79e4ca25bb1566469eacf2c49547ae5c4098efe35f4178c679ee3c9c87d61cc73634c73638c786077a732ad95236835401010000',
  commit:
    '000000000000000000000042ffffffff02d77078260030000000000000018bcfe568000000018bcfe568000000000000000fa00005ffffffff000000012000000008000000010c00000000000900',
  abort:
    '000000000000000000000042ffffffff02234eae6e0030000000000000018bcfe568000000018bcfe568000000000000000fa00005ffffffff000000012000000008000000000c00000000000900',
  compacted:
    '00000000000003e80000004f0000000302ed6613e0005000000006000001a3185c50000000018bcfe568070000000000000fa0000500000011000000021e00ff9fb787e90502046b31047631001a00f19fb787e90508046b320100',
  empty:
    '00000000000003e8000000310000000302a8a29d42001000000006ffffffffffffffff0000018bcfe568070000000000000fa000050000001100000000',
  appendTime:
    '000000000000000000000058ffffffff026010407a0008000000020000018bcfe56800000001a3185c5000ffffffffffffffffffffffffffff0000000324000000046b31047631040261023104c3a9011000090201047632001400c09a0c04046b330100',
  extreme:
    '00000000000000000000004cffffffff02dbe3910800000000000100000000000000007fffffffffffffffffffffffffffffffffffffffffff0000000210000000026b0276002200feffffffffffffffff0102026b027600',
} as const;

const bytesOf = (name: keyof typeof java) => Buffer.from(java[name], 'hex');

const threeRecords: readonly RecordDraft[] = [
  {
    timestamp: 1_700_000_000_000,
    key: Buffer.from('k1'),
    value: Buffer.from('v1'),
    headers: [
      { key: 'a', value: Buffer.from('1') },
      { key: 'é', value: null },
    ],
  },
  { timestamp: 1_699_999_999_995, key: null, value: Buffer.from('v2'), headers: [] },
  { timestamp: 1_700_000_100_000, key: Buffer.from('k3'), value: null, headers: [] },
];

const fortyRecords: readonly RecordDraft[] = Array.from({ length: 40 }, (_, index) => ({
  timestamp: 1_700_000_000_000 + index * 7,
  key: Buffer.from(`key-${index % 5}`),
  value: Buffer.from(`the value of record ${index} is one of many values`),
  headers: [],
}));

const extremes: readonly RecordDraft[] = [0, 2 ** 63].map((timestamp) => ({
  timestamp,
  key: Buffer.from('k'),
  value: Buffer.from('v'),
  headers: [],
}));

const compactedRecords: readonly { readonly offset: number; readonly draft: RecordDraft }[] = [
  { offset: 1001, draft: { timestamp: 1_700_000_000_000, key: Buffer.from('k1'), value: Buffer.from('v1') } },
  { offset: 1004, draft: { timestamp: 1_700_000_000_007, key: Buffer.from('k2'), value: null } },
];

const read = (batch: Buffer) => readRecords(batch).map(({ offset: _, ...record }) => record);

describe('what Java writes', () => {
  const whole = (Object.keys(java) as (keyof typeof java)[]).filter((name) => name !== 'compacted' && name !== 'empty');
  test.each(whole)('%s: the header is sound and the checksum right', (name) => {
    const batch = bytesOf(name);
    expect(isCrcValid(batch)).toBe(true);
    expect(checkBatch(batch, 0, batch.length)).toBeUndefined();
    expect(readBatchHeader(batch)).toMatchObject({ baseOffset: 0, magic: 2, sizeBytes: batch.length });
  });

  test('is read record by record', () => {
    expect(read(bytesOf('plain'))).toEqual(threeRecords);
    expect(readRecords(bytesOf('transactional')).map(({ offset }) => offset)).toEqual([0, 1, 2]);
    expect(read(bytesOf('extreme'))).toEqual(extremes);
  });

  test('has the timestamp of the broker where the topic says so', () => {
    expect(read(bytesOf('appendTime'))).toEqual(
      threeRecords.map((record) => ({ ...record, timestamp: 1_800_000_000_000 })),
    );
  });

  test.each(compressionTypes.filter((type) => type !== 'none'))('is read when compressed with %s', (type) => {
    expect(readBatchHeader(bytesOf(type)).compression).toBe(type);
    expect(read(bytesOf(type))).toEqual(fortyRecords);
  });

  test.each(compressionTypes)('inflates to its length and not a byte more (%s)', (type) => {
    const records = bytesOf(type === 'none' ? 'plain' : type).subarray(batchHeaderBytes);
    const { length } = decompress(type, records, 1_000_000);
    expect(decompress(type, records, length)).toHaveLength(length);
    expect(() => decompress(type, records, length - 1)).toThrow(expect.objectContaining({ kind: 'too-large' }));
  });

  test.each(['commit', 'abort'] as const)('%s marker is read', (type) => {
    const [record] = readRecords(bytesOf(type));
    expect(readControlType(record?.key ?? null)).toBe(type);
    expect(readCoordinatorEpoch(record?.value ?? null)).toBe(9);
    const before = Buffer.alloc(7);
    const inLog = Buffer.concat([before, bytesOf(type), before]);
    const marker = { type, producerId: 4000, producerEpoch: 5, coordinatorEpoch: 9, timestamp: 1_700_000_000_000 };
    expect(readEndTxnMarker(inLog, before.length)).toEqual(marker);
  });

  test('and compaction has thinned out keeps its offsets', () => {
    expect(isCrcValid(bytesOf('compacted'))).toBe(true);
    expect(readBatchHeader(bytesOf('compacted'))).toMatchObject({ hasDeleteHorizon: true, lastOffsetDelta: 6 });
    expect(readRecords(bytesOf('compacted'))).toMatchObject(
      compactedRecords.map(({ offset, draft }) => ({ offset, ...draft })),
    );
    expect(readRecords(bytesOf('empty'))).toEqual([]);
  });
});

describe('what we write is what Java writes', () => {
  const equal = (batch: Buffer, name: keyof typeof java) => expect(batch.toString('hex')).toBe(java[name]);

  test('for a plain batch', () => equal(encodeBatch({}, threeRecords), 'plain'));

  test('for the greatest timestamp', () => equal(encodeBatch({}, extremes), 'extreme'));

  test('for a transactional batch, its producer named before or after it was built', () => {
    const state = { producerId: 4000, producerEpoch: 5, baseSequence: 17 };
    equal(encodeBatch({ ...state, isTransactional: true }, threeRecords), 'transactional');
    const batch = encodeBatch({ isTransactional: true }, threeRecords);
    setProducerState(batch, state);
    equal(batch, 'transactional');
  });

  test('for what compaction leaves of a batch, and for what it leaves when no record stays', () => {
    const builder = new BatchBuilder({
      ...{ producerId: 4000, producerEpoch: 5, baseSequence: 17, isTransactional: true },
      ...{ baseOffset: 1000, lastOffsetDelta: 6, partitionLeaderEpoch: 3, deleteHorizonMs: 1_800_000_000_000 },
    });
    for (const { offset, draft } of compactedRecords) builder.append(draft, offset - 1000);
    const compacted = builder.build();
    equal(compacted, 'compacted');
    equal(encodeEmptyBatch(compacted), 'empty');
  });

  test('for log append time', () => {
    equal(encodeBatch({ logAppendTimeMs: 1_800_000_000_000 }, threeRecords), 'appendTime');
  });

  test.each(['commit', 'abort'] as const)('for a %s marker', (type) => {
    const marker = { producerId: 4000, producerEpoch: 5, coordinatorEpoch: 9, timestamp: 1_700_000_000_000 };
    equal(encodeEndTxnMarker({ type, ...marker }), type);
  });

  test.each(['gzip', 'snappy', 'lz4'] satisfies CompressionType[])('in its header, for %s', (compression) => {
    const { sizeBytes: _, crc: __, ...ours } = readBatchHeader(encodeBatch({ compression }, fortyRecords));
    expect(readBatchHeader(bytesOf(compression))).toMatchObject(ours);
  });
});
