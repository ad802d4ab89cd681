import type { GroupDescription } from '@nagare/client';
import { connectAdmin } from '../bootstrap.ts';
import type { DeleteGroupsOptions, ListGroupsOptions, ResetOptions } from '../commands/groups.ts';
import { printListing, renderTable } from '../output/listing.ts';
import { lagOf, type PartitionLag } from './lag.ts';
import { resetTargets } from './reset.ts';

export async function listGroups({ output, ...options }: ListGroupsOptions): Promise<void> {
  await using admin = await connectAdmin(options);
  const groups = (await admin.listGroups()).toSorted((a, b) => (a.groupId < b.groupId ? -1 : 1));
  await printListing(output, groups, () => ({
    heads: ['group', 'type', 'protocol', 'state'],
    rows: groups.map(({ groupId, type, protocolType, state }) => [groupId, type, protocolType, state]),
  }));
}

export async function describeGroups(groupIds: readonly string[], options: ListGroupsOptions): Promise<void> {
  await using admin = await connectAdmin(options);
  const described = await admin.describeGroups({ groupIds });
  const groups = await Promise.all(described.map(async (group) => ({ ...group, offsets: await lagOf(admin, group) })));
  if (options.output === 'json') return printListing('json', groups, () => ({ heads: [], rows: [] }));
  for (const [index, group] of groups.entries()) say(`${index === 0 ? '' : '\n'}${await detailsText(group)}`);
}

async function detailsText(group: GroupDescription & { readonly offsets: readonly PartitionLag[] }): Promise<string> {
  const { groupId, state, protocol, members, coordinator, offsets } = group;
  const title = `${groupId}: ${state}, ${members.length} members, protocol ${protocol || '-'}, coordinator ${coordinator}`;
  if (offsets.length === 0) return title;
  const table = await renderTable({
    heads: ['topic', 'partition', 'committed', 'end', 'lag', 'member', 'client', 'host'],
    rows: offsets.map(({ topic, partition, committed, endOffset, lag, member }) => [
      topic,
      partition,
      committed,
      endOffset,
      lag,
      member?.memberId ?? null,
      member?.clientId ?? null,
      member?.clientHost ?? null,
    ]),
  });
  return `${title}\n${table}`;
}

export async function deleteGroups(groupIds: readonly string[], options: DeleteGroupsOptions): Promise<void> {
  await using admin = await connectAdmin(options);
  if (options.dryRun) await admin.describeGroups({ groupIds });
  else await admin.deleteGroups({ groupIds });
  for (const groupId of groupIds) say(`${options.dryRun ? 'would be deleted:' : 'deleted'} ${groupId}`);
}

export async function resetGroup(groupId: string, options: ResetOptions): Promise<void> {
  await using admin = await connectAdmin(options);
  const targets = await resetTargets(admin, groupId, options);
  if (!options.dryRun) await admin.setOffsets({ groupId, offsets: targets });
  await printListing(options.output, targets, () => ({
    heads: ['topic', 'partition', options.dryRun ? 'would be' : 'offset'],
    rows: targets.map(({ topic, partition, offset }) => [topic, partition, offset]),
  }));
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
