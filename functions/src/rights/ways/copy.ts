import { writeArchive } from '../../export/archive/write.ts';
import type { ObjectStore } from '../../export/archive/objects.ts';
import { planExport } from '../../export/plan.ts';
import { emptyHead } from '../../ledger/chain.ts';
import type { Context } from '../../platform/context.ts';
import { defined } from '../../platform/defined.ts';
import { isExport, isFinal } from '../../requests/request.ts';
import { changeRequest } from '../../requests/store.ts';
import type { FoundRequest } from '../answers/find.ts';

/**
 * Why there is no copy. `account`: an export answers it, since its person has an account.
 * `another`: a right that no copy answers. `doubted`: nobody has proven who asks. `final`: it is
 * closed. `address`: the address is kept no longer, or an account has verified it by now.
 */
export type NoCopy = 'account' | 'another' | 'doubted' | 'final' | 'address';

export type Copied =
  | {
      readonly ok: true;
      readonly bytes: number;
      readonly sha256: string;
      /** Rows by record. */
      readonly counts: Readonly<Record<string, number>>;
      /** Ids of recipients, systems and records whose part an officer adds. */
      readonly missing: readonly string[];
    }
  | { readonly ok: false; readonly because: NoCopy };

/** The name of the archive in its store; everything else there is on its way into it. */
export const COPY = 'exports/copy.zip';

/**
 * Writes the copy for a proven person without an account (Art. 15(3), 20(1)): the archive that an
 * account would get, of everything that is found by the proven address alone. It goes to the
 * officer, who gives it to the person; the backend keeps none. The request notes its SHA-256.
 *
 * @param store gets the archive under the name `COPY`
 * @param officer pseudonym of the officer, if one was named
 * @throws the errors of the systems: no copy is shorter because a system did not answer
 */
export async function writeCopy(
  context: Context,
  { ref, record }: FoundRequest,
  store: ObjectStore,
  officer?: string,
): Promise<Copied> {
  const { subjectKey, type, status, pseudonym: chain, entered } = record;
  if (subjectKey === undefined) return { ok: false, because: 'account' };
  if (!isExport(type)) return { ok: false, because: 'another' };
  if (entered?.identity.result !== 'proven') return { ok: false, because: 'doubted' };
  if (isFinal(status)) return { ok: false, because: 'final' };
  const written = await writeArchive(context, store, {
    ref: { uid: '', requestId: ref.requestId },
    subjectKey,
    plan: planExport(context.policy, type),
    chain,
    head: emptyHead(chain),
    name: COPY,
    // On the officer's machine no task's time runs out, and one file is enough.
    stopAt: Infinity,
    tolerant: false,
    part: { number: 1 },
    full: { at: Infinity, bytes: Infinity },
  });
  if (written === null) return { ok: false, because: 'address' };
  const { bytes, sha256, counts, missing } = written;
  const copy = { at: context.now(), bytes, sha256, missing, ...defined({ officer }) };
  const noted = await changeRequest(context, ref.key, ({ answer }) => ({ answer: { ...answer, copy } }));
  if (noted?.changed !== true) return { ok: false, because: 'final' };
  return { ok: true, bytes, sha256, counts, missing };
}
