import { FieldPath } from 'firebase-admin/firestore';
import { isOpen } from '../../jobs/advance.ts';
import { jobsIn } from '../../jobs/store.ts';
import type { OwnStore } from '../../platform/context.ts';
import { pagesOf } from '../../platform/firestore.ts';
import { isFinal } from '../../requests/request.ts';
import { requestsIn } from '../../requests/store.ts';
import { forgetAddress } from '../../subject/addresses.ts';
import { isAddressKey } from '../../subject/emails.ts';

/** So many addresses are looked at in one page; there are rarely more. */
const PAGE = 100;

/**
 * Forgets the addresses of people without an account, as soon as all their requests are answered
 * and their erasure has ended. Each night. Runs twice harmlessly. Costs 1 read and 3 queries an
 * address.
 *
 * @returns how many were forgotten
 */
export async function forgetAnswered(store: OwnStore): Promise<number> {
  const own = store.clients.own();
  const id = FieldPath.documentId();
  const kept = own.collection('subjects').where(id, '>=', 'email_v').where(id, '<', 'email_w').orderBy(id).select();
  let forgotten = 0;
  for await (const { documents } of pagesOf(kept, PAGE)) {
    for (const { id: key } of documents) {
      if (!isAddressKey(key) || (await isNeeded(store, key))) continue;
      await forgetAddress(own, key);
      forgotten += 1;
    }
  }
  return forgotten;
}

/**
 * Does an open request, a link or a running job need the address? A forged document decides
 * nothing.
 */
async function isNeeded({ clients, keys }: OwnStore, key: string): Promise<boolean> {
  const own = clients.own();
  const requests = await own.collection('requests').where('subjectKey', '==', key).get();
  if (requestsIn(requests.docs, keys).requests.some(({ record }) => !isFinal(record.status))) return true;
  const links = own.collection('links').where('subjectKey', '==', key);
  if (!(await links.limit(1).get()).empty) return true;
  const jobs = await own.collection('jobs').where('input.subjectKey', '==', key).get();
  return jobsIn(jobs.docs, keys).jobs.some(isOpen);
}
