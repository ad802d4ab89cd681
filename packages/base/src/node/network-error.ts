import { type Address, NetworkError, type NetworkErrorCode } from '../network.ts';
import { reasonOf, type SystemError } from './system-error.ts';

const codes: Readonly<Record<string, NetworkErrorCode>> = {
  EADDRINUSE: 'ADDRESS_IN_USE',
  ECONNREFUSED: 'CONNECTION_REFUSED',
  ECONNRESET: 'CONNECTION_RESET',
  ECONNABORTED: 'CONNECTION_RESET',
  EPIPE: 'CONNECTION_RESET',
  ETIMEDOUT: 'TIMED_OUT',
};

/** Our error for one of the system's. `action` is a verb: `Cannot <action> <host>:<port>: …`. */
export function networkErrorFrom(cause: SystemError, action: string, address: Address): NetworkError {
  const code = codes[cause.code ?? ''] ?? 'OTHER';
  return new NetworkError(code, `Cannot ${action} ${formatAddress(address)}: ${reasonOf(cause)}`, { cause });
}

function formatAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
