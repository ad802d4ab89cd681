import { basename } from 'node:path';
import { jar } from '../tools/maven.ts';
import { readZip } from '../tools/zip.ts';
import { parseRange, type Range } from './range.ts';

/** A field as Kafka's own definitions describe it, its struct's fields in place. */
export interface KafkaField {
  /** In camel case, as Java's JSON has it. */
  readonly name: string;
  readonly type: KafkaType;
  readonly versions: Range;
  readonly nullableVersions: Range;
  readonly tag: number | undefined;
  readonly taggedVersions: Range;
  /** What stands in a message whose version lacks the field. */
  readonly defaultValue: unknown;
}

export type KafkaPrimitive =
  | 'bool'
  | 'int8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'float64'
  | 'string'
  | 'uuid'
  | 'bytes'
  | 'records';

export type KafkaType =
  | { readonly kind: KafkaPrimitive }
  | { readonly kind: 'array'; readonly element: KafkaType }
  | { readonly kind: 'struct'; readonly fields: readonly KafkaField[] };

/** A message or stored record as Kafka's own definitions describe it. */
export interface KafkaMessage {
  readonly name: string;
  /** The Java class that holds it. */
  readonly javaClass: string;
  readonly apiKey: number | undefined;
  readonly versions: Range;
  readonly unstableVersion: number | undefined;
  readonly flexible: Range;
  readonly fields: readonly KafkaField[];
}

/** The jars that carry definitions, and the packages of their classes. */
const sources = [
  ['kafka-clients-', 'org.apache.kafka.common.message'],
  ['kafka-group-coordinator-4', 'org.apache.kafka.coordinator.group.generated'],
  ['kafka-transaction-coordinator-', 'org.apache.kafka.coordinator.transaction.generated'],
  ['kafka-metadata-', 'org.apache.kafka.common.metadata'],
  ['kafka-raft-', 'org.apache.kafka.raft.generated'],
] as const;

/** Reads every definition of Kafka 4.4.0 from its published jars, by name. */
export async function kafkaDefinitions(): Promise<ReadonlyMap<string, KafkaMessage>> {
  const messages = new Map<string, KafkaMessage>();
  for (const [prefix, javaPackage] of sources) {
    const files = readZip(await jar('clients-4.4.0', prefix), (name) => /^common\/\w+\/\w+\.json$/.test(name));
    for (const [path, text] of files) {
      const message = toMessage(parseJsonWithComments(text.toString()) as MessageJson, javaPackage);
      messages.set(basename(path, '.json'), message);
    }
  }
  for (const [name, message] of messages) messages.set(name, withoutUnstableVersion(message, messages));
  return messages;
}

/** Kafka offers no version that it still changes. Only the definition of the request marks it. */
function withoutUnstableVersion(message: KafkaMessage, messages: ReadonlyMap<string, KafkaMessage>): KafkaMessage {
  const request = messages.get(message.name.replace(/Response$/, 'Request'));
  if (request?.unstableVersion === undefined) return message;
  return { ...message, versions: { min: message.versions.min, max: request.unstableVersion - 1 } };
}

interface MessageJson {
  readonly name: string;
  readonly type: string;
  readonly apiKey?: number;
  readonly validVersions: string;
  readonly latestVersionUnstable?: boolean;
  /** Missing, like the fields, in messages that Kafka no longer has. */
  readonly flexibleVersions?: string;
  readonly fields?: readonly FieldJson[];
  readonly commonStructs?: readonly { readonly name: string; readonly fields: readonly FieldJson[] }[];
}

interface FieldJson {
  readonly name: string;
  readonly type: string;
  readonly versions?: string;
  readonly nullableVersions?: string;
  readonly tag?: number;
  readonly taggedVersions?: string;
  readonly default?: string | number | boolean;
  readonly fields?: readonly FieldJson[];
}

type Structs = ReadonlyMap<string, readonly FieldJson[]>;

function toMessage(json: MessageJson, javaPackage: string): KafkaMessage {
  const structs: Structs = new Map(json.commonStructs?.map(({ name, fields }) => [name, fields]));
  const isApi = json.type === 'request' || json.type === 'response';
  const versions = parseRange(json.validVersions);
  return {
    name: json.name,
    javaClass: `${javaPackage}.${json.name}${isApi ? 'Data' : ''}`,
    apiKey: json.apiKey,
    versions,
    unstableVersion: json.latestVersionUnstable === true ? versions.max : undefined,
    flexible: parseRange(json.flexibleVersions ?? 'none'),
    fields: (json.fields ?? []).map((field) => toField(field, structs)),
  };
}

function toField(json: FieldJson, structs: Structs): KafkaField {
  const type = toType(json.type, json.fields, structs);
  return {
    name: `${json.name.charAt(0).toLowerCase()}${json.name.slice(1)}`,
    type,
    versions: parseRange(json.versions ?? json.taggedVersions ?? 'none'),
    nullableVersions: parseRange(json.nullableVersions ?? 'none'),
    tag: json.tag,
    taggedVersions: parseRange(json.taggedVersions ?? 'none'),
    defaultValue: toDefault(type, json.default),
  };
}

function toType(text: string, fields: readonly FieldJson[] | undefined, structs: Structs): KafkaType {
  if (text.startsWith('[]')) return { kind: 'array', element: toType(text.slice(2), fields, structs) };
  if (!/^[A-Z]/.test(text)) return { kind: text as KafkaPrimitive };
  const inner = fields ?? structs.get(text);
  if (inner === undefined) throw new Error(`No fields for struct ${text}`);
  return { kind: 'struct', fields: inner.map((field) => toField(field, structs)) };
}

/** The default in our terms: 64-bit integers are numbers, ids are texts, bytes are Buffers. */
function toDefault(type: KafkaType, given: FieldJson['default']): unknown {
  if (given === 'null') return null;
  switch (type.kind) {
    case 'bool':
      return given !== undefined && String(given) === 'true';
    case 'string':
      return given === undefined ? '' : String(given);
    case 'uuid':
      return 'A'.repeat(22);
    case 'bytes':
      return Buffer.alloc(0);
    case 'records':
      return null;
    case 'array':
      return [];
    case 'struct':
      return Object.fromEntries(type.fields.map((field) => [field.name, field.defaultValue]));
    default:
      return Number(given ?? 0);
  }
}

function parseJsonWithComments(text: string): unknown {
  return JSON.parse(text.replace(/"(?:\\.|[^"\\])*"|\/\/[^\n]*/g, (part) => (part.startsWith('"') ? part : '')));
}
