import { CodedError } from '@nagare/base';

/** Every error that a broker can throw, and what it tells its operator. */
export const brokerErrors = {
  NAGARE_BROKER_SETTING_UNKNOWN: 'The broker has no such setting',
  NAGARE_BROKER_SETTING_INVALID: 'A setting has a value that the broker cannot take',
  NAGARE_BROKER_PORT_IN_USE: 'Another process listens on the port',
  NAGARE_BROKER_LISTEN_FAILED: 'The broker cannot listen on the address',
  NAGARE_BROKER_DIRECTORY_NOT_WRITABLE: 'The data directory cannot be written',
  NAGARE_BROKER_DIRECTORY_LOCKED: 'Another process uses the data directory',
  NAGARE_BROKER_DIRECTORY_FOREIGN: 'The data directory was not written by a broker of this kind',
  NAGARE_BROKER_CLUSTER_ID_MISMATCH: 'The data directory belongs to another cluster',
  NAGARE_BROKER_NODE_ID_MISMATCH: 'The data directory belongs to another node',
  NAGARE_BROKER_LOG_CORRUPT: 'A log holds bytes that the broker did not write',
  NAGARE_BROKER_LOG_FAILED: 'A log could not be written and takes no more records',
  NAGARE_BROKER_REFUSED: 'The broker refuses what was asked of it',
  NAGARE_BROKER_SNAPSHOT_INVALID: 'A snapshot cannot be read',
  NAGARE_BROKER_STOPPED: 'The broker has stopped',
} as const;

export type BrokerErrorCode = keyof typeof brokerErrors;

/** A broker that cannot start or go on. `code` says why; the message names the value or place. */
export class BrokerError extends CodedError {
  override readonly name = 'BrokerError';
  readonly code: BrokerErrorCode;

  constructor(code: BrokerErrorCode, where: string, options: { readonly cause?: unknown } = {}) {
    super(`${brokerErrors[code]} (${where})`, options);
    this.code = code;
  }
}
