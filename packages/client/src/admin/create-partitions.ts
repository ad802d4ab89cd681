import { apis } from '@nagare/protocol';
import { checkAnswer } from '../errors.ts';
import type { AdminContext } from './admin-context.ts';

export interface CreatePartitionsRequest {
  readonly topics: readonly { readonly topic: string; readonly count: number }[];
  readonly validateOnly?: boolean;
}

/** Raises the number of partitions of topics. */
export async function createPartitions(context: AdminContext, request: CreatePartitionsRequest): Promise<void> {
  const left = new Map(request.topics.map(({ topic, count }) => [topic, count]));
  await context.retrying(async () => {
    const answer = await context.requestController(apis.createPartitions, {
      topics: Array.from(left, ([name, count]) => ({ name, count, assignments: null })),
      timeoutMs: context.timeoutMs,
      validateOnly: request.validateOnly ?? false,
    });
    for (const { name, errorCode } of answer.results) if (errorCode === 0) left.delete(name);
    for (const { name, errorCode, errorMessage } of answer.results) {
      checkAnswer(errorCode, `CreatePartitions of ${name}`, errorMessage);
    }
  });
}
