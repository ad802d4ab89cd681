import { apis, errorCode, type RequestOf, type ResponseDraftOf, zeroUuid } from '@nagare/protocol';
import type { FetchedOffsets, FetchedTopic, FetchOffsetsTopic } from '../core/group/offsets.ts';
import type { RequestContext } from './context.ts';
import { defineHandler } from './define-handler.ts';
import { once } from './once.ts';

type Asked = RequestOf<typeof apis.offsetFetch>['groups'][number];
type AskedTopic = NonNullable<Asked['topics']>[number];
type Group = NonNullable<ResponseDraftOf<typeof apis.offsetFetch>['groups']>[number];

const firstVersionWith = { groupError: 2, manyGroups: 8, topicIds: 10 } as const;

/** Reads the offsets of groups. */
export const handleOffsetFetch = defineHandler(apis.offsetFetch, {
  async handle(request, context) {
    const { requireStable } = request;
    if (context.version >= firstVersionWith.manyGroups) {
      // All offsets of a group are many; the same member gets them once, as often as it asks.
      const fetchWhole = once((whole: string) => fetch(JSON.parse(whole), context));
      const answers = request.groups.map((group) => {
        const asked = { ...group, requireStable };
        return group.topics === null ? fetchWhole(JSON.stringify(asked)) : fetch(asked, context);
      });
      return { groups: await Promise.all(answers) };
    }
    const topics = request.topics?.map((topic) => ({ ...topic, topicId: zeroUuid })) ?? null;
    const nobody = { memberId: null, memberEpoch: -1 };
    const group = await fetch({ groupId: request.groupId, ...nobody, topics, requireStable }, context);
    return context.version < firstVersionWith.groupError ? withErrorInPartitions(group, topics ?? []) : group;
  },
});

async function fetch(asked: Asked & { readonly requireStable: boolean }, context: RequestContext): Promise<Group> {
  const { groupId, topics } = asked;
  const known = topics?.map((topic) => resolve(topic, context)) ?? null;
  const event = { ...asked, topics: known?.filter((topic) => topic !== undefined) ?? null };
  const reply = await context.broker.groups.submit<FetchedOffsets>(
    groupId,
    (group, turn) => group.fetchOffsets(event, turn),
    (error) => ({ errorCode: errorCode[error], topics: [] }),
  );
  if (context.version < firstVersionWith.topicIds || reply.errorCode !== errorCode.NONE) return { groupId, ...reply };
  const unknown = topics?.filter((_, index) => known?.[index] === undefined) ?? [];
  return {
    groupId,
    errorCode: reply.errorCode,
    topics: [...reply.topics.flatMap((topic) => withId(topic, context)), ...unknown.map(unknownId)],
  };
}

/** The topic that is meant, with name and id as far as they exist; undefined for an id that does not. */
function resolve(asked: AskedTopic, { version, broker }: RequestContext): FetchOffsetsTopic | undefined {
  const { topicsByName, topicsById } = broker.image();
  const byName = version < firstVersionWith.topicIds;
  const topic = byName ? topicsByName.get(asked.name) : topicsById.get(asked.topicId);
  if (topic === undefined && !byName) return undefined;
  const { partitionIndexes } = asked;
  return { name: topic?.name ?? asked.name, topicId: topic?.id ?? zeroUuid, partitionIndexes };
}

/** A topic that has gone has no id to be told of. */
function withId(topic: FetchedTopic, { broker }: RequestContext): FetchedTopic[] {
  const topicId = broker.image().topicsByName.get(topic.name)?.id;
  return topicId === undefined ? [] : [{ ...topic, topicId }];
}

function unknownId({ topicId, partitionIndexes }: AskedTopic): FetchedTopic {
  return failed({ name: '', topicId, partitionIndexes }, errorCode.UNKNOWN_TOPIC_ID);
}

/** Before a group could have an error, its partitions had it. */
function withErrorInPartitions(group: Group, topics: readonly AskedTopic[]): Group {
  const code = group.errorCode ?? errorCode.NONE;
  return code === errorCode.NONE ? group : { ...group, topics: topics.map((topic) => failed(topic, code)) };
}

function failed({ name, topicId, partitionIndexes }: FetchOffsetsTopic, code: number): FetchedTopic {
  const nothing = { committedOffset: -1, committedLeaderEpoch: -1, metadata: '', errorCode: code };
  return { name, topicId, partitions: partitionIndexes.map((partitionIndex) => ({ partitionIndex, ...nothing })) };
}
