import { writeArchive } from '../../export/archive/write.ts';
import type { ObjectStore } from '../../export/archive/objects.ts';
import { planExport } from '../../export/plan.ts';
import { emptyHead } from '../../ledger/chain.ts';
import type { Context } from '../../platform/context.ts';
import { defined } from '../../platform/defined.ts';
import { isExport, isFinal } from '../../requests/request.ts';
import { changeRequest } from '../../requests/store.ts';
import type { FoundRequest } from '../answers/find.ts';
import { copyName, type Copied } from './copied.ts';
import { copyOfAccount } from './copyOfAccount.ts';

/**
 * Writes the copy that an officer gives into somebody's hands (Art. 15(3), 20(1)). The request
 * notes the SHA-256 of each archive, when, and which officer.
 *
 * - Of a person without an account: the archive that an account would get, of everything that is
 *   found by the proven address alone. The backend keeps none.
 * - Of an account: the archives that its export has published (copyOfAccount.ts).
 *
 * @param store gets the archives under the names of `copyName`
 * @param officer pseudonym of the officer, if one was named
 * @throws the errors of the systems: no copy is shorter because a system did not answer
 */
export async function writeCopy(
  context: Context,
  found: FoundRequest,
  store: ObjectStore,
  officer?: string,
): Promise<Copied> {
  const { ref, record } = found;
  const { subjectKey, type, status, pseudonym: chain, entered } = record;
  if (!isExport(type)) return { ok: false, because: 'another' };
  if (entered?.unnamed === true) return { ok: false, because: 'unnamed' };
  if (subjectKey === undefined) return copyOfAccount(context, found, store, officer);
  if (entered?.identity.result !== 'proven') return { ok: false, because: 'doubted' };
  if (isFinal(status)) return { ok: false, because: 'final' };
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
    // The officer has it in hand before the person does.
    looked: 'byHand',
    full: { at: Infinity, bytes: Infinity },
  });
  if (written === null) return { ok: false, because: 'address' };
  const { bytes, sha256, counts, missing, waiting } = written;
  const copy = { at: context.now(), files: [{ bytes, sha256 }], missing, ...defined({ officer }) };
  const noted = await changeRequest(context, ref.key, ({ answer }) => ({ answer: { ...answer, copy } }));
  if (noted?.changed !== true) return { ok: false, because: 'final' };
  return { ok: true, files: [{ bytes, sha256 }], counts, missing, toLookAt: waiting };
}
