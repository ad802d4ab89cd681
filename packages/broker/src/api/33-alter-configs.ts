import { apis, errorCode } from '@nagare/protocol';
import { defineHandler } from './define-handler.ts';

/** Replaces all configs of topics and brokers: what is not named goes back to its default. */
export const handleAlterConfigs = defineHandler(apis.alterConfigs, {
  async handle({ resources, validateOnly }, { broker }) {
    const outcomes = await broker.controller.alterConfigs({
      resources: resources.map(({ resourceType, resourceName, configs }) => ({
        type: resourceType,
        name: resourceName,
        changes: configs.map(({ name, value }) => ({ name, operation: 'set', value })),
      })),
      replacesAll: true,
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
