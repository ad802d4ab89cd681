import { silentLog } from '@nagare/base';
import { createSimulation } from '@nagare/base/sim';
import {
  type Api,
  apis,
  codecOf,
  type ErrorName,
  Reader,
  type RequestDraftOf,
  type ResponseOf,
  Writer,
} from '@nagare/protocol';
import { handleJoinGroup } from '../api/11-join-group.ts';
import { handleSyncGroup } from '../api/14-sync-group.ts';
import type { BrokerServices } from '../api/context.ts';
import type { Handler } from '../api/define-handler.ts';
import type { MetadataImage, TopicImage } from '../core/controller/image.ts';
import { GroupHost } from '../host/group-host.ts';
import type { Enlistment, TransactionHost } from '../host/transaction-host.ts';
import { subscriptionTo, testSettings } from './group-shard.ts';
import { MemoryRecordLog } from './memory-record-log.ts';

export const topicId = 'iQ2-sOb7T1uRNzZzBBc4lA';
export const unknownId = 'AAAAAAAAAAAAAAAAAAAAAQ';

/** A coordinator over logs in memory, asked through its handlers and the codecs; the cluster has one topic `t`. */
export class TestGroups {
  readonly #simulation = createSimulation({ seed: 1 });
  readonly logs = [new MemoryRecordLog(), new MemoryRecordLog()];
  readonly groups: GroupHost;
  /** What creating `__consumer_offsets` comes to. */
  ensured: ErrorName = 'NONE';
  isCreated = true;
  /** The levels of the cluster's features. */
  readonly features = new Map([['group.version', 1]]);
  /** What the transaction coordinator says of a partition that is enlisted, and what it was asked. */
  enlisted: ErrorName = 'NONE';
  readonly enlistments: Enlistment[] = [];

  constructor(options: { readonly isCreated?: boolean } = {}) {
    this.isCreated = options.isCreated ?? true;
    const { clock, timers, random } = this.#simulation.platform();
    this.groups = new GroupHost({
      settings: { ...testSettings, offsetsRetentionCheckIntervalMs: 600_000 },
      topic: {
        partitionCount: () => (this.isCreated ? this.logs.length : 0),
        recordLog: (partition) => this.logs[partition],
        ensure: async () => {
          this.isCreated ||= this.ensured === 'NONE';
          return this.ensured;
        },
      },
      cluster: () => image,
      clock,
      timers,
      random,
      log: silentLog,
    });
  }

  /** A coordinator that has loaded. */
  static async started(): Promise<TestGroups> {
    const test = new TestGroups();
    test.groups.start();
    for (const groupId of ['a', 'b']) await test.groups.prepare(groupId);
    await test.#simulation.advance(1);
    return test;
  }

  advance(ms: number): Promise<void> {
    return this.#simulation.advance(ms);
  }

  async ask<A extends Api>(handler: Handler, api: A, version: number, body: RequestDraftOf<A>): Promise<ResponseOf<A>> {
    const request = throughCodec(api.request, version, body);
    const response = await handler.handle(request as never, {
      version,
      clientId: 'app',
      connection: {
        id: 1,
        remote: { host: '127.0.0.1', port: 50_000 },
        advertised: { host: 'broker.example', port: 9_092 },
        announce: (bytes) => bytes,
        close: () => {},
      },
      broker: this.#broker(),
    });
    return throughCodec(api.response, version, response) as never;
  }

  #broker(): BrokerServices {
    const transactions: Pick<TransactionHost, 'enlist'> = {
      enlist: async (enlistment) => {
        this.enlistments.push(enlistment);
        return [this.enlisted];
      },
    };
    const random = this.#simulation.platform().random;
    const services: Partial<BrokerServices> = {
      nodeId: 3,
      groups: this.groups,
      image: () => ({ ...image, features: this.features }),
      transactions: transactions as TransactionHost,
      random,
    };
    return services as BrokerServices;
  }

  join(version: number, body: Partial<RequestDraftOf<typeof apis.joinGroup>> = {}) {
    return this.ask(handleJoinGroup, apis.joinGroup, version, {
      groupId: 'g',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 60_000,
      memberId: '',
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: subscriptionTo('t') }],
      ...body,
    });
  }

  /** A stable group of one member; gives its id and generation. */
  async stable(groupId = 'g'): Promise<{ memberId: string; generationId: number }> {
    const { memberId, generationId } = await this.join(3, { groupId });
    const assignments = [{ memberId, assignment: Buffer.from('all') }];
    await this.ask(handleSyncGroup, apis.syncGroup, 3, { groupId, generationId, memberId, assignments });
    return { memberId, generationId };
  }
}

const topic: TopicImage = {
  name: 't',
  id: topicId,
  isInternal: false,
  partitions: [0, 1].map((index) => ({ index }) as TopicImage['partitions'][number]),
};
const image = {
  topicsByName: new Map([['t', topic]]),
  topicsById: new Map([[topicId, topic]]),
} as Partial<MetadataImage> as MetadataImage;

function throughCodec(schema: Api['request'], version: number, message: unknown): unknown {
  const codec = codecOf(schema, version);
  const writer = new Writer();
  codec.write(writer, message as never);
  return codec.read(new Reader(writer.toBuffer()));
}

/** Every version of an API. */
export function versionsOf({ versions }: Api): number[] {
  return Array.from({ length: versions.max - versions.min + 1 }, (_, index) => versions.min + index);
}
