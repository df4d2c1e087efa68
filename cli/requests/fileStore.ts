import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, parse } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ObjectStore } from '../../functions/src/export/archive/objects.ts';
import { partOfCopy } from '../../functions/src/rights/ways/copied.ts';
import { UsageError } from '../common.ts';

/** Archives on this machine, which nobody else may read. */
export interface FileStore {
  readonly store: ObjectStore;
  /** Gives the archives their names, and returns these: the request has noted them by now. */
  readonly keep: () => Promise<string[]>;
  /** Removes everything that has no name of its own by then. */
  readonly end: () => Promise<void>;
}

/**
 * Lets archives be written into files of this machine: the first under the name that was given,
 * further ones as `copy-2.zip` beside it. Until `keep` each is called `….unfinished`. Rows that are
 * too many for the memory wait in a folder of their own.
 *
 * @throws UsageError as soon as a file of one of these names is there
 */
export async function fileStore(target: string): Promise<FileStore> {
  refuseIfThere(target);
  const folder = await mkdtemp(join(tmpdir(), 'compliance-copy-'));
  const waiting = new Map<string, string>();
  const archives: string[] = [];
  const pathOf = (name: string): string => {
    const part = partOfCopy(name);
    if (part !== undefined) return unfinished(nameOf(target, part));
    const path = waiting.get(name) ?? join(folder, String(waiting.size));
    waiting.set(name, path);
    return path;
  };
  const store: ObjectStore = {
    write: async (name, bytes) => {
      const part = partOfCopy(name);
      if (part !== undefined) archives.push(claim(nameOf(target, part)));
      const file = createWriteStream(pathOf(name), { flags: part === undefined ? 'w' : 'wx', mode: 0o600 });
      await pipeline(bytes, file);
    },
    describe: async () => undefined,
    read: (name) => createReadStream(pathOf(name)),
    remove: (name) => rm(pathOf(name), { force: true }),
    // Nothing is looked for here.
    list: async function* () {},
  };
  const keep = async (): Promise<string[]> => {
    for (const path of archives) {
      refuseIfThere(path);
      await rename(unfinished(path), path);
    }
    return archives;
  };
  const end = async (): Promise<void> => {
    for (const path of archives) await rm(unfinished(path), { force: true });
    await rm(folder, { recursive: true, force: true });
  };
  return { store, keep, end };
}

const unfinished = (path: string): string => `${path}.unfinished`;

/** Names the file of a part: `copy.zip`, `copy-2.zip`. */
function nameOf(target: string, part: number): string {
  const { dir, name, ext } = parse(target);
  return part === 1 ? target : join(dir, `${name}-${part}${ext}`);
}

/** Returns the name, if nothing is there that would be written over. */
function claim(path: string): string {
  refuseIfThere(path);
  refuseIfThere(unfinished(path));
  return path;
}

function refuseIfThere(path: string): void {
  if (existsSync(path)) throw new UsageError(`${path} is there already: give another name`);
}
