import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { CodedError } from '@nagare/base';
import { createBroker } from '@nagare/broker';
import { type Admin, type Client, createClient } from '@nagare/client';
import { UsageError } from './command-line.ts';

/** Longer than the session of any example's static member. */
const sessionMsMax = 30_000;

export interface StageOptions {
  /** What the application and, on a shared broker, its topics are named after. */
  readonly name: string;
  /** The Kafka to use, as `host:port`. Without it a broker is started in this process. */
  readonly broker?: string | undefined;
  /** Leaves the topics on that Kafka. */
  readonly keep?: boolean;
}

/** A broker, and names that no other run uses there. */
export interface Stage extends AsyncDisposable {
  readonly brokers: string;
  readonly client: Client;
  readonly admin: Admin;
  /** In front of each topic: empty on a broker of our own. */
  readonly prefix: string;
  readonly applicationId: string;
}

/** Opens the stage of one run. Closing it leaves nothing behind, unless `keep` says so. */
export async function openStage({ name, broker, keep = false }: StageOptions): Promise<Stage> {
  const ours = broker === undefined ? await createBroker() : undefined;
  const brokers = ours?.bootstrapServers ?? (broker as string);
  const prefix = ours === undefined ? `${name}-${randomBytes(4).toString('hex')}.` : '';
  const applicationId = `${prefix}${name}`;
  const client = createClient({ brokers, clientId: name });
  if (ours === undefined) await checkReachable(client, brokers);
  const admin = client.admin();
  return {
    brokers,
    client,
    admin,
    prefix,
    applicationId,
    async [Symbol.asyncDispose]() {
      try {
        if (ours === undefined && !keep) await cleanUp(admin, prefix, applicationId);
      } catch (error) {
        // What ended the run is what its user has to see.
        process.stderr.write(`The topics ${prefix}* could not be deleted: ${(error as Error).message}\n`);
      } finally {
        await admin.close();
        await ours?.stop();
      }
    },
  };
}

/** @throws {UsageError} When no broker answers: a typing error should not cost minutes. */
async function checkReachable(client: Client, brokers: string): Promise<void> {
  await using admin = client.admin({ operationTimeoutMs: 5_000 });
  try {
    await admin.describeCluster();
  } catch (error) {
    throw new UsageError(`No Kafka answers at ${brokers}: ${(error as Error).message}`);
  }
}

async function cleanUp(admin: Admin, prefix: string, groupId: string): Promise<void> {
  const topics = (await admin.listTopics()).map(({ topic }) => topic).filter((topic) => topic.startsWith(prefix));
  await admin.deleteTopics({ topics });
  const exists = (await admin.listGroups()).some((group) => group.groupId === groupId);
  if (exists) await deleteGroup(admin, groupId);
}

/** Static members do not leave: their group is without members when their session is over. */
async function deleteGroup(admin: Admin, groupId: string): Promise<void> {
  for (const deadlineMs = Date.now() + sessionMsMax; ; await sleep(500)) {
    try {
      await admin.deleteGroups({ groupIds: [groupId] });
      return;
    } catch (error) {
      const hasMembers = error instanceof CodedError && error.kafka === 'NON_EMPTY_GROUP';
      if (!hasMembers || Date.now() > deadlineMs) throw error;
    }
  }
}
