import { apis, errorName } from '@nagare/protocol';
import { type ClientError, finalError, kafkaError } from '../errors.ts';
import type { AdminContext } from './admin-context.ts';

/** Deletes topics by name. */
export async function deleteTopics(
  context: AdminContext,
  request: { readonly topics: readonly string[] },
): Promise<void> {
  const left = new Set(request.topics);
  let tries = 0;
  await context.retrying(async () => {
    const names = [...left];
    tries += 1;
    const answer = await context.requestController(apis.deleteTopics, {
      topics: names.map((name) => ({ name })),
      topicNames: names,
      timeoutMs: context.timeoutMs,
    });
    let failure: ClientError | undefined;
    for (const { name, errorCode, errorMessage } of answer.responses) {
      const isMissing = errorName(errorCode) === 'UNKNOWN_TOPIC_OR_PARTITION';
      // An earlier try that broke off may have deleted it.
      if (errorCode === 0 || (isMissing && tries > 1)) left.delete(name ?? '');
      else failure ??= (isMissing ? finalError : kafkaError)(errorCode, `DeleteTopics of ${name}`, errorMessage);
    }
    if (failure !== undefined) throw failure;
  });
}
