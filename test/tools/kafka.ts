import { cpSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BrokerOptions, type RunningBroker, singleBrokerSettings } from './broker.ts';
import { Child } from './child.ts';
import { kafkaTools } from './kafka-tool.ts';
import { classPath } from './maven.ts';
import { cacheDirectory } from './paths.ts';
import { freePort } from './port.ts';
import { awaitFirstAnswer, runningBroker } from './running-broker.ts';
import { ToolHost, type ToolsVersion } from './tool-host.ts';

/** What Kafka's own start script gives the virtual machine of a broker. */
const BROKER_JVM = [
  '-Xms1G',
  '-Xmx1G',
  '-server',
  '-XX:+UseG1GC',
  '-XX:MaxGCPauseMillis=20',
  '-XX:InitiatingHeapOccupancyPercent=35',
  '-XX:+ExplicitGCInvokesConcurrent',
  '-Djava.awt.headless=true',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
];

/** The version of Apache Kafka that `NAGARE_KAFKA_VERSION` names; 4.3.1 when it is not set. */
export function kafkaVersion(): ToolsVersion {
  const version = process.env.NAGARE_KAFKA_VERSION ?? '4.3.1';
  if (version === '4.3.1' || version === '3.9.2') return version;
  throw new RangeError(`NAGARE_KAFKA_VERSION is '${version}': it must be 4.3.1 or 3.9.2`);
}

/** Starts Apache Kafka as broker and controller in one process and resolves when it answers. */
export async function startKafka(options: BrokerOptions): Promise<RunningBroker> {
  const version = kafkaVersion();
  const port = options.port ?? (await freePort());
  const properties = await writeProperties(options, port);
  if (!existsSync(join(options.dataDirectory, 'meta.properties'))) {
    cpSync(await formatted(version), options.dataDirectory, { recursive: true });
  }
  const jars = await classPath(`kafka-${version}`);
  const startMs = performance.now();
  const child = new Child('java', [...BROKER_JVM, '-cp', jars, 'kafka.Kafka', properties], {
    cwd: options.dataDirectory,
  });
  const startedInMs = await awaitFirstAnswer(child, `127.0.0.1:${port}`, startMs);
  return runningBroker({ product: 'kafka', child, port, dataDirectory: options.dataDirectory, startedInMs });
}

/** A data directory that was only formatted. What is in it is the same for every single broker, so one is kept. */
async function formatted(version: ToolsVersion): Promise<string> {
  const kept = join(cacheDirectory('kafka'), `formatted-${version}`);
  if (existsSync(join(kept, 'meta.properties'))) return kept;
  const made = `${kept}.${process.pid}`;
  const properties = await writeProperties({ dataDirectory: made }, await freePort());
  try {
    await format(version, properties);
    renameSync(made, kept);
  } catch (error) {
    // Somebody else may have been quicker.
    if (!existsSync(join(kept, 'meta.properties'))) throw error;
  } finally {
    for (const path of [made, properties]) rmSync(path, { recursive: true, force: true });
  }
  return kept;
}

async function format(version: ToolsVersion, properties: string): Promise<void> {
  await using tools = await ToolHost.start(version);
  const args = ['format', '-t', 'NagareTestsClusterIdAA', '-c', properties];
  const { code, stdout, stderr } = await tools.run(kafkaTools['kafka-storage'], args);
  if (code !== 0) throw new Error(`kafka-storage ended with ${code}\n${stdout}\n${stderr}`);
}

async function writeProperties(options: BrokerOptions, port: number): Promise<string> {
  const controllerPort = await freePort();
  mkdirSync(options.dataDirectory, { recursive: true });
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'log.dirs': options.dataDirectory,
    ...singleBrokerSettings,
    ...options.settings,
  };
  const path = `${options.dataDirectory}.properties`;
  writeFileSync(
    path,
    `${Object.entries(settings)
      .map((entry) => entry.join('='))
      .join('\n')}\n`,
  );
  return path;
}
