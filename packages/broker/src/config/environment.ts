import { brokerSettings } from './broker-settings.ts';
import { suggest } from './suggest.ts';

/** What the official image keeps for the JVM and its scripts, what Kubernetes adds for a service named kafka, and what clients read. */
const notSettings =
  /^KAFKA_(VERSION|HEAP_OPTS|OPTS|JMX_\w+|JVM_PERFORMANCE_OPTS|GC_LOG_OPTS|LOG4J_\w+|TOOLS_LOG4J_\w+|HOME|BOOTSTRAP_SERVERS?|BROKERS?|PORT|PORT_\w+|SERVICE_\w+)$/;

/**
 * Settings from environment variables: `KAFKA_LOG_RETENTION_MS` is `log.retention.ms` as in the official image (`_` for a
 * dot, `__` for an underscore, `___` for a dash), `NAGARE_DURABILITY` is `nagare.durability`, `CLUSTER_ID` the cluster id.
 *
 * @returns Dotted name to variable name and text.
 */
export function settingsOfEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Map<string, { readonly variable: string; readonly text: string }> {
  const settings = new Map<string, { variable: string; text: string }>();
  for (const [variable, text] of Object.entries(environment)) {
    const name = settingOfVariable(variable);
    if (name !== undefined && text !== undefined) settings.set(name, { variable, text });
  }
  return settings;
}

function settingOfVariable(variable: string): string | undefined {
  if (variable === 'CLUSTER_ID') return 'nagare.cluster.id';
  if (notSettings.test(variable)) return undefined;
  if (variable.startsWith('KAFKA_')) return dotted(variable.slice('KAFKA_'.length));
  return variable.startsWith('NAGARE_') ? ownSetting(dotted(variable)) : undefined;
}

const ownSettings = Object.keys(brokerSettings).filter((name) => name.startsWith('nagare.'));

/** Our other programs read `NAGARE_` variables too: only what is a setting, or looks like a mistyped one, is the broker's. */
function ownSetting(name: string): string | undefined {
  return ownSettings.includes(name) || suggest(name, ownSettings) !== undefined ? name : undefined;
}

function dotted(name: string): string {
  return name.toLowerCase().replaceAll('_', '.').replaceAll('...', '-').replaceAll('..', '_');
}
