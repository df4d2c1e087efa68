import { defined } from '../../platform/defined.ts';
import type { PolicyRecord } from '../../policy/schema.ts';
import type { Row } from '../../systems/system.ts';
import { withoutOthers } from '../archive/maskOthers.ts';
import { exportRow, type ExportRow } from '../archive/rows.ts';
import { pathWithoutKeys, withoutSecrets } from '../archive/secrets.ts';

/**
 * Makes the row of an archive as its person may have it: without keys, and without the data of
 * others that the policy leaves out or masks. Pure: the same row of a system makes the same one.
 *
 * @param file the entry of the archive that holds its content, if the row is a file
 */
export function ownRow(record: PolicyRecord, uid: string, { path, data, undeclared }: Row, file?: string): ExportRow {
  const safe = withoutSecrets(data);
  const own = withoutOthers(record, uid, { path: pathWithoutKeys(path), data: safe.data });
  return exportRow({ ...own, ...defined({ undeclared }) }, file, [...safe.withheld, ...own.withheld]);
}
