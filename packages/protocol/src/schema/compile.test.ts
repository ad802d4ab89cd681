import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { apis } from '../messages/registry.ts';
import { metadataRecords } from '../metadata/registry.ts';
import { ProtocolError } from '../protocol-error.ts';
import { storedRecords } from '../stored/registry.ts';
import { Reader } from '../wire/reader.ts';
import { Writer } from '../wire/writer.ts';
import type { Api, MessageSchema } from './api.ts';
import { codecOf } from './compile.ts';
import { readStruct, writeStruct } from './interpret.ts';
import { type FieldLayout, layoutOf, type StructLayout } from './layout.ts';

const schemas: readonly MessageSchema[] = [
  ...Object.values(apis).flatMap((api) => [(api as unknown as Api).request, (api as unknown as Api).response]),
  ...(Object.values(metadataRecords) as unknown as MessageSchema[]),
  ...(Object.values(storedRecords) as unknown as MessageSchema[]),
];
const cases = schemas.flatMap((schema) =>
  Array.from({ length: schema.versions.max - schema.versions.min + 1 }, (_, i) => ({
    schema,
    version: schema.versions.min + i,
  })),
);

const int64 = fc.oneof(fc.maxSafeInteger(), fc.constantFrom(2 ** 63, -(2 ** 63), -1, 0));

function anyValueOf(layout: FieldLayout): fc.Arbitrary<unknown> {
  const value = nonNullValueOf(layout);
  return layout.nullable ? fc.option(value, { nil: null, freq: 4 }) : value;
}

function nonNullValueOf(layout: FieldLayout): fc.Arbitrary<unknown> {
  switch (layout.field.kind) {
    case 'bool':
      return fc.boolean();
    case 'int8':
      return fc.integer({ min: -128, max: 127 });
    case 'int16':
      return fc.integer({ min: -32_768, max: 32_767 });
    case 'uint16':
      return fc.integer({ min: 0, max: 65_535 });
    case 'int32':
      return fc.integer();
    case 'uint32':
      return fc.integer({ min: 0, max: 2 ** 32 - 1 });
    case 'int64':
      return int64;
    case 'float64':
      return fc.double({ noNaN: true });
    case 'string':
      return fc.string({ unit: 'grapheme', maxLength: 20 });
    case 'uuid':
      return fc.uint8Array({ minLength: 16, maxLength: 16 }).map((id) => Buffer.from(id).toString('base64url'));
    case 'bytes':
    case 'records':
      return fc.uint8Array({ maxLength: 40 }).map((value) => Buffer.from(value));
    case 'array':
      return fc.array(anyValueOf(layout.element as FieldLayout), { maxLength: 3 });
    case 'struct':
      return messageOf(layout.struct as StructLayout);
  }
}

function messageOf(layout: StructLayout): fc.Arbitrary<Record<string, unknown>> {
  return fc
    .record(Object.fromEntries([...layout.present, ...layout.tagged].map((field) => [field.name, anyValueOf(field)])))
    .map((message) => ({
      ...message,
      ...Object.fromEntries(layout.absent.map((field) => [field.name, field.defaultValue])),
    }));
}

function bytesOf(write: (writer: Writer) => void): Buffer {
  const writer = new Writer(4);
  write(writer);
  const { byteLength } = writer;
  const buffer = writer.toBuffer();
  expect(buffer.length).toBe(byteLength);
  return buffer;
}

describe('a compiled codec', () => {
  test.each(cases)('$schema.name v$version writes and reads what the plain interpreter does', ({ schema, version }) => {
    const layout = layoutOf(schema, version);
    const codec = codecOf(schema, version);
    fc.assert(
      fc.property(messageOf(layout), (message) => {
        const compiled = bytesOf((writer) => codec.write(writer, message as never));
        expect(compiled).toEqual(bytesOf((writer) => writeStruct(layout, writer, message)));
        const reader = new Reader(compiled);
        const read = codec.read(reader);
        expect(reader.remaining).toBe(0);
        expect(read).toEqual(message);
        expect(read).toEqual(readStruct(layout, new Reader(compiled)));
      }),
      { numRuns: 15, endOnFailure: true },
    );
  });

  test.each(cases)('$schema.name v$version answers arbitrary bytes with a message or a ProtocolError', (one) => {
    const codec = codecOf(one.schema, one.version);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          codec.read(new Reader(Buffer.from(bytes)));
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
      { numRuns: 30, endOnFailure: true },
    );
  });

  test('rejects a null where the version does not allow one, in either direction', () => {
    const codec = codecOf(apis.heartbeat.request, 4);
    expect(() =>
      codec.write(new Writer(), { groupId: null as unknown as string, generationId: 1, memberId: 'm' }),
    ).toThrow('Field groupId cannot be null');
    expect(() => codec.read(new Reader(Buffer.from([0])))).toThrow(ProtocolError);
  });

  test('skips tagged fields that it does not know', () => {
    const codec = codecOf(apis.heartbeat.response, 4);
    const known = bytesOf((writer) => codec.write(writer, { errorCode: 27 }));
    const withTag = Buffer.concat([known.subarray(0, -1), Buffer.from([1, 99, 3, 1, 2, 3])]);
    expect(codec.read(new Reader(withTag))).toEqual({ throttleTimeMs: 0, errorCode: 27 });
  });

  test('marks a tagged struct that is null as Kafka does, with a varint', () => {
    const member = { instanceId: null, rackId: null, clientId: '', clientHost: '', subscribedTopicNames: [] };
    const bytes = bytesOf((writer) =>
      codecOf(storedRecords.consumerGroupMemberMetadataValue, 0).write(writer, {
        ...member,
        subscribedTopicRegex: null,
        serverAssignor: null,
        classicMemberMetadata: null,
      }),
    );
    expect(bytes.subarray(-4).toString('hex')).toBe('01000100');
  });

  test('refuses a count that the remaining bytes cannot hold before it allocates', () => {
    const hostile = Buffer.alloc(8);
    hostile.writeInt32BE(0x7fffffff, 0);
    expect(() => codecOf(apis.metadata.request, 0).read(new Reader(hostile))).toThrow('does not fit');
  });

  test('says which versions there are when asked for another', () => {
    expect(() => codecOf(apis.heartbeat.request, 9)).toThrow('HeartbeatRequest has versions 0-4, got 9');
  });
});
