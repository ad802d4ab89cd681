import { type Command, lines, newer } from './command.ts';

const shoppers = '--group shoppers --topic spoken';
const reset = `kafka-consumer-groups --reset-offsets ${shoppers}`;

/** Groups of both protocols: looked at while they have members, reset and deleted when they have none. */
export const groupCommands: readonly Command[] = [
  ...lines(`
    kafka-consumer-groups --list
    kafka-console-consumer --topic spoken --group shoppers --from-beginning --max-messages 2
    kafka-consumer-groups --describe ${'--group shoppers'}
    kafka-consumer-groups --describe --group shoppers --offsets --verbose
    kafka-consumer-groups --describe --group shoppers --members
    kafka-consumer-groups --describe --group shoppers --state
    kafka-consumer-groups --describe --group missing
    kafka-consumer-groups --describe --group missing --members
    kafka-consumer-groups --describe --group missing --state
    kafka-consumer-groups --describe --all-groups
    scene join {bootstrap} classics classic orders
    kafka-consumer-groups --list --state
    kafka-consumer-groups --list --state Stable,Empty
    kafka-consumer-groups --list --state Nowhere
    kafka-consumer-groups --list --type
    kafka-consumer-groups --list --type classic
    kafka-consumer-groups --list --type consumer
    kafka-consumer-groups --list --type unknowable
    kafka-consumer-groups --list --type --state
    kafka-consumer-groups --describe --group classics
    kafka-consumer-groups --describe --group classics --members
    kafka-consumer-groups --describe --group classics --members --verbose
    kafka-consumer-groups --describe --group classics --state
    kafka-consumer-groups --describe --group classics --state --verbose
    kafka-consumer-groups --describe --all-groups --state
    kafka-consumer-groups --reset-offsets --group classics --topic orders --to-earliest --execute
    kafka-consumer-groups --delete --group classics
    kafka-consumer-groups --delete-offsets --group classics --topic orders
    scene leave {bootstrap}
    scene join {bootstrap} moderns consumer orders
    kafka-consumer-groups --describe --group moderns
    kafka-consumer-groups --describe --group moderns --verbose
    kafka-consumer-groups --describe --group moderns --members
    kafka-consumer-groups --describe --group moderns --members --verbose
    kafka-consumer-groups --describe --group moderns --state
    kafka-consumer-groups --describe --group moderns --state --verbose
    kafka-consumer-groups --list --type consumer
    kafka-consumer-groups --reset-offsets --group moderns --topic orders --to-earliest --dry-run
    kafka-consumer-groups --delete --group moderns
    kafka-consumer-groups --delete-offsets --group moderns --topic orders
    scene leave {bootstrap}
    kafka-consumer-groups --describe --group moderns --state
    ${reset} --to-earliest
    ${reset} --to-earliest --dry-run
    ${reset} --to-earliest --execute
    kafka-consumer-groups --describe --group shoppers
    ${reset} --to-latest --execute
    ${reset} --shift-by -2 --execute
    ${reset} --shift-by 100 --dry-run
    ${reset} --shift-by -100 --dry-run
    ${reset} --to-offset 3 --execute
    ${reset} --to-offset 99 --dry-run
    ${reset} --to-current --dry-run
    ${reset} --by-duration PT1H --dry-run
    ${reset} --by-duration soon --dry-run
    ${reset} --to-datetime 2020-01-01T00:00:00.000 --execute
    ${reset} --to-datetime 2090-01-01T00:00:00.000 --dry-run
    ${reset} --to-datetime yesterday --dry-run
    ${reset} --to-earliest --to-latest --dry-run
    ${reset} --to-latest --dry-run --export
    kafka-consumer-groups --reset-offsets --group shoppers --all-topics --to-latest --execute
    kafka-consumer-groups --reset-offsets --group shoppers --topic orders:0,2 --to-earliest --execute
    kafka-consumer-groups --reset-offsets --group shoppers --topic orders:0,77 --to-earliest --dry-run
    kafka-consumer-groups --reset-offsets --group shoppers --topic missing --to-earliest --dry-run
    kafka-consumer-groups --reset-offsets --group brand-new --topic spoken --to-latest --execute
    kafka-consumer-groups --reset-offsets --all-groups --topic spoken --to-earliest --dry-run
  `),
  {
    line: 'kafka-consumer-groups --reset-offsets --group shoppers --from-file {dir}/offsets.csv --execute',
    files: { 'offsets.csv': 'spoken,0,4\norders,1,0\n' },
  },
  ...lines(`
    kafka-consumer-groups --describe --group shoppers
    kafka-consumer-groups --delete-offsets --group shoppers --topic orders:1
    kafka-consumer-groups --delete-offsets --group shoppers --topic orders
    kafka-consumer-groups --delete-offsets --group shoppers --topic missing
    kafka-consumer-groups --delete-offsets --group missing --topic orders
    kafka-consumer-groups --describe --group shoppers --offsets
    kafka-consumer-groups --delete --group missing
    kafka-consumer-groups --delete --group brand-new
    kafka-consumer-groups --delete --group brand-new --group missing
    kafka-consumer-groups --validate-regex spok.*
  `),
  ...newer(`
    kafka-groups --list
    kafka-groups --list --consumer
    kafka-groups --list --protocol consumer
    kafka-groups --list --group-type classic
  `),
  ...lines(`
    kafka-consumer-groups --delete --all-groups
    kafka-consumer-groups --list
  `),
];
