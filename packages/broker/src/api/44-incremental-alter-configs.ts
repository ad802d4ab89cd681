import { apis, errorCode } from '@nagare/protocol';
import { configOperations } from '../core/controller/configs.ts';
import { defineHandler } from './define-handler.ts';

/** Changes single configs of topics and brokers. */
export const handleIncrementalAlterConfigs = defineHandler(apis.incrementalAlterConfigs, {
  async handle({ resources, validateOnly }, { broker }) {
    const outcomes = await broker.controller.alterConfigs({
      resources: resources.map(({ resourceType, resourceName, configs }) => ({
        type: resourceType,
        name: resourceName,
        changes: configs.map(({ name, configOperation, value }) => ({
          name,
          operation: configOperations[configOperation],
          value,
        })),
      })),
      replacesAll: false,
      validateOnly,
    });
    return {
      responses: outcomes.map(({ type, name, error, message }) => ({
        errorCode: errorCode[error],
        errorMessage: message,
        resourceType: type,
        resourceName: name,
      })),
    };
  },
  refuse: ({ resources }, error) => ({
    responses: resources.map(({ resourceType, resourceName }) => ({
      errorCode: errorCode[error],
      errorMessage: null,
      resourceType,
      resourceName,
    })),
  }),
});
