import { CodedError } from '@nagare/base';
import { UsageError } from './usage-error.ts';

/** Errors of a broker's start that its operator can put right by another command line, file or folder. */
const operatorErrors: ReadonlySet<string> = new Set([
  'NAGARE_BROKER_SETTING_UNKNOWN',
  'NAGARE_BROKER_SETTING_INVALID',
  'NAGARE_BROKER_PORT_IN_USE',
  'NAGARE_BROKER_LISTEN_FAILED',
  'NAGARE_BROKER_DIRECTORY_NOT_WRITABLE',
  'NAGARE_BROKER_DIRECTORY_LOCKED',
  'NAGARE_BROKER_DIRECTORY_FOREIGN',
  'NAGARE_BROKER_CLUSTER_ID_MISMATCH',
  'NAGARE_BROKER_NODE_ID_MISMATCH',
]);

/** Whether the caller can put it right, so that the exit code is 2. */
export function isOperatorError(error: unknown): boolean {
  return error instanceof UsageError || (error instanceof CodedError && operatorErrors.has(error.code));
}

/** What to print about a failure: one line for what was foreseen, a stack below it for what was not. */
export function reportOf(error: unknown): string {
  if (error instanceof UsageError || error instanceof CodedError) return lineOf(error);
  return error instanceof Error ? `${lineOf(error)}\n${error.stack}` : lineOf(error);
}

/** One line, whatever the message holds. */
export function lineOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof CodedError ? ` [${error.code}]` : '';
  return `nagare: ${message.trim().replaceAll(/\s*\n\s*/g, ' ')}${code}`;
}
