import {
  codecOf,
  metadataRecords,
  ProtocolError,
  Reader,
  type StoredRecord,
  type StoredValueOf,
  Writer,
} from '@nagare/protocol';

type Schemas = typeof metadataRecords;

/** The names of Kafka's metadata records. */
export type MetadataRecordType = keyof Schemas;

/** The fields of one type of metadata record. */
export type MetadataRecordValue<Type extends MetadataRecordType> = StoredValueOf<Schemas[Type]>;

/** A record of `__cluster_metadata`. */
export type MetadataRecord = {
  [Type in MetadataRecordType]: { readonly type: Type; readonly value: MetadataRecordValue<Type> };
}[MetadataRecordType];

/** The version of the frame around a record; Kafka has had no other since KRaft left its preview. */
const frameVersion = 1;

/** The versions that we write: those of our metadata.version. Every version of the schemas is read. */
const writtenVersions: Readonly<Partial<Record<MetadataRecordType, number>>> = {
  registerBrokerRecord: 3,
  brokerRegistrationChangeRecord: 2,
  partitionRecord: 2,
  partitionChangeRecord: 2,
};

const typesByNumber = new Map(
  Object.entries(metadataRecords).map(([type, schema]) => [schema.type, type as MetadataRecordType]),
);

/** A record in Kafka's frame: varints for frame version, type and version, then the fields. */
export function encodeMetadataRecord({ type, value }: MetadataRecord): Buffer {
  const schema: StoredRecord = metadataRecords[type] as unknown as StoredRecord;
  const version = writtenVersions[type] ?? 0;
  const writer = new Writer(128);
  writer.uvarint(frameVersion);
  writer.uvarint(schema.type as number);
  writer.uvarint(version);
  codecOf(schema, version).write(writer, value);
  return writer.toBuffer();
}

/**
 * Reads what {@link encodeMetadataRecord} or Kafka wrote.
 *
 * @throws {ProtocolError} When the bytes are not exactly one record of a type that we know.
 */
export function decodeMetadataRecord(bytes: Buffer): MetadataRecord {
  const reader = new Reader(bytes);
  const frame = reader.uvarint();
  if (frame !== frameVersion) throw new ProtocolError('malformed', `A metadata record has frame version ${frame}`);
  const number = reader.uvarint();
  const type = typesByNumber.get(number);
  if (type === undefined) throw new ProtocolError('unsupported', `Metadata records of type ${number} are unknown`);
  const value = codecOf(metadataRecords[type] as unknown as StoredRecord, reader.uvarint()).read(reader);
  if (reader.remaining > 0) throw new ProtocolError('malformed', `${reader.remaining} bytes follow a metadata record`);
  return { type, value } as unknown as MetadataRecord;
}

/** Splits encoded records into batches of at most `batchBytesMax` bytes, or one record where it alone is larger. */
export function splitIntoBatches(records: readonly Buffer[], batchBytesMax: number): Buffer[][] {
  const batches: Buffer[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const record of records) {
    if (bytes + record.length > batchBytesMax) {
      batches.push([]);
      bytes = 0;
    }
    batches.at(-1)?.push(record);
    bytes += record.length;
  }
  return batches;
}

/** Makes records count together although they do not fit in one batch. */
export function inTransaction(name: string, records: readonly MetadataRecord[]): MetadataRecord[] {
  return [{ type: 'beginTransactionRecord', value: { name } }, ...records, { type: 'endTransactionRecord', value: {} }];
}
