import { apis } from '@nagare/protocol';
import { alter, create, describeConfigs, type Row, resourceOf, row } from './row.ts';

const [set, remove, append, subtract] = [0, 1, 2, 3] as const;
const topic = [2, 'configs'] as const;
const broker = [4, '1'] as const;
const allBrokers = [4, ''] as const;
const group = [32, 'config-group'] as const;
const metrics = [16, 'config-metrics'] as const;
const session = 'consumer.session.timeout.ms';

const topicRows: readonly Row[] = [
  create('a topic with a config', [{ name: 'configs', configs: [{ name: 'retention.ms', value: '1000' }] }]),
  describeConfigs('a topic', topic),
  describeConfigs('some keys', topic, ['retention.ms', 'no.such.key']),
  describeConfigs('an unknown topic', [2, 'nope']),
  describeConfigs('an illegal topic', [2, 'a b']),
  describeConfigs('the default topic', [2, '']),
  alter('a config', topic, ['segment.bytes', set, '2000000']),
  describeConfigs('what was set', topic, ['segment.bytes']),
  alter('no number', topic, ['segment.bytes', set, 'x']),
  alter('too little', topic, ['segment.bytes', set, '1']),
  alter('an unknown config', topic, ['no.such.config', set, '1']),
  alter('null', topic, ['segment.bytes', set, null]),
  alter('deletion', topic, ['segment.bytes', remove, null]),
  alter('deletion of what was not set', topic, ['no.such.config', remove, null]),
  alter('an append to a number', topic, ['segment.bytes', append, '1']),
  alter('an append to the unknown', topic, ['no.such.config', append, '1']),
  alter('an append', topic, ['cleanup.policy', append, 'compact']),
  describeConfigs('what was appended', topic, ['cleanup.policy']),
  alter('an append of what is there', topic, ['cleanup.policy', append, 'compact,compact']),
  alter('an append of what is not allowed', topic, ['cleanup.policy', append, 'foo']),
  alter('a subtraction', topic, ['cleanup.policy', subtract, 'delete,zzz']),
  alter('a subtraction of the rest', topic, ['cleanup.policy', subtract, 'compact']),
  describeConfigs('what was left', topic, ['cleanup.policy']),
  alter('an unknown operation', topic, ['cleanup.policy', 4, 'x']),
  alter('a key twice', topic, ['segment.ms', set, '5'], ['segment.ms', set, '6']),
  alter('an unknown topic', [2, 'nope'], ['segment.ms', set, '5']),
  alter('an illegal topic', [2, 'a b'], ['segment.ms', set, '5']),
  alter('the default topic', [2, ''], ['segment.ms', set, '5']),
  alter('nothing', topic),
  row('a resource twice', apis.incrementalAlterConfigs, 1, {
    resources: [resourceOf(topic, [['segment.ms', set, '5']]), resourceOf(topic, [['segment.ms', set, '6']])],
    validateOnly: false,
  }),
  row('a dry run', apis.incrementalAlterConfigs, 1, {
    resources: [resourceOf(topic, [['segment.ms', set, '7']])],
    validateOnly: true,
  }),
  describeConfigs('what a dry run leaves', topic, ['segment.ms']),
];

const brokerRows: readonly Row[] = [
  describeConfigs('all brokers', allBrokers),
  describeConfigs('settings of the broker', broker, ['log.retention.ms', 'message.max.bytes', 'min.insync.replicas']),
  describeConfigs('another broker', [4, '2']),
  describeConfigs('a broker that is no number', [4, 'x']),
  alter('all brokers', allBrokers, ['message.max.bytes', set, '2000000']),
  alter('one broker', broker, ['message.max.bytes', set, '999']),
  describeConfigs('one before all', broker, ['message.max.bytes']),
  describeConfigs('a topic under both', topic, ['max.message.bytes']),
  alter('a bad value', broker, ['message.max.bytes', set, 'x']),
  alter('what needs a restart', broker, ['node.id', set, '3']),
  alter('what the broker does not know', broker, ['no.such.setting', set, '3']),
  alter('listeners of all brokers', allBrokers, ['listeners', set, 'PLAINTEXT://:1']),
  alter('another broker', [4, '2'], ['message.max.bytes', set, '3']),
  alter('a broker below 0', [4, '-1'], ['message.max.bytes', set, '3']),
  alter('a broker that is no number', [4, 'x'], ['message.max.bytes', set, '3']),
  alter('replicas of one broker', broker, ['min.insync.replicas', set, '2']),
  alter('replicas of all brokers', allBrokers, ['min.insync.replicas', set, '1']),
  alter('no replicas', allBrokers, ['min.insync.replicas', remove, null]),
  alter('the end for one', broker, ['message.max.bytes', remove, null], ['no.such.setting', remove, null]),
  alter('the end for all', allBrokers, ['message.max.bytes', remove, null]),
];

