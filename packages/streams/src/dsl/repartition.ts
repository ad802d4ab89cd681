import { nullKeyFilter } from '../operators/null-key-filter.ts';
import { isGeneratedName, repartitionTopic } from '../topology/names.ts';
import { needSerde, type Place, type SerdeOf } from './node.ts';

/** How a repartition topic is written. */
export interface RepartitionOptions<K, V> {
  /** The start of the topic's name. */
  readonly prefix: string;
  readonly key: SerdeOf<K> | undefined;
  readonly value: SerdeOf<V> | undefined;
  readonly partitions?: number | undefined;
  /** The method on whose behalf it is made, for errors. */
  readonly method: string;
}

/** Sends a stream through a topic of the application, so that equal keys meet in one task. */
export function repartitioned<K, V>(from: Place<K, V>, options: RepartitionOptions<K, V>): Place<K, V> {
  const { builder } = from;
  const topic = repartitionTopic(options.prefix);
  const key = needSerde(options.key, 'key', options.method);
  const value = needSerde(options.value, 'value', options.method);
  const nodes = nodeNames(from, options.prefix, topic);
  const known = builder.repartitionSource(topic, from.node);
  const source = known ?? nodes.source;
  if (known === undefined) {
    const around = { from: from.node, source, filter: nodes.filter };
    builder.addRepartitionTopic({ name: topic, partitions: options.partitions }, around);
    builder.addProcessor({ name: nodes.filter, parents: [from.node], run: nullKeyFilter });
    builder.addSink({ name: nodes.sink, parents: [nodes.filter], topic, key, value });
    builder.addSource({ name: source, topics: [topic], key, value, timestamp: undefined, offsetReset: undefined });
  }
  return {
    builder,
    node: source,
    key: options.key,
    value: options.value,
    sources: new Set([source]),
    needsRepartition: false,
  };
}

/** Three numbers are taken even when the names do not use them, as in Kafka Streams. */
function nodeNames({ builder: { names } }: Place<unknown, unknown>, prefix: string, topic: string) {
  const generated = { sink: names.node('KSTREAM-SINK'), filter: names.node('KSTREAM-FILTER') };
  const source = names.node('KSTREAM-SOURCE');
  if (isGeneratedName(prefix)) return { ...generated, source };
  return { sink: `${topic}-sink`, filter: `${topic}-filter`, source: `${topic}-source` };
}
