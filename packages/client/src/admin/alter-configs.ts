import { apis } from '@nagare/protocol';
import { checkAnswer } from '../errors.ts';
import type { ConfigChange, ConfigResource } from './admin.ts';
import type { AdminContext } from './admin-context.ts';
import { byBroker, resourceTypeNumber } from './config-resource.ts';

export interface AlterConfigsRequest {
  readonly resources: readonly (ConfigResource & { readonly changes: readonly ConfigChange[] })[];
  readonly validateOnly?: boolean;
}

const operationNumbers = { set: 0, delete: 1, append: 2, subtract: 3 } as const;

/** Changes single configs and leaves the others as they are. */
export async function alterConfigs(context: AdminContext, request: AlterConfigsRequest): Promise<void> {
  for (const [broker, resources] of byBroker(request.resources)) {
    await context.retrying(async () => {
      const answer = await context.requestBroker(broker, apis.incrementalAlterConfigs, {
        resources: resources.map(({ type, name, changes }) => ({
          resourceType: resourceTypeNumber(type),
          resourceName: name,
          configs: changes.map(changeDraft),
        })),
        validateOnly: request.validateOnly ?? false,
      });
      for (const { resourceName, errorCode, errorMessage } of answer.responses) {
        checkAnswer(errorCode, `IncrementalAlterConfigs of ${resourceName}`, errorMessage);
      }
    });
  }
}

function changeDraft({ name, operation = 'set', value = null }: ConfigChange) {
  return { name, configOperation: operationNumbers[operation], value };
}
