import { headRef } from '../../../functions/src/ledger/documents.ts';
import { requestKey } from '../../../functions/src/requests/request.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { testContext } from '../requests/helpers.ts';

/** The requests of one person, `u1`, with both databases in memory. */

export const NOW = Date.parse('2026-03-01T09:00:00Z');
export let context = testContext(NOW);
export let chain = '';

/** Begins again with empty databases. Each test file calls it before each test. */
export function fresh(): void {
  context = testContext(NOW);
  chain = pseudonymOf('u1', context.keys);
}

/** The person's own document of a request; `recorded` is the backend's. */
export const person = (id: string) => context.app.doc(`users/u1/privacyRequests/${id}`);
export const shown = async (id: string) => (await person(id).get()).data();
/** The id of a request's record. */
export const keyOf = (id = 'r1'): string => requestKey(chain, id, context.keys);
export const recorded = async (id: string) => (await context.own.doc(`requests/${keyOf(id)}`).get()).data();

export const ids = async (path: string) => (await context.own.collection(path).get()).docs.map((d) => d.id);
export const entries = async (): Promise<string[]> =>
  (await headRef(context.own, chain).collection('entries').orderBy('seq').get()).docs.map((d) =>
    String(d.get('state')),
  );
