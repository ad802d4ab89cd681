import { bytes, type Serde } from '@nagare/serdes';
import {
  answerSubscriptions,
  keepSubscriptions,
  type SubscriptionStore,
  tellSubscribers,
} from '../operators/foreign-key-answer.ts';
import {
  type ForeignKeyJoin,
  type ForeignKeySerdes,
  foreignKeyJoinInfo,
  resolve,
  subscribe,
} from '../operators/foreign-key-join.ts';
import { type SubscriptionResponse, subscriptionResponseSerde, subscriptionSerde } from '../state/subscription.ts';
import { keepableTable } from './keepable-table.ts';
import { historyOf, keyValueSpec, type Materialized, storeName, tableSpec } from './materialized.ts';
import { needSerde, type Place, place, runOf } from './node.ts';
import { KTable } from './table.ts';
import { rows } from './table-rows.ts';

const prefix = 'KTABLE-FK-JOIN-SUBSCRIPTION';

/** The names of a join's nodes, topics and store, in the order in which Kafka Streams takes its numbers. */
function joinNames({ names }: Place<unknown, unknown>['builder'], name: string | undefined) {
  const part = (start: string, end: string) => names.node(start, name === undefined ? undefined : `${name}-${end}`);
  return {
    subscriptionTopic: `${part(`${prefix}-REGISTRATION`, 'subscription-registration')}-topic`,
    subscribe: part(`${prefix}-REGISTRATION`, 'subscription-registration-processor'),
    subscriptionSink: part('KTABLE-SINK', 'subscription-registration-sink'),
    subscriptionSource: part('KTABLE-SOURCE', 'subscription-registration-source'),
    store: part(`${prefix}-STATE-STORE`, 'subscription-store'),
    keep: part(`${prefix}-PROCESSOR`, 'subscription-receive'),
    answer: part(`${prefix}-PROCESSOR`, 'subscription-join-foreign'),
    tell: part(`${prefix}-PROCESSOR`, 'foreign-join-subscription'),
    responseTopic: `${part(`${prefix}-RESPONSE`, 'subscription-response')}-topic`,
    responseSink: part('KTABLE-SINK', 'subscription-response-sink'),
    responseSource: part('KTABLE-SOURCE', 'subscription-response-source'),
    resolve: part(`${prefix}-RESPONSE-RESOLVER-PROCESSOR`, 'subscription-response-resolver'),
    result: part(foreignKeyJoinInfo.node, 'result'),
  };
}

type Names = ReturnType<typeof joinNames>;

/** Both tables and all that their join needs to know. */
interface Joining<K, V, KO, VO, V2> {
  readonly own: KTable<K, V>;
  readonly other: KTable<KO, VO>;
  readonly join: ForeignKeyJoin<K, V, KO, VO, V2>;
  readonly names: Names;
  readonly serdes: ForeignKeySerdes<V, KO> & { readonly primaryKey: Serde<K>; readonly foreignValue: Serde<VO> };
}

/**
 * Joins rows with the rows of another table that they name (KIP-213).
 *
 * Each row subscribes, through one topic, to the row that it names, in the task that has it; answers come back through another.
 */
export function foreignKeyJoined<K, V, KO, VO, V2>(
  own: KTable<K, V>,
  other: KTable<KO, VO>,
  join: ForeignKeyJoin<K, V, KO, VO, V2>,
  options: Materialized<K, V2>,
): KTable<K, V2> {
  const from = own[place];
  const method = 'joinForeign()';
  other[rows].sendOldValues(true);
  own[rows].sendOldValues(true);
  const names = joinNames(from.builder, options.name);
  const serdes = {
    primaryKey: needSerde(from.key, 'key', method) as Serde<K>,
    value: needSerde(from.value, 'value', method) as Serde<V>,
    foreignKey: needSerde(other[place].key, 'key', method) as Serde<KO>,
    foreignValue: needSerde(other[place].value, 'value', method) as Serde<VO>,
    valueTopic: `${names.subscriptionTopic}-vh`,
    foreignKeyTopic: `${names.subscriptionTopic}-fk`,
  };
  const joining = { own, other, join, names, serdes };
  addSubscriptions(joining);
  addAnswers(joining);
  return addResult(joining, options);
}

