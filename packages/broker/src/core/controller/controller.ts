import { assert } from '@nagare/base';
import type { BrokerSettings } from '../../config/broker-settings.ts';
import { bootstrap, type RegisterBrokerCommand, registerBroker } from './brokers.ts';
import { type AlterConfigsCommand, alterConfigs } from './configs.ts';
import type { Decision, Outcome } from './decision.ts';
import { type UpdateFeaturesCommand, updateFeatures } from './feature-update.ts';
import { brokerConfigsOf, type ConfigResource, emptyImage, type MetadataImage, type TopicsDelta } from './image.ts';
import { ImageBuilder } from './image-builder.ts';
import { type CreatePartitionsCommand, createPartitions } from './partitions.ts';
import { allocateProducerIds, type ProducerIdBlock } from './producer-ids.ts';
import type { MetadataRecord } from './records.ts';
import { type DeleteTopicResult, deleteTopics, type TopicToDelete } from './topic-deletion.ts';
import { type CreateTopicResult, type CreateTopicsCommand, createTopics } from './topics.ts';

/**
 * Decides about the cluster's metadata. A command gives the records to append and the answer to give once they are committed;
 * the state changes in {@link replay} alone and is seen, as a whole, after {@link publish}.
 */
export class Controller {
  readonly #settings: BrokerSettings;
  #image: MetadataImage = emptyImage;
  #builder: ImageBuilder | undefined;
  /** The records of a transaction whose end has not come. */
  #transaction: MetadataRecord[] | undefined;

  constructor(settings: BrokerSettings) {
    this.#settings = settings;
  }

  /** The metadata as of the last {@link publish}. */
  get image(): MetadataImage {
    return this.#image;
  }

  /** Whether records wait for the end of their transaction. */
  get isInTransaction(): boolean {
    return this.#transaction !== undefined;
  }

  /** Takes a committed record. The only method that changes what a restart must remember. */
  replay(record: MetadataRecord): void {
    switch (record.type) {
      case 'beginTransactionRecord':
        assert(this.#transaction === undefined, 'The metadata log begins a transaction inside another');
        this.#transaction = [];
        break;
      case 'abortTransactionRecord':
        this.#transaction = undefined;
        break;
      case 'endTransactionRecord': {
        const records = this.#transaction;
        assert(records !== undefined, 'The metadata log ends a transaction that has not begun');
        this.#transaction = undefined;
        for (const inner of records) this.#apply(inner);
        break;
      }
      default:
        if (this.#transaction === undefined) this.#apply(record);
        else this.#transaction.push(record);
    }
  }

  #apply(record: MetadataRecord): void {
    this.#builder ??= new ImageBuilder(this.#image);
    this.#builder.apply(record);
  }

  /** Makes what was replayed the image, and tells what it changed. */
  publish(): TopicsDelta {
    const builder = this.#builder ?? new ImageBuilder(this.#image);
    this.#builder = undefined;
    const { image, delta } = builder.finish();
    this.#image = image;
    return delta;
  }

  bootstrap(): Decision<void> {
    return bootstrap(this.#settings.minInsyncReplicas);
  }

  registerBroker(command: RegisterBrokerCommand): Decision<void> {
    return registerBroker(this.#image, command);
  }

  createTopics(command: CreateTopicsCommand): Decision<readonly CreateTopicResult[]> {
    const { numPartitions, defaultReplicationFactor } = this.#settings;
    return createTopics(this.#image, command, {
      numPartitions,
      defaultReplicationFactor,
      broker: this.#brokerConfigs(),
    });
  }

  deleteTopics(topics: readonly TopicToDelete[]): Decision<readonly DeleteTopicResult[]> {
    return deleteTopics(this.#image, topics);
  }

  createPartitions(command: CreatePartitionsCommand): Decision<readonly (Outcome & { readonly name: string })[]> {
    return createPartitions(this.#image, command);
  }

  alterConfigs(command: AlterConfigsCommand): Decision<readonly (Outcome & ConfigResource)[]> {
    return alterConfigs(this.#image, command, { nodeId: this.#settings.nodeId, broker: this.#brokerConfigs() });
  }

  /** @param kraftVersion - The level of the quorum's own protocol, which is no part of the metadata. */
  updateFeatures(command: UpdateFeaturesCommand, kraftVersion: number): Decision<Outcome> {
    const { nodeId, minInsyncReplicas } = this.#settings;
    return updateFeatures(this.#image, command, { nodeId, minInsyncReplicas, kraftVersion });
  }

  allocateProducerIds(brokerId: number): Decision<ProducerIdBlock> {
    return allocateProducerIds(this.#image, brokerId);
  }

  #brokerConfigs() {
    return brokerConfigsOf(this.#image, this.#settings);
  }
}
