import { apis, errorCode } from '@nagare/protocol';
import { describeTopicConfig } from '../config/describe-config.ts';
import { brokerConfigsOf } from '../core/controller/image.ts';
import type { CreateTopicResult } from '../core/controller/topics.ts';
import type { BrokerServices } from './context.ts';
import { defineHandler } from './define-handler.ts';

/** The first version whose answer tells what the topic got. */
const firstVersionWithConfigs = 5;

/** Creates topics, or says what would hinder it. */
export const handleCreateTopics = defineHandler(apis.createTopics, {
  async handle({ topics, validateOnly }, { broker, version }) {
    const results = await broker.controller.createTopics(topics, { validateOnly });
    return {
      topics: results.map((result) => ({
        name: result.name,
        topicId: result.topicId,
        errorCode: errorCode[result.error],
        errorMessage: result.message,
        numPartitions: result.numPartitions,
        replicationFactor: result.replicationFactor,
        configs: version >= firstVersionWithConfigs && result.error === 'NONE' ? configsOf(result, broker) : [],
      })),
    };
  },
  refuse: ({ topics }, error) => ({
    topics: topics.map(({ name }) => ({ name, errorCode: errorCode[error], errorMessage: null })),
  }),
});

function configsOf({ configs }: CreateTopicResult, { image, settings }: BrokerServices) {
  return describeTopicConfig(configs, brokerConfigsOf(image(), settings)).map((entry) => ({
    name: entry.name,
    // What was given is told as it was given.
    value: configs.get(entry.name) ?? entry.value,
    readOnly: entry.readOnly,
    configSource: entry.configSource,
    isSensitive: entry.isSensitive,
  }));
}
