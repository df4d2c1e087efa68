import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ObjectStore } from '../../functions/src/export/archive/objects.ts';
import { COPY } from '../../functions/src/rights/ways/copy.ts';

/**
 * Lets an archive be written into a file of this machine, which nobody else may read. Rows that are
 * too many for the memory wait in a folder beside, which `end` removes.
 *
 * @param target must not exist
 */
export async function fileStore(target: string): Promise<{ store: ObjectStore; end: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'compliance-copy-'));
  const waiting = new Map<string, string>();
  const pathOf = (name: string): string => {
    if (name === COPY) return target;
    const path = waiting.get(name) ?? join(folder, String(waiting.size));
    waiting.set(name, path);
    return path;
  };
  const store: ObjectStore = {
    write: async (name, bytes) => {
      const isArchive = name === COPY;
      const file = createWriteStream(pathOf(name), { flags: isArchive ? 'wx' : 'w', mode: 0o600 });
      try {
        await pipeline(bytes, file);
      } catch (error) {
        // One that was there before is somebody's.
        if ((error as { code?: unknown }).code !== 'EEXIST') await rm(pathOf(name), { force: true });
        throw error;
      }
    },
    describe: async () => undefined,
    read: (name) => createReadStream(pathOf(name)),
    remove: (name) => rm(pathOf(name), { force: true }),
    // Nothing is looked for here.
    list: async function* () {},
  };
  return { store, end: () => rm(folder, { recursive: true, force: true }) };
}
