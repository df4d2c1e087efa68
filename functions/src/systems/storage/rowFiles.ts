import type { Context } from '../../platform/context.ts';
import { deleteFile, filePages } from './files.ts';

/**
 * Deletes objects of the app's bucket by the beginning of their name.
 *
 * @param isMeant asked about each name that is found
 */
export async function deleteBelow(
  context: Context,
  prefix: string,
  isMeant: (name: string) => Promise<boolean>,
): Promise<number> {
  const bucket = await context.clients.bucket('app');
  let deleted = 0;
  for await (const { files } of filePages(bucket, '{folder}/**', prefix))
    for (const file of files) if ((await isMeant(file.name)) && (await deleteFile(bucket, file, false))) deleted += 1;
  return deleted;
}
