import { parseArgs } from 'node:util';
import { brokerAddress, commandLine, UsageError, wholeNumber } from '@nagare/example-kit';
import { type FlightFile, flightFiles } from './records.ts';

export const help = `Which airport was worst, and when: delays in tumbling windows.

Usage: pnpm flight-delays [OPTIONS]

Options
  --flights FILE      how many flights: ${flightFiles.join(', ')} (default 20k)
  --days N            the size of a window in days (default 7)
  --at-least N        flights that a window needs to be ranked (default 20)
  --broker HOST:PORT  use this Kafka instead of a broker in this process
  --keep              keep the topics on that Kafka after the run
  --help              show this

What happens: flights are joined with the airport that they leave from, and
their delays are gathered by airport and window. The ten worst windows are
printed, and a last line with counts read back from the topics.
`;

export interface Options {
  readonly flights: FlightFile;
  readonly days: number;
  readonly flightsMin: number;
  readonly broker: string | undefined;
  readonly keep: boolean;
  readonly help: boolean;
}

/** Reads the command line. @throws {UsageError} In one line, for the person at the terminal. */
export function parseOptions(args: readonly string[]): Options {
  const { values } = commandLine(() => parseArgs({ args: [...args], options: flags }));
  return {
    flights: flightFile(values.flights),
    days: wholeNumber('--days', values.days, 1, 365),
    flightsMin: wholeNumber('--at-least', values['at-least'], 1),
    broker: values.broker === undefined ? undefined : brokerAddress('--broker', values.broker),
    keep: values.keep,
    help: values.help,
  };
}

const flags = {
  flights: { type: 'string', default: '20k' },
  days: { type: 'string', default: '7' },
  'at-least': { type: 'string', default: '20' },
  broker: { type: 'string' },
  keep: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

function flightFile(text: string): FlightFile {
  const file = flightFiles.find((one) => one === text);
  if (file !== undefined) return file;
  throw new UsageError(`--flights must be one of ${flightFiles.join(', ')}, got ${text}`);
}
