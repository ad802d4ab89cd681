import type { Type } from 'avsc';
import avsc from 'avsc';
import { SerdeError } from '../errors.ts';
import type { Serde } from '../serde.ts';
import type { AvroSchema, AvroValue } from './schema.ts';
import type { SchemaSource } from './source.ts';
import { frameBytes, readFrame, writeFrame } from './wire-format.ts';

export interface AvroOptions {
  /** Where schema ids come from. */
  readonly source: SchemaSource;
  /** Whether the serde is for keys or values; it ends the subject's name. Default: `value`. */
  readonly use?: 'key' | 'value';
  /** The subject for a topic, in place of `<topic>-<use>`. */
  readonly subject?: (topic: string) => string;
}

/**
 * Avro in Confluent's wire format: a zero byte, the schema's id in four, then the data.
 *
 * A record is read with the schema that wrote it and resolved to `schema`, so writers may be older or newer as far as
 * Avro's rules of resolution allow.
 *
 * @param schema - The schema to write with and to resolve to. Declare it `as const` to have the type of values inferred.
 * @param options - The schema source, and how subjects are named.
 * @throws {SerdeError} `NAGARE_SERDES_BAD_VALUE`, `NAGARE_SERDES_NOT_FRAMED`, `NAGARE_SERDES_UNKNOWN_SCHEMA`,
 * `NAGARE_SERDES_INCOMPATIBLE_SCHEMA` or `NAGARE_SERDES_BAD_BYTES` from the serde's methods.
 * @example Clicks
 * ```ts
 * const click = avro(
 *   { type: 'record', name: 'Click', fields: [{ name: 'url', type: 'string' }] } as const,
 *   { source: memorySchemaSource() },
 * );
 * ```
 */
export function avro<const S extends AvroSchema>(schema: S, options: AvroOptions): Serde<AvroValue<S>> {
  return serdeOf(new AvroCodec(schema, options)) as unknown as Serde<AvroValue<S>>;
}

function serdeOf(codec: AvroCodec): Serde<unknown> {
  return Object.freeze({
    serialize: (topic: string, value: unknown) => (value === null ? null : codec.write(topic, value)),
    deserialize: (_topic: string, bytes: Buffer | null) => (bytes === null ? null : codec.read(bytes)),
  });
}

type Reader = (bytes: Buffer) => unknown;

class AvroCodec {
  readonly #source: SchemaSource;
  readonly #subjectOf: (topic: string) => string;
  readonly #text: string;
  readonly #type: Type;
  readonly #idOf = new Map<string, number>();
  readonly #readers = new Map<number, Reader>();
  #scratch = Buffer.allocUnsafe(1024);

  constructor(schema: AvroSchema, { source, use = 'value', subject }: AvroOptions) {
    this.#source = source;
    this.#subjectOf = subject ?? ((topic) => `${topic}-${use}`);
    this.#text = JSON.stringify(schema);
    this.#type = parseSchema(this.#text);
  }

  write(topic: string, value: unknown): Buffer {
    const end = this.#encode(value);
    writeFrame(this.#scratch, this.#schemaId(topic));
    return Buffer.from(this.#scratch.subarray(0, end));
  }

  read(bytes: Buffer): unknown {
    const id = readFrame(bytes);
    const reader = this.#readers.get(id) ?? this.#addReader(id);
    try {
      return reader(bytes.subarray(frameBytes));
    } catch (cause) {
      throw new SerdeError('NAGARE_SERDES_BAD_BYTES', `not a record of schema ${id}: ${messageOf(cause)}`, { cause });
    }
  }

  /** Encodes behind the frame's place in the scratch buffer, growing it when the value does not fit. */
  #encode(value: unknown): number {
    try {
      let end = this.#type.encode(value, this.#scratch, frameBytes);
      if (end < 0) {
        this.#scratch = Buffer.allocUnsafe((this.#scratch.length - end) * 2);
        end = this.#type.encode(value, this.#scratch, frameBytes);
      }
      return end;
    } catch (cause) {
      throw new SerdeError('NAGARE_SERDES_BAD_VALUE', messageOf(cause), { cause });
    }
  }

  #schemaId(topic: string): number {
    const known = this.#idOf.get(topic);
    if (known !== undefined) return known;
    const id = this.#source.register(this.#subjectOf(topic), this.#text);
    this.#idOf.set(topic, id);
    return id;
  }

  #addReader(id: number): Reader {
    const text = this.#source.byId(id);
    if (text === undefined) throw new SerdeError('NAGARE_SERDES_UNKNOWN_SCHEMA', `no schema has the id ${id}`);
    const reader = this.#readerOf(text, id);
    this.#readers.set(id, reader);
    return reader;
  }

  #readerOf(writerText: string, id: number): Reader {
    if (writerText === this.#text) return (bytes) => this.#type.fromBuffer(bytes);
    try {
      const resolver = this.#type.createResolver(parseSchema(writerText));
      return (bytes) => this.#type.fromBuffer(bytes, resolver);
    } catch (cause) {
      throw new SerdeError('NAGARE_SERDES_INCOMPATIBLE_SCHEMA', `schema ${id}: ${messageOf(cause)}`, { cause });
    }
  }
}

function parseSchema(text: string): Type {
  return avsc.Type.forSchema(JSON.parse(text), { omitRecordMethods: true });
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
