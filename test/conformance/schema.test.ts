import { defaultOf, type Field, type Fields, type MessageSchema } from '@nagare/protocol';
import { describe, expect, test } from 'vitest';
import { ifAvailable } from '../tools/availability.ts';
import { classPath } from '../tools/maven.ts';
import { describedMessages } from './described-messages.ts';
import { type KafkaField, type KafkaMessage, type KafkaType, kafkaDefinitions } from './kafka-definitions.ts';
import { contains, versionsIn } from './range.ts';

const jars = await ifAvailable("Kafka's jars", () => classPath('clients-4.4.0'));
const messages = jars === undefined ? [] : describedMessages(await kafkaDefinitions());

describe.skipIf(jars === undefined)("our schemas equal Kafka 4.4.0's definitions", () => {
  test('every message of an API key or log that we describe is one of theirs', () => {
    expect(messages.length).toBeGreaterThan(80);
  });

  describe.each(messages)('$name', ({ ours, kafka, key }) => {
    test('has their key, versions and flexible versions', () => {
      expect({ key, versions: ours.versions }).toEqual({ key: kafka.apiKey, versions: kafka.versions });
      const versions = versionsIn(kafka.versions);
      expect(versions.filter((version) => contains(ours.flexible, version))).toEqual(
        versions.filter((version) => contains(kafka.flexible, version)),
      );
    });

    test.each(versionsIn(kafka.versions))('has their layout in version %i', (version) => {
      expect(ourLayout(ours, version)).toEqual(kafkaLayout(kafka, version));
    });
  });
});

/** What matters of a field in one version: two messages with equal layouts have equal bytes and values. */
interface FieldLayout {
  readonly name: string;
  readonly place: 'absent' | 'in order' | `tag ${number}`;
  readonly nullable: boolean;
  readonly defaultValue: unknown;
  readonly type: TypeLayout;
}

type TypeLayout = string | readonly [TypeLayout] | readonly FieldLayout[];

function kafkaLayout(message: KafkaMessage, version: number): FieldLayout[] {
  const isFlexible = contains(message.flexible, version);
  return message.fields.map((field) => ofKafka(field, version, isFlexible)).sort(byPlace);
}

function ofKafka(field: KafkaField, version: number, isFlexible: boolean): FieldLayout {
  const place = placeOf(field, version, isFlexible);
  return {
    name: field.name,
    place,
    nullable: place !== 'absent' && contains(field.nullableVersions, version),
    defaultValue: field.defaultValue,
    type: typeOfKafka(field.type, version, isFlexible),
  };
}

function typeOfKafka(type: KafkaType, version: number, isFlexible: boolean): TypeLayout {
  if (type.kind === 'array') return [typeOfKafka(type.element, version, isFlexible)];
  if (type.kind !== 'struct') return type.kind;
  return type.fields.map((field) => ofKafka(field, version, isFlexible)).sort(byPlace);
}

function ourLayout(message: MessageSchema, version: number): FieldLayout[] {
  return ourFields(message.fields, version, contains(message.flexible, version));
}

function ourFields(fields: Fields, version: number, isFlexible: boolean): FieldLayout[] {
  return Object.entries(fields)
    .map(([name, field]): FieldLayout => {
      const place = placeOf(field, version, isFlexible);
      return {
        name,
        place,
        nullable: place !== 'absent' && contains(field.nullableVersions, version),
        defaultValue: defaultOf(field),
        type: ourType(field, version, isFlexible),
      };
    })
    .sort(byPlace);
}

function ourType(field: Field, version: number, isFlexible: boolean): TypeLayout {
  if (field.kind === 'array' && field.element !== undefined) return [ourType(field.element, version, isFlexible)];
  if (field.kind === 'struct') return ourFields(field.fields ?? {}, version, isFlexible);
  return field.kind;
}

function placeOf(
  field: Pick<KafkaField, 'versions' | 'tag' | 'taggedVersions'>,
  version: number,
  isFlexible: boolean,
): FieldLayout['place'] {
  if (isFlexible && field.tag !== undefined && contains(field.taggedVersions, version)) return `tag ${field.tag}`;
  return contains(field.versions, version) ? 'in order' : 'absent';
}

/** The order of the fields that a version carries in order matters; where the others stand among them does not. */
function byPlace(a: FieldLayout, b: FieldLayout): number {
  if (a.place === 'in order' && b.place === 'in order') return 0;
  return a.place.localeCompare(b.place) || a.name.localeCompare(b.name);
}
