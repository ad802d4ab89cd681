import type { Rule } from './setting.ts';

/** A level that gzip has, or -1 for its own choice. */
export const gzipLevelRule: Rule = (value) => {
  const level = Number(value);
  return level === -1 || (level >= 1 && level <= 9) ? undefined : 'Value must be between 1 and 9 or equal to -1';
};

/** All replicas (`*`), or pairs of a partition and a broker. */
export function throttledReplicasRule(name: string): Rule {
  const fault = `${name} must be the literal '*' or a list of replicas in the following format: [partitionId]:[brokerId],[partitionId]:[brokerId],...`;
  return (value) => {
    if (typeof value !== 'object') return fault;
    const isAll = value.length === 1 && value[0] === '*';
    return isAll || value.every((pair) => /^\d+:\d+$/.test(pair)) ? undefined : fault;
  };
}
