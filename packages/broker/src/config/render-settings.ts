import { brokerSettings } from './broker-settings.ts';
import { formatValue, intMax, longMax, type Setting, type Settings } from './setting.ts';
import { type TopicSetting, topicSettings } from './topic-settings.ts';

/** The manual's page of settings, in Markdown, from the tables alone. */
export function renderSettings(): string {
  return [
    '# Settings',
    '',
    'Settings come from flags, the environment, a `.properties` file and defaults, in this order. The environment is that of',
    'the official Kafka image: `KAFKA_` and the name in capitals, with `_` for a dot, `__` for an underscore and `___` for a',
    'dash; `nagare.…` settings are `NAGARE_…`, and `CLUSTER_ID` is the cluster id. An unknown name is an error.',
    '',
    '"Live" settings can be changed while the broker runs. Those marked "no effect" are accepted so that configurations',
    'written for Kafka work, and change nothing.',
    '',
    '## Broker',
    '',
    ...table(brokerSettings, ['Setting', 'Type', 'Default', 'Limits', 'Meaning'], () => []),
    '',
    '## Topic',
    '',
    ...table(topicSettings, ['Setting', 'Type', 'Default', 'Limits', 'Meaning', 'Default from'], (setting) => [
      (setting as TopicSetting).broker.map(({ name }) => `\`${name}\``).join(', '),
    ]),
    '',
  ].join('\n');
}

function table(settings: Settings, heads: readonly string[], more: (setting: Setting) => readonly string[]): string[] {
  const rows = Object.entries(settings)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, setting]) => [
      `\`${name}\``,
      typeOf(setting),
      setting.default === null ? '' : `\`${formatValue(setting.default)}\``,
      limitsOf(setting),
      meaningOf(setting),
      ...more(setting),
    ]);
  return [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}

function typeOf({ type, unit }: Setting): string {
  return unit === undefined ? type : `${type}, ${unit}`;
}

function limitsOf({ type, min, max, choices }: Setting): string {
  if (choices !== undefined) return choices.map((choice) => `\`${choice}\``).join(', ');
  const hasMin = type === 'double' || (min > -intMax && min > -longMax && type !== 'string' && type !== 'list');
  const hasMax = hasMin && max < intMax && !(type === 'short');
  if (type === 'boolean' || !hasMin) return '';
  return hasMax ? `${min} to ${max}` : `≥ ${min}`;
}

function meaningOf({ text, isDynamic, hasEffect }: Setting): string {
  const marks = [...(isDynamic ? ['live'] : []), ...(hasEffect ? [] : ['no effect'])];
  return marks.length === 0 ? text : `${text} (${marks.join(', ')})`;
}
