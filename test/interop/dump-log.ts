import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runKafkaTool } from '../tools/kafka-tool.ts';

/** What Kafka's log dumper said about a data directory. */
export interface DumpReport {
  /** Lines that name something wrong. Empty when the dumper had nothing to complain about. */
  readonly complaints: readonly string[];
  readonly stdout: string;
}

/** The decoder that a folder's records need, by the start of its name. */
const decoders: readonly (readonly [string, string])[] = [
  ['__consumer_offsets-', '--offsets-decoder'],
  ['__transaction_state-', '--transaction-log-decoder'],
  ['__cluster_metadata-', '--cluster-metadata-decoder'],
];

const DUMPED = /\.(log|index|timeindex|txnindex|snapshot|checkpoint)$/;

/**
 * Runs `kafka-dump-log` over the segments, indexes and snapshots of every log whose folder `wanted` accepts: each record
 * decoded, each index entry looked up in its segment.
 */
export async function dumpLogs(
  dataDirectory: string,
  wanted: (folder: string) => boolean = () => true,
): Promise<DumpReport> {
  const folders = readdirSync(dataDirectory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && /-\d+$/.test(entry.name) && wanted(entry.name))
    .map(({ name }) => name);
  const reports: DumpReport[] = [];
  for (const decoder of new Set(folders.map(decoderOf))) {
    const files = folders
      .filter((folder) => decoderOf(folder) === decoder)
      .flatMap((folder) => filesIn(join(dataDirectory, folder)));
    if (files.length > 0) reports.push(await dump(files, decoder));
  }
  return {
    complaints: reports.flatMap(({ complaints }) => complaints),
    stdout: reports.map(({ stdout }) => stdout).join(''),
  };
}

function decoderOf(folder: string): string {
  return decoders.find(([prefix]) => folder.startsWith(prefix))?.[1] ?? '--print-data-log';
}

function filesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => DUMPED.test(name))
    .map((name) => join(folder, name));
}

async function dump(files: readonly string[], decoder: string): Promise<DumpReport> {
  const all = await runKafkaTool('kafka-dump-log', ['--deep-iteration', decoder, '--files', files.join(',')]);
  const indexes = files.filter((file) => file.endsWith('index') && !file.endsWith('.txnindex'));
  const sanity = await runKafkaTool('kafka-dump-log', ['--index-sanity-check', '--files', indexes.join(',')]);
  const codes = [all, sanity].filter(({ code }) => code !== 0).map(({ code }) => `kafka-dump-log ended with ${code}`);
  const errors = withoutFalseAlarms(`${all.stderr}\n${sanity.stderr}`.split('\n').filter((line) => line.trim() !== ''));
  return { complaints: [...codes, ...errors, ...all.stdout.split('\n').filter(isComplaint)], stdout: all.stdout };
}

/**
 * The dumper of Kafka 4.3.1 takes the first record of every segment but a log's first for one behind offset -1: it says
 * so of Kafka's own data directories too.
 */
function withoutFalseAlarms(lines: readonly string[]): string[] {
  const real = lines.filter((line) => !/^ +-1 is followed by \d+$/.test(line));
  return real.filter((line, index) => !isEmptyHeading(line, real[index + 1]));
}

function isEmptyHeading(line: string, next: string | undefined): boolean {
  return line.startsWith('Non-consecutive offsets in ') && !/^ +\d+ is followed by \d+$/.test(next ?? '');
}

/** The dumper puts most of what is wrong on standard error, and the rest among what it dumps. */
function isComplaint(line: string): boolean {
  return /isvalid: false|invalid bytes at the end|Error at \d+, skipping|"data":"unknown"|Could not deserialize/i.test(
    line,
  );
}
