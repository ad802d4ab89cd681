import { apis, type ErrorName, errorCode, errorTable } from '@nagare/protocol';
import { BrokerError } from '../errors.ts';
import type { RequestContext } from './context.ts';
import { defineHandler } from './define-handler.ts';

const keyTypes = { group: 0, transaction: 1 } as const;
const firstVersionWithMany = 4;

/** Says which broker coordinates groups or transactions: with a single one, this. */
export const handleFindCoordinator = defineHandler(apis.findCoordinator, {
  async handle({ key, keyType, coordinatorKeys }, context) {
    if (context.version < firstVersionWithMany) return find(key, keyType, context);
    const coordinators = await Promise.all(
      coordinatorKeys.map(async (each) => ({ key: each, ...(await find(each, keyType, context)) })),
    );
    return { coordinators };
  },
});

async function find(key: string, keyType: number, context: RequestContext) {
  const error = await prepare(key, keyType, context).catch(unavailable);
  if (error !== 'NONE') {
    return { errorCode: errorCode[error], errorMessage: errorTable[error].text, nodeId: -1, host: '', port: -1 };
  }
  const { host, port } = context.connection.advertised;
  return { errorCode: errorCode.NONE, errorMessage: null, nodeId: context.broker.nodeId, host, port };
}

/** A coordinator is named only when it can answer: its topic is there. */
async function prepare(key: string, keyType: number, { broker }: RequestContext): Promise<ErrorName> {
  switch (keyType) {
    case keyTypes.group: {
      const error = await broker.groups.prepare(key);
      return error === 'NONE' ? 'NONE' : 'COORDINATOR_NOT_AVAILABLE';
    }
    case keyTypes.transaction: {
      const error = await broker.transactions.prepare(key);
      return error === 'NONE' ? 'NONE' : 'COORDINATOR_NOT_AVAILABLE';
    }
    default:
      return 'INVALID_REQUEST';
  }
}

/** The coordinator's topic cannot be made: the log of metadata has failed, or the broker stops. */
function unavailable(error: unknown): ErrorName {
  if (error instanceof BrokerError) return 'COORDINATOR_NOT_AVAILABLE';
  throw error;
}
