import type { Random } from '@nagare/base';
import type { KafkaField, KafkaMessage, KafkaType } from './kafka-definitions.ts';
import { contains } from './range.ts';

/** A message by field name, in our terms: bytes are Buffers, ids are texts, 64-bit integers are numbers. */
export type Message = Readonly<Record<string, unknown>>;

/** A random message of one version: fields that the version lacks have their default, tagged ones have it often. */
export function randomMessage(definition: KafkaMessage, version: number, random: Random): Message {
  return randomStruct(definition.fields, version, random);
}

function randomStruct(fields: readonly KafkaField[], version: number, random: Random): Message {
  return Object.fromEntries(fields.map((field) => [field.name, randomField(field, version, random)]));
}

function randomField(field: KafkaField, version: number, random: Random): unknown {
  const isTagged = contains(field.taggedVersions, version);
  if (!isTagged && !contains(field.versions, version)) return field.defaultValue;
  if (isTagged && random.below(3) === 0) return field.defaultValue;
  if (contains(field.nullableVersions, version) && random.below(4) === 0) return null;
  return randomValue(field.type, version, random);
}

function randomValue(type: KafkaType, version: number, random: Random): unknown {
  switch (type.kind) {
    case 'bool':
      return random.below(2) === 1;
    case 'int8':
      return randomInteger(-(2 ** 7), 2 ** 7 - 1, random);
    case 'int16':
      return randomInteger(-(2 ** 15), 2 ** 15 - 1, random);
    case 'uint16':
      return randomInteger(0, 2 ** 16 - 1, random);
    case 'int32':
      return randomInteger(-(2 ** 31), 2 ** 31 - 1, random);
    case 'uint32':
      return randomInteger(0, 2 ** 32 - 1, random);
    case 'int64':
      return randomInteger(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, random);
    case 'float64':
      // Not so large that it has no fraction: Java takes a number without one for no float.
      return (random.next() - 0.5) * 10 ** (random.below(30) - 20);
    case 'string':
      return randomText(random);
    case 'uuid':
      return random.bytes(16).toString('base64url');
    case 'bytes':
    case 'records':
      return random.bytes(randomLength(random));
    case 'array':
      return Array.from({ length: random.below(4) }, () => randomValue(type.element, version, random));
    case 'struct':
      return randomStruct(type.fields, version, random);
  }
}

/** The ends of the range and zero come up often: that is where encodings break. */
function randomInteger(min: number, max: number, random: Random): number {
  const edges = [min, max, 0, 1, Math.max(min, -1)];
  const edge = edges[random.below(edges.length * 3)];
  if (edge !== undefined) return edge;
  const magnitude = 2 ** random.below(53);
  return Math.max(min, Math.min(max, Math.floor((random.next() - (min < 0 ? 0.5 : 0)) * magnitude)));
}

/** Mostly short, and at times long enough for a length of two bytes. */
function randomLength(random: Random): number {
  return random.below(8) === 0 ? 120 + random.below(60) : random.below(12);
}

const alphabet = ['a', 'Z', '0', '-', '_', '.', ' ', '"', '\\', '\n', 'é', 'ß', '流', 'れ', '🌊', '\u0000'];

function randomText(random: Random): string {
  return Array.from({ length: randomLength(random) }, () => alphabet[random.below(alphabet.length)]).join('');
}

/** The JSON form of Kafka's converters: the fields that the version has, bytes in base64. */
export function toJavaJson(message: Message, fields: readonly KafkaField[], version: number): Message {
  return Object.fromEntries(
    fields
      .filter((field) => contains(field.versions, version) || contains(field.taggedVersions, version))
      .map((field) => [field.name, valueToJson(message[field.name], field.type, version)]),
  );
}

function valueToJson(value: unknown, type: KafkaType, version: number): unknown {
  if (value === null) return null;
  if (Buffer.isBuffer(value)) return value.toString('base64');
  if (type.kind === 'array') return (value as unknown[]).map((item) => valueToJson(item, type.element, version));
  if (type.kind === 'struct') return toJavaJson(value as Message, type.fields, version);
  return value;
}
