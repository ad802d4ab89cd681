import { DiskError, type DiskErrorCode } from '../disk.ts';
import { reasonOf, type SystemError } from './system-error.ts';

const codes: Readonly<Record<string, DiskErrorCode>> = {
  ENOENT: 'ENOENT',
  EEXIST: 'EEXIST',
  ENOSPC: 'ENOSPC',
  EDQUOT: 'ENOSPC',
  EIO: 'EIO',
  EACCES: 'EACCES',
  EPERM: 'EACCES',
  EROFS: 'EACCES',
  ENOTDIR: 'ENOTDIR',
  ENOTEMPTY: 'ENOTEMPTY',
};

/** Our error for one of the system's. `action` is a verb: `Cannot <action> <path>: …`. */
export function diskErrorFrom(error: unknown, action: string, path: string): DiskError {
  const cause = error as SystemError;
  const code = codes[cause.code ?? ''] ?? 'EOTHER';
  return new DiskError(code, path, `Cannot ${action} ${path}: ${reasonOf(cause)}`, { cause });
}
