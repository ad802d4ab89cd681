import { apis, errorCode } from '@nagare/protocol';
import { defineHandler } from './define-handler.ts';

/** Gives topics more partitions. */
export const handleCreatePartitions = defineHandler(apis.createPartitions, {
  async handle({ topics, validateOnly }, { broker }) {
    const outcomes = await broker.controller.createPartitions({ topics, validateOnly });
    return {
      results: outcomes.map(({ name, error, message }) => ({
        name,
        errorCode: errorCode[error],
        errorMessage: message,
      })),
    };
  },
  refuse: ({ topics }, error) => ({
    results: topics.map(({ name }) => ({ name, errorCode: errorCode[error], errorMessage: null })),
  }),
});
