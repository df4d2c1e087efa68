import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import type { Disk } from '../backend.ts';

const orElse = <T>(fallback: T, read: () => T): T => {
  try {
    return read();
  } catch {
    return fallback;
  }
};

/** The real file system; an unreadable file counts as missing. */
export const disk: Disk = {
  exists: (path) => existsSync(path),
  list: (folder) => orElse<string[]>([], () => readdirSync(folder)),
  read: (path) => orElse<string | undefined>(undefined, () => readFileSync(path, 'utf8')),
  real: (path) => orElse(path, () => realpathSync(path)),
};
