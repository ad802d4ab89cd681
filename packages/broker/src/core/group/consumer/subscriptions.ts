import type { ConsumerMember } from './consumer-member.ts';
import type { RegularExpressionValue } from './consumer-record.ts';

/** What the members of a group want, taken together. */
export class Subscriptions {
  /** All topics that somebody subscribes to, by name or by a regular expression. */
  readonly topics: ReadonlySet<string>;
  /** The regular expressions that somebody uses. */
  readonly regexes: ReadonlySet<string>;
  /** The assignor that most of those name who name one; of equals the first by name. */
  readonly assignor: string | undefined;
  readonly classicCount: number;
  /** How many members of the classic protocol support each of its assignors. */
  readonly classicProtocols: ReadonlyMap<string, number>;

  constructor(members: Iterable<ConsumerMember>, resolved: ReadonlyMap<string, RegularExpressionValue>) {
    const topics = new Set<string>();
    const regexes = new Set<string>();
    const votes = new Map<string, number>();
    const classicProtocols = new Map<string, number>();
    let classicCount = 0;
    for (const { topicNames, topicRegex, assignor, classic } of members) {
      for (const name of topicNames) topics.add(name);
      if (topicRegex !== '') regexes.add(topicRegex);
      if (assignor !== null) count(votes, assignor);
      if (classic === null) continue;
      classicCount += 1;
      for (const name of new Set(classic.protocols.map((protocol) => protocol.name))) count(classicProtocols, name);
    }
    for (const regex of regexes) for (const name of resolved.get(regex)?.topics ?? []) topics.add(name);
    this.topics = topics;
    this.regexes = regexes;
    this.assignor = [...votes].sort(([a, some], [b, others]) => others - some || (a < b ? -1 : 1))[0]?.[0];
    this.classicCount = classicCount;
    this.classicProtocols = classicProtocols;
  }
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** The names of all topics that a member subscribes to. */
export function topicsOf(
  member: Pick<ConsumerMember, 'topicNames' | 'topicRegex'>,
  resolved: ReadonlyMap<string, RegularExpressionValue>,
): ReadonlySet<string> {
  return new Set([...member.topicNames, ...(resolved.get(member.topicRegex)?.topics ?? [])]);
}
