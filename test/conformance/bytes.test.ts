import { seededRandom } from '@nagare/base';
import { codecOf, Reader, Writer } from '@nagare/protocol';
import { beforeAll, describe, expect, test } from 'vitest';
import { ifAvailable } from '../tools/availability.ts';
import { classPath } from '../tools/maven.ts';
import { type DescribedMessage, describedMessages } from './described-messages.ts';
import { type EncodeAnswer, javaEncode } from './java-encode.ts';
import { type KafkaField, kafkaDefinitions } from './kafka-definitions.ts';
import { type Message, randomMessage, toJavaJson } from './random-message.ts';
import { contains, versionsIn } from './range.ts';

const MESSAGES_PER_VERSION = 20;
const seed = process.env.NAGARE_SEED ?? '1';

const jars = await ifAvailable("Kafka's jars", () => classPath('clients-4.4.0'));
const messages = jars === undefined ? [] : describedMessages(await kafkaDefinitions());

/** One random message of one version, with what Java made of it once `beforeAll` has run. */
interface Sample {
  readonly message: Message;
  java: EncodeAnswer | undefined;
}

const samples = new Map<string, Sample[]>();
for (const { kafka } of messages) {
  for (const version of versionsIn(kafka.versions)) {
    const random = seededRandom(`${seed} ${kafka.name} ${version}`);
    const make = () => ({ message: randomMessage(kafka, version, random), java: undefined });
    samples.set(`${kafka.name} ${version}`, Array.from({ length: MESSAGES_PER_VERSION }, make));
  }
}

describe.skipIf(jars === undefined)(`our bytes equal those of Java's serializers (seed ${seed})`, () => {
  beforeAll(encodeAllInJava);

  describe.each(messages)('$name', ({ ours, kafka }) => {
    test.each(versionsIn(kafka.versions))('version %i both ways', (version) => {
      const codec = codecOf(ours, version);
      for (const { message, java } of samples.get(`${kafka.name} ${version}`) ?? []) {
        const writer = new Writer();
        codec.write(writer, message as Parameters<typeof codec.write>[1]);
        expect(writer.toBuffer().toString('hex')).toBe(java?.hex);

        const bytes = Buffer.from(java?.hex ?? '', 'hex');
        const reader = new Reader(bytes);
        const read = codec.read(reader);
        expect(reader.at).toBe(bytes.length);
        expect(read).toEqual(message);

        const expected = toJavaJson(message, kafka.fields, version);
        expect(withTaggedDefaults(java?.json as Message, kafka.fields, version)).toEqual(withoutRecords(expected));
      }
    });
  });
});

async function encodeAllInJava(): Promise<void> {
  const flat = messages.flatMap(({ kafka }: DescribedMessage) =>
    versionsIn(kafka.versions).flatMap((version) =>
      (samples.get(`${kafka.name} ${version}`) ?? []).map((sample) => ({ kafka, version, sample })),
    ),
  );
  const answers = await javaEncode(
    flat.map(({ kafka, version, sample }) => ({
      javaClass: kafka.javaClass,
      version,
      json: toJavaJson(sample.message, kafka.fields, version),
    })),
  );
  for (const [index, { sample }] of flat.entries()) sample.java = answers[index];
}

/** Java's JSON leaves out tagged fields that have their default, and writes an empty text for all records. */
function withTaggedDefaults(json: Message, fields: readonly KafkaField[], version: number): Message {
  const entries = fields
    .filter((field) => contains(field.versions, version) || contains(field.taggedVersions, version))
    .filter((field) => field.type.kind !== 'records')
    .map((field): [string, unknown] => {
      if (!(field.name in json)) return [field.name, withoutRecords(defaultToJson(field, version))];
      const value = json[field.name];
      return [field.name, value === null ? null : nested(value, field, version)];
    });
  return Object.fromEntries(entries);
}

function nested(value: unknown, field: KafkaField, version: number): unknown {
  const { type } = field;
  if (type.kind === 'struct') return withTaggedDefaults(value as Message, type.fields, version);
  if (type.kind !== 'array' || type.element.kind !== 'struct') return value;
  const { fields } = type.element;
  return (value as Message[]).map((item) => withTaggedDefaults(item, fields, version));
}

function defaultToJson(field: KafkaField, version: number): unknown {
  return toJavaJson({ [field.name]: field.defaultValue }, [field], version)[field.name];
}

/** Drops what {@link withTaggedDefaults} cannot compare. */
function withoutRecords<T>(json: T): T {
  if (Array.isArray(json)) return json.map(withoutRecords) as T;
  if (typeof json !== 'object' || json === null) return json;
  const kept = Object.entries(json).filter(([name]) => name !== 'records');
  return Object.fromEntries(kept.map(([name, value]) => [name, withoutRecords(value)])) as T;
}
