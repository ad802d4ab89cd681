import { boolean, choice, int, list, listOf, long, string } from '../setting.ts';

/** Accepted so that existing configurations start, without a part of this broker that it could change. */
const hasEffect = false;

/** Who the broker is, where it listens and where its data is. */
export const identitySettings = {
  'node.id': int({ default: 1, min: 0, text: 'The number of this node in its cluster.' }),
  'broker.id': int({ default: -1, text: 'The older name of node.id; -1 leaves it to node.id.' }),
  'broker.rack': string({ default: null, text: 'The rack or zone of this node, told to clients.' }),
  'process.roles': listOf(['broker', 'controller'], {
    default: ['broker', 'controller'],
    text: 'The roles of this process. It is both: its controller is a quorum of one.',
  }),
  'nagare.cluster.id': string({
    default: null,
    text: 'The id of the cluster, 22 characters of base64url (variable CLUSTER_ID). Made at random on the first start when absent.',
  }),
  'nagare.durability': choice(['fsync', 'os', 'memory'], {
    default: 'fsync',
    text: 'When records count as stored: fsync syncs them to the disk before an answer with acks=1 or all, os leaves that to the operating system as Kafka does, memory keeps no files.',
  }),
  listeners: list({
    default: ['PLAINTEXT://127.0.0.1:9092'],
    text: 'Where to listen, as NAME://HOST:PORT. An empty host means all interfaces, port 0 any free port.',
  }),
  'advertised.listeners': list({
    default: null,
    text: 'Where clients reach the listeners. Without it, clients are told the address that they connected to.',
  }),
  'listener.security.protocol.map': list({
    default: ['SASL_SSL:SASL_SSL', 'PLAINTEXT:PLAINTEXT', 'SSL:SSL', 'SASL_PLAINTEXT:SASL_PLAINTEXT'],
    text: 'The security protocol of each listener name. Listeners in use must be PLAINTEXT.',
  }),
  'inter.broker.listener.name': string({
    default: null,
    hasEffect,
    text: 'The listener that brokers use between them.',
  }),
  'security.inter.broker.protocol': choice(['PLAINTEXT'], {
    default: 'PLAINTEXT',
    hasEffect,
    text: 'The security protocol between brokers.',
  }),
  'controller.listener.names': list({
    default: ['CONTROLLER'],
    text: 'Names in listeners that are for the controller. They are not opened: a quorum of one talks to itself.',
  }),
  'controller.quorum.voters': list({
    default: [],
    text: 'The controllers, as ID@HOST:PORT. It may name this node alone.',
  }),
  'controller.quorum.bootstrap.servers': list({
    default: [],
    hasEffect,
    text: 'Where to find the controllers, as HOST:PORT.',
  }),
  'log.dir': string({ default: null, text: 'The data directory, when log.dirs is absent.' }),
  'log.dirs': list({ default: null, text: 'The data directory: one.' }),
  'metadata.log.dir': string({
    default: null,
    hasEffect,
    text: 'Where the metadata log is kept. It is always in the data directory.',
  }),
  'metadata.log.segment.bytes': int({
    default: 1_073_741_824,
    min: 8 * 1024 * 1024,
    unit: 'bytes',
    hasEffect,
    text: 'Segment size of the metadata log.',
  }),
  'metadata.log.max.record.bytes.between.snapshots': long({
    default: 20_971_520,
    min: 1,
    unit: 'bytes',
    text: 'Records of metadata after which a snapshot takes the place of the log before it.',
  }),
  'broker.heartbeat.interval.ms': int({
    default: 2000,
    unit: 'ms',
    hasEffect,
    text: 'How often a broker tells the controller that it lives.',
  }),
  'broker.session.timeout.ms': int({ default: 9000, unit: 'ms', hasEffect, text: 'How long a broker may be silent.' }),
  'controlled.shutdown.enable': boolean({
    default: true,
    hasEffect,
    text: 'Whether leadership moves before a shutdown.',
  }),
  'controller.quorum.election.timeout.ms': int({
    default: 1000,
    unit: 'ms',
    hasEffect,
    text: 'How long a candidate waits for votes.',
  }),
  'controller.quorum.fetch.timeout.ms': int({
    default: 2000,
    unit: 'ms',
    hasEffect,
    text: 'How long a voter waits for its leader.',
  }),
};
