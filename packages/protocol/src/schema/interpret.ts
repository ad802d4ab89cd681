import { ProtocolError } from '../protocol-error.ts';
import type { Reader } from '../wire/reader.ts';
import { Writer } from '../wire/writer.ts';
import { bytesMin, type FieldLayout, type StructLayout } from './layout.ts';

type Message = Readonly<Record<string, unknown>>;

/** The plain reading of a layout: slow, and the oracle for the compiled one. */
export function readStruct(layout: StructLayout, reader: Reader): Message {
  const message: Record<string, unknown> = {};
  for (const field of layout.absent) message[field.name] = field.defaultValue;
  for (const field of layout.tagged) message[field.name] = field.defaultValue;
  for (const field of layout.present) message[field.name] = readField(field, layout.flexible, reader);
  if (layout.flexible) readTagged(layout, reader, message);
  return message;
}

function readTagged(layout: StructLayout, reader: Reader, message: Record<string, unknown>): void {
  let tag = -1;
  for (let count = reader.tagCount(); count > 0; count -= 1) {
    tag = reader.tag(tag);
    const size = reader.uvarint();
    const start = reader.skip(size, 'a tagged field');
    const field = layout.tagged.find((candidate) => candidate.tag === tag);
    if (field === undefined) continue;
    reader.at = start;
    message[field.name] = readField(field, true, reader, true);
    reader.endTag(start + size, tag);
  }
}

/** Whether a struct is null says an int8, and a varint when it is a tagged field itself. */
function readField(layout: FieldLayout, flexible: boolean, reader: Reader, isTagged = false): unknown {
  const { kind } = layout.field;
  if (kind === 'array') return readArray(layout, flexible, reader);
  if (kind === 'struct') {
    if (layout.nullable && (isTagged ? reader.uvarint() === 0 : reader.int8() < 0)) return null;
    return readStruct(layout.struct as StructLayout, reader);
  }
  return reader[primitiveMethod(layout, flexible)]();
}

function readArray(layout: FieldLayout, flexible: boolean, reader: Reader): unknown[] | null {
  const element = layout.element as FieldLayout;
  const min = bytesMin(element, flexible);
  const count = flexible ? reader.compactCount(min) : reader.count(min);
  if (count < 0 && !layout.nullable) throw nullError(layout);
  return count < 0 ? null : Array.from({ length: count }, () => readField(element, flexible, reader));
}

/** The plain writing of a layout; fields that the message lacks are written as their default. */
export function writeStruct(layout: StructLayout, writer: Writer, message: Message): void {
  for (const field of layout.present) writeField(field, layout.flexible, writer, valueIn(message, field));
  if (!layout.flexible) return;
  const tagged = layout.tagged.filter((field) => !isDefault(field, valueIn(message, field)));
  writer.uvarint(tagged.length);
  for (const field of tagged) {
    const content = new Writer();
    writeField(field, true, content, valueIn(message, field), true);
    writer.tagged(field.tag, content);
  }
}

function valueIn(message: Message, field: FieldLayout): unknown {
  const value = message[field.name];
  return value === undefined ? field.defaultValue : value;
}

function writeField(layout: FieldLayout, flexible: boolean, writer: Writer, value: unknown, isTagged = false): void {
  const { kind } = layout.field;
  if (value === null && !layout.nullable) throw nullError(layout);
  if (kind === 'array') {
    writeArray(layout, flexible, writer, value as readonly unknown[] | null);
  } else if (kind === 'struct') {
    if (layout.nullable && isTagged) writer.uvarint(value === null ? 0 : 1);
    else if (layout.nullable) writer.int8(value === null ? -1 : 1);
    if (value !== null) writeStruct(layout.struct as StructLayout, writer, value as Message);
  } else {
    writePrimitive(layout, flexible, writer, value);
  }
}

function writePrimitive(layout: FieldLayout, flexible: boolean, writer: Writer, value: unknown): void {
  (writer[primitiveMethod(layout, flexible)] as (value: unknown) => void).call(writer, value);
}

function writeArray(layout: FieldLayout, flexible: boolean, writer: Writer, list: readonly unknown[] | null): void {
  const count = list === null ? -1 : list.length;
  if (flexible) writer.compactCount(count);
  else writer.count(count);
  for (const item of list ?? []) writeField(layout.element as FieldLayout, flexible, writer, item);
}

function nullError(layout: FieldLayout): ProtocolError {
  return new ProtocolError('malformed', `Field ${layout.name || 'of a list'} cannot be null in this version`);
}

/** Whether a tagged field may be left out because it holds its default. */
export function isDefault(layout: FieldLayout, value: unknown): boolean {
  const fallback = layout.defaultValue;
  if (value === null || fallback === null) return value === fallback;
  if (Array.isArray(value) || Buffer.isBuffer(value)) return value.length === 0;
  if (layout.struct === undefined) return value === fallback;
  const { present, tagged, absent } = layout.struct;
  return [...present, ...tagged, ...absent].every((field) => isDefault(field, valueIn(value as Message, field)));
}

const compactMethods = {
  string: 'compactString',
  nullableString: 'compactNullableString',
  bytes: 'compactBytes',
  nullableBytes: 'compactNullableBytes',
} as const;

type PrimitiveMethod =
  | 'bool'
  | 'int8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'float64'
  | 'uuid'
  | keyof typeof compactMethods
  | (typeof compactMethods)[keyof typeof compactMethods];

/** The method of {@link Reader} and {@link Writer} that carries a primitive field. */
export function primitiveMethod(layout: FieldLayout, flexible: boolean): PrimitiveMethod {
  const { kind } = layout.field;
  switch (kind) {
    case 'string': {
      const method = layout.nullable ? 'nullableString' : 'string';
      return flexible ? compactMethods[method] : method;
    }
    case 'bytes':
    case 'records': {
      const method = layout.nullable ? 'nullableBytes' : 'bytes';
      return flexible ? compactMethods[method] : method;
    }
    case 'array':
    case 'struct':
      throw new RangeError(`${kind} is not a primitive`);
    default:
      return kind;
  }
}
