import { writeArchive } from '../../export/archive/write.ts';
import type { ObjectStore } from '../../export/archive/objects.ts';
import { planExport } from '../../export/plan.ts';
import { emptyHead } from '../../ledger/chain.ts';
import type { Context } from '../../platform/context.ts';
import { defined } from '../../platform/defined.ts';
import { changeRequest } from '../../requests/store.ts';
import type { FoundRequest } from '../answers/find.ts';
import { copyName, type Copied } from './copied.ts';
import { copyOfAccount } from './copyOfAccount.ts';
import { decisionsOn, requestToLook, type CopyAnswer } from './lookAtCopy.ts';

/**
 * Writes the copy that an officer gives into somebody's hands (Art. 15(3), 20(1)). The request
 * notes the SHA-256 of each archive, when, and which officer.
 *
 * - Of a person without an account: the archive that an account would get, of everything that is
 *   found by the proven address alone. The backend keeps none. Rows with words of others are in it
 *   as an officer decided (lookAtCopy.ts).
 * - Of an account: the archives that its export has published (copyOfAccount.ts).
 *
 * @param store gets the archives under the names of `copyName`
 * @param by.officer pseudonym of the officer, if one was named
 * @param by.answer their answer to a look at the rows, if there are rows to look at
 * @throws the errors of the systems: no copy is shorter because a system did not answer
 */
export async function writeCopy(
  context: Context,
  found: FoundRequest,
  store: ObjectStore,
  { officer, answer }: { readonly officer?: string | undefined; readonly answer?: CopyAnswer | undefined } = {},
): Promise<Copied> {
  const { ref } = found;
  const looked = requestToLook(found);
  if (!looked.ok) {
    const { because } = looked;
    return because === 'account' ? copyOfAccount(context, found, store, officer) : { ok: false, because };
  }
  const { subjectKey, type, chain } = looked.request.record;
  const decided = await decisionsOn(context, looked.request, answer);
  if (!decided.ok) return decided;
  const written = await writeArchive(context, store, {
    ref: { uid: '', requestId: ref.requestId },
    subjectKey,
    plan: planExport(context.policy, type),
    chain,
    head: emptyHead(chain),
    name: copyName(1),
    // On the officer's machine no task's time runs out, and one file is enough.
    stopAt: Infinity,
    tolerant: false,
    part: { number: 1 },
    lookedWithin: decided.of,
    full: { at: Infinity, bytes: Infinity },
  });
  if (written === null) return { ok: false, because: 'address' };
  // Rows came or changed while it was written: they are not in it, and nothing of it is handed out.
  if (decided.unseen() > 0 || Object.keys(written.waiting).length > 0) return { ok: false, because: 'notSeen' };
  const { bytes, sha256, counts, missing } = written;
  const kept = decided.withheld();
  const withheld = Object.keys(kept).length === 0 ? undefined : kept;
  const copy = { at: context.now(), files: [{ bytes, sha256 }], missing, ...defined({ officer }) };
  const noted = await changeRequest(context, ref.key, ({ answer }) => ({
    answer: defined({ ...answer, copy, withheld }),
  }));
  if (noted?.changed !== true) return { ok: false, because: 'final' };
  return { ok: true, files: [{ bytes, sha256 }], counts, missing, ...defined({ withheld }) };
}