const otherRows: readonly Row[] = [
  describeConfigs('a group', group, [session, 'consumer.heartbeat.interval.ms']),
  alter('a group', group, [session, set, '50000']),
  describeConfigs('what a group was given', group, [session]),
  ...['1', '100000', 'x'].map((value) => alter(`a session of ${value}`, group, [session, set, value])),
  alter('a heartbeat of 1', group, ['consumer.heartbeat.interval.ms', set, '1']),
  alter('an unknown config of a group', group, ['no.such.config', set, '1']),
  alter('a config of share groups', group, ['share.session.timeout.ms', set, '50000']),
  alter('a config of streams groups', group, ['streams.session.timeout.ms', set, '50000']),
  describeConfigs('all that a group has', group),
  alter('all groups', [32, ''], [session, set, '50000']),
  describeConfigs('all groups', [32, '']),
  describeConfigs('a subscription', metrics),
  alter('a subscription', metrics, ['metrics', set, 'a.,b.'], ['interval.ms', set, '100']),
  alter('a pattern', metrics, ['match', set, 'client_id=a.*,client_software_name=b']),
  describeConfigs('what a subscription was given', metrics),
  ...['99', '3600001'].map((value) => alter(`an interval of ${value}`, metrics, ['interval.ms', set, value])),
  ...['foo=1', 'client_id', 'client_id=('].map((value) => alter(`pattern ${value}`, metrics, ['match', set, value])),
  alter('an unknown config of a subscription', metrics, ['no.such.config', set, '1']),
  alter('all subscriptions', [16, ''], ['interval.ms', set, '100']),
  describeConfigs('all subscriptions', [16, '']),
  ...['', '2', 'x'].map((name) => describeConfigs(`loggers of ${JSON.stringify(name)}`, [8, name])),
  ...['', '2'].map((name) => alter(`a logger of ${JSON.stringify(name)}`, [8, name], ['root', set, 'DEBUG'])),
  describeConfigs('loggers of "1"', [8, '1']),
  alter('the end of a logger', [8, '1'], ['root', remove, null]),
  alter('an unknown logger', [8, '1'], ['no.such.logger', set, 'DEBUG']),
  alter('an append to a logger', [8, '1'], ['root', append, 'DEBUG']),
  ...[0, 3].map((type) => describeConfigs(`type ${type}`, [type, 'x'])),
  ...[0, 3].map((type) => alter(`type ${type}`, [type, 'x'], ['a', set, 'b'])),
  row('v0', apis.listConfigResources, 0, {}),
  ...[[], [2], [32, 16], [3], [4, 4]].map((resourceTypes) =>
    row(`types ${resourceTypes}`, apis.listConfigResources, 1, { resourceTypes }),
  ),
];

type Replaced = readonly [string, readonly [number, string], ...(readonly [string, string | null])[]];

const replacements: readonly Replaced[] = [
  ['a config', topic, ['segment.bytes', '2000000']],
  ['null', topic, ['segment.bytes', null]],
  ['a key twice', topic, ['segment.bytes', '2000000'], ['segment.bytes', '2000001']],
  ['an unknown topic', [2, 'nope'], ['segment.bytes', '2000000']],
  ['what needs a restart', broker, ['node.id', '1']],
  ['a logger', [8, '1'], ['root', 'INFO']],
  ['a subscription', metrics],
  ['a group', group],
  ['type 3', [3, 'x']],
  ['one broker', broker],
  ['all brokers', allBrokers],
];

const replaced = replacements.map(([name, [resourceType, resourceName], ...configs]) =>
  row(name, apis.alterConfigs, 2, {
    resources: [{ resourceType, resourceName, configs: configs.map(([config, value]) => ({ name: config, value })) }],
    validateOnly: false,
  }),
);

export const configRows: readonly Row[] = [
  ...topicRows,
  ...brokerRows,
  ...otherRows,
  ...replaced,
  describeConfigs('what a replacement leaves', topic, ['retention.ms', 'segment.bytes']),
];
