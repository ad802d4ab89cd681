import { int, list, parseSetting } from './setting.ts';

/** What a subscription to clients' metrics consists of (KIP-714), by Kafka's name. */
export const clientMetricsSettings = {
  'interval.ms': int({
    default: 300_000,
    isDynamic: true,
    unit: 'ms',
    hasEffect: false,
    text: 'How often clients send their metrics. They are not asked to: the broker has no use for metrics.',
  }),
  match: list({ default: [], isDynamic: true, hasEffect: false, text: 'Which clients are meant, as NAME=PATTERN.' }),
  metrics: list({ default: [], isDynamic: true, hasEffect: false, text: 'Prefixes of the names of metrics.' }),
};

export type ClientMetricsName = keyof typeof clientMetricsSettings;

export const clientMetricsNames = Object.keys(clientMetricsSettings).sort() as ClientMetricsName[];

export function isClientMetricsConfig(name: string): name is ClientMetricsName {
  return Object.hasOwn(clientMetricsSettings, name);
}

const intervalMs = { least: 100, most: 3_600_000 } as const;

/** What a pattern can be about. */
const clientAttributes: ReadonlySet<string | undefined> = new Set([
  'client_instance_id',
  'client_id',
  'client_software_name',
  'client_software_version',
  'client_source_address',
  'client_source_port',
]);

/** What is wrong with the request, or with the values in it, in Kafka's words. */
export interface ClientMetricsFault {
  readonly kind: 'request' | 'value';
  readonly message: string;
}

/** What is wrong with a subscription; undefined when nothing is. */
export function clientMetricsFault(configs: ReadonlyMap<string, string>): ClientMetricsFault | undefined {
  for (const [name, text] of configs) {
    if (!isClientMetricsConfig(name)) {
      return { kind: 'request', message: `Unknown client metrics configuration: ${name}` };
    }
    const { fault, value } = parseSetting(name, clientMetricsSettings[name], text);
    if (fault !== undefined) return { kind: 'value', message: fault };
    if (name === 'interval.ms' && (Number(value) < intervalMs.least || Number(value) > intervalMs.most)) {
      const message = `Invalid value ${text} for interval.ms, interval must be between 100 and 3600000 (1 hour)`;
      return { kind: 'request', message };
    }
    const wrong = name === 'match' ? (value as readonly string[]).find((part) => !isPattern(part)) : undefined;
    if (wrong !== undefined) return { kind: 'value', message: `Illegal client matching pattern: ${wrong}` };
  }
  return undefined;
}

function isPattern(text: string): boolean {
  const [attribute, pattern, ...rest] = text.split('=');
  if (!clientAttributes.has(attribute?.trim()) || pattern === undefined || rest.length > 0) return false;
  try {
    new RegExp(pattern);
    return true;
  } catch {
    return false;
  }
}
