import { apis, errorCode } from '@nagare/protocol';
import { defineHandler } from './define-handler.ts';

/** Lists the groups that this broker coordinates. */
export const handleListGroups = defineHandler(apis.listGroups, {
  async handle({ statesFilter, typesFilter }, { broker }) {
    const { error, groups } = await broker.groups.list({ states: statesFilter, types: typesFilter });
    return { errorCode: errorCode[error], groups };
  },
});
