import { FieldPath } from 'firebase-admin/firestore';
import { Remembered, restrainedChainsOf } from '../../ledger/restrained.ts';
import { statedIn, type StatedRestriction } from '../../ledger/restriction/stated.ts';
import type { Context } from '../../platform/context.ts';
import { documentsByName, SLIM } from '../../platform/firestore.ts';
import { restraintNames, statementIn, statements } from '../../subject/statements.ts';

/** A restriction that runs, as it is stored. */
export interface ListedRestriction extends Partial<StatedRestriction> {
  /** Absent if nobody can say whose it is any more: its document is gone. */
  readonly uid?: string;
  /** Its name among the restrictions of the person; null: no chain knows of any. */
  readonly name: string | null;
  /**
   * False: somebody else wrote the document, changed or deleted it. A document that is there
   * restricts everything then.
   */
  readonly isSealed: boolean;
  /** The chain that says that it runs, although its document is gone. */
  readonly goneFrom?: string;
}

/**
 * Lists the restrictions that run, of everybody or of a person: those whose document is gone at the
 * end. Costs one read for each document and for each head that remembers one.
 */
export async function listRestrictions(
  context: Pick<Context, 'clients' | 'now' | 'keys'>,
  uid?: string,
): Promise<ListedRestriction[]> {
  const { clients, keys, now } = context;
  const all = statements(clients.own(), 'restrictions');
  const chains = await restrainedChainsOf(context, uid);
  const query = uid === undefined ? all : all.where(FieldPath.documentId(), '==', uid);
  const remembered = new Remembered(chains, keys);
  const listed: ListedRestriction[] = [];
  const there = new Set<string>();
  for await (const document of documentsByName(query, SLIM)) {
    const stated = statementIn(document, keys);
    if (stated === null) continue;
    const known = remembered.see('restrictions', stated);
    const of = { uid: document.id, isSealed: known.isSealed };
    const parts = statedIn({ known, remembered: remembered.of('restrictions', document.id) }, now());
    if (parts.size === 0) listed.push({ ...of, name: null });
    for (const [name, one] of parts) listed.push({ ...of, ...one, name });
    for (const name of restraintNames('restrictions', document.id, keys)) there.add(name);
  }
  const gone = chains.flatMap(({ chain: goneFrom }) =>
    remembered.gone(now(), goneFrom).flatMap(({ kind, at, parts = {}, name: of }) =>
      kind !== 'restrictions' || there.has(of)
        ? []
        : Object.entries(parts).map(([name, one]): ListedRestriction => {
            return { ...one, name, since: at, isSealed: false, goneFrom, ...(uid === undefined ? {} : { uid }) };
          }),
    ),
  );
  return [...listed, ...gone];
}