/** The nodes from the table to the subscriptions that are kept beside the other one. */
function addSubscriptions<K, V, KO, VO, V2>({ own, other, join, names, serdes }: Joining<K, V, KO, VO, V2>): void {
  const { builder, node } = own[place];
  const topic = names.subscriptionTopic;
  const key = serdes.foreignKey as Serde<unknown>;
  const value = subscriptionSerde(serdes.primaryKey, `${topic}-pk`) as Serde<unknown>;
  const dropsPast = own[rows].historyMs !== undefined;
  const run = runOf(subscribe<K, V, KO>({ ...join, dropsPast }, serdes).run);
  builder.addProcessor({ name: names.subscribe, parents: [node], run });
  builder.addSink({ name: names.subscriptionSink, parents: [names.subscribe], topic, key, value });
  const source = { name: names.subscriptionSource, topics: [topic], key, value };
  builder.addRepartitionTopic({ name: topic, partitions: undefined }, { from: names.subscribe, source: source.name });
  builder.addSource({ ...source, timestamp: undefined, offsetReset: undefined });
  builder.copartition(new Set([...other[place].sources, source.name]));
}

/** The nodes that keep and answer subscriptions, and tell changes of the other table. */
function addAnswers<K, V, KO, VO, V2>({ other, names, serdes }: Joining<K, V, KO, VO, V2>): void {
  const { builder, node } = other[place];
  const primaryKeyTopic = `${names.subscriptionTopic}-pk`;
  const store: SubscriptionStore<K, KO> = { ...serdes, name: names.store, primaryKeyTopic };
  const value = subscriptionSerde(serdes.primaryKey, primaryKeyTopic);
  const spec = keyValueSpec(
    names.store,
    { cached: false },
    { key: bytes, value: value as Serde<unknown>, method: 'joinForeign()' },
  );
  builder.addStore({ ...spec, ranges: true });
  const keep = keepSubscriptions(store);
  const answer = answerSubscriptions<K, KO, VO>(other[rows].view());
  const tell = tellSubscribers<K, KO, VO>(store, other[rows].historyMs !== undefined);
  const add = (name: string, parent: string, { run, stores }: { run: unknown; stores: readonly string[] }) =>
    builder.addProcessor({ name, parents: [parent], stores, run: runOf(run as typeof tell.run) });
  add(names.keep, names.subscriptionSource, keep);
  add(names.answer, names.keep, answer);
  add(names.tell, node, tell);
}

/** The nodes from the answers to the table of results. */
function addResult<K, V, KO, VO, V2>(
  { own, join, names, serdes }: Joining<K, V, KO, VO, V2>,
  options: Materialized<K, V2>,
): KTable<K, V2> {
  const from = own[place];
  const { builder } = from;
  const topic = names.responseTopic;
  const wire = {
    key: serdes.primaryKey as Serde<unknown>,
    value: subscriptionResponseSerde(serdes.foreignValue) as Serde<unknown>,
  };
  const partition = ({ value }: { readonly value: unknown }) => (value as SubscriptionResponse<VO>).primaryPartition;
  builder.addSink({ name: names.responseSink, parents: [names.answer, names.tell], topic, ...wire, partition });
  builder.addRepartitionTopic(
    { name: topic, partitions: undefined },
    { from: names.answer, source: names.responseSource },
  );
  builder.addSource({
    name: names.responseSource,
    topics: [topic],
    ...wire,
    timestamp: undefined,
    offsetReset: undefined,
  });
  const sources = new Set([...from.sources, names.responseSource]);
  builder.copartition(sources);
  const { run, stores } = resolve<K, V, KO, VO, V2>(own[rows].view(), join, serdes);
  builder.addProcessor({ name: names.resolve, parents: [names.responseSource], stores, run: runOf(run) });
  const { key = from.key, value } = options;
  const store = storeName(builder, options.store, foreignKeyJoinInfo.node);
  const table = keepableTable<K, V2>(builder, {
    ...{ node: names.result, parent: names.resolve, store, historyMs: historyOf(options) },
    isKept: options.store !== undefined || options.history !== undefined,
    spec: () => tableSpec<K, V2>(store, options, { key, value, method: 'joinForeign()' }),
  });
  const at = { ...from, node: names.result, key, value: value as Place<K, V2 | null>['value'], sources };
  return new KTable<K, V2>(at, table);
}
