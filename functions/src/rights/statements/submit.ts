import { Timestamp, type DocumentData, type DocumentReference } from 'firebase-admin/firestore';
import { liftHold, setHold } from '../../erasure/holds.ts';
import { NAME_OF, type WhichRestriction } from '../../ledger/restriction/stated.ts';
import type { Context } from '../../platform/context.ts';
import { defined } from '../../platform/defined.ts';
import { ComplianceError } from '../../platform/errors.ts';
import { millisOf } from '../../platform/firestore.ts';
import type { Instant } from '../../platform/time.ts';
import type { Issue } from '../../platform/intake.ts';
import {
  statedAfter,
  statement,
  statementIds,
  statementIn,
  statementRef,
  statements,
  type Statement,
} from '../../subject/statements.ts';
import { endRestriction } from '../restriction/lift.ts';
import { setRestriction } from '../restriction/set.ts';
import {
  orderOf,
  readStatement,
  restrictionOrder,
  type AgeBandForm,
  type GuardianshipForm,
  type RestrictionForm,
  type StatementForm,
} from './form.ts';

/** The outcome of a statement that was sent. `changed`: false if everything was so before. */
export type StatementAnswer =
  | { readonly ok: true; readonly id: string; readonly changed: boolean }
  | { readonly ok: false; readonly code: StatementRefusal; readonly issues: readonly Issue[] };

/**
 * Why a statement is not taken. `unknown_statement`: there is none with this id. `of_erasure`: an
 * erasure restricts the processing, and lifts that itself. `unknown_subject`: nobody knows the
 * person of a legal hold, or the person of a restriction is erased.
 */
export type StatementRefusal = 'invalid' | 'unknown_statement' | 'of_erasure' | 'unknown_subject';

const refused = (code: StatementRefusal, issues: readonly Issue[] = []): StatementAnswer => ({
  ok: false,
  code,
  issues,
});

/**
 * Takes the statements of the app's servers about a person, or their withdrawal. The same statement
 * twice changes nothing. It is written whole and sealed; the functions that listen to its
 * collection do the rest. Costs 1 read and 1 write; a restriction or a legal hold 4 reads and 4
 * writes, since the person's chain records it. A hold asks besides whether somebody knows the
 * person.
 */
export async function onStatement(context: Context, data: unknown): Promise<StatementAnswer> {
  const read = readStatement(context, data);
  if (!read.ok) return refused('invalid', read.issues);
  const { form } = read;
  return 'withdraw' in form ? withdraw(context, form) : submit(context, form);
}

async function submit(context: Context, form: Extract<StatementForm, { submit: string }>): Promise<StatementAnswer> {
  switch (form.submit) {
    case 'ageBand':
      return submitAgeBand(context, form);
    case 'guardianship':
      return submitGuardianship(context, form);
    case 'restriction':
      return submitRestriction(context, form);
    case 'legalHold':
      return submitHold(context, orderOf(form));
  }
}

const timestamp = (at: Instant | undefined) => at && Timestamp.fromMillis(at);

function submitAgeBand(context: Context, { uid, band, until, evidence }: AgeBandForm): Promise<StatementAnswer> {
  const ref = statements(context.clients.own(), 'ageBands').doc(uid);
  return replace(context, ref, (known) => {
    const isSame = known?.['band'] === band && millisOf(known['until']) === until && known['evidence'] === evidence;
    return isSame ? 'same' : { band, ...defined({ until: timestamp(until), evidence }) };
  });
}

async function submitGuardianship(context: Context, form: GuardianshipForm): Promise<StatementAnswer> {
  const { requestId, child, holder, regime, scope, evidence, decides, from, until } = form;
  const rest = { child, holder, regime, scope, decides };
  const content = { ...rest, evidence, from, until };
  const ids = statementIds('guardianships', requestId, content, context.keys);
  const ref = await statementRef(context.clients.own(), 'guardianships', ids);
  const seen = { ...evidence, seenAt: timestamp(evidence.seenAt) };
  const fields = defined({ ...rest, evidence: seen, from: timestamp(from), until: timestamp(until) });
  return replace(context, ref, (known) => (known === undefined ? fields : 'same'));
}

/** Names a restriction of a server: each `requestId` is one of its own. */
function whichOf(
  { keys }: Context,
  uid: string,
  { requestId }: { readonly requestId?: string | undefined },
): WhichRestriction {
  if (requestId === undefined) return { uid, name: NAME_OF.server };
  const [name, ...olderNames] = statementIds('restrictions', requestId, { uid }, keys);
  return { uid, name, olderNames };
}

async function submitRestriction(context: Context, form: RestrictionForm): Promise<StatementAnswer> {
  const { uid } = form;
  const { name, olderNames } = whichOf(context, uid, form);
  const order = { ...restrictionOrder(form, name), ...defined({ olderNames }) };
  const { changed, isErased } = await setRestriction(context, order, { actor: 'server' });
  return isErased ? refused('unknown_subject') : { ok: true, id: uid, changed };
}

async function submitHold(context: Context, order: ReturnType<typeof orderOf>): Promise<StatementAnswer> {
  try {
    const { id, changed } = await setHold(context, order, { actor: 'server' });
    return { ok: true, id, changed };
  } catch (error) {
    if (!(error instanceof ComplianceError)) throw error;
    if (error.code === 'hold.unknown') return refused('unknown_subject');
    // An account has the address and did not verify it, or others could take it for another one.
    if (error.code === 'officer.email' || error.code === 'subject.email')
      return refused('invalid', [{ code: 'mismatch', field: 'email' }]);
    throw error;
  }
}

async function withdraw(
  context: Context,
  form: Extract<StatementForm, { withdraw: string }>,
): Promise<StatementAnswer> {
  switch (form.withdraw) {
    case 'ageBand':
      return withdrawAgeBand(context, form.id);
    case 'guardianship':
      return endGuardianship(context, form.id);
    case 'restriction':
      return liftRestriction(context, form);
    case 'legalHold': {
      const lifted = await liftHold(context, form.id, { actor: 'server' });
      const isUnknown = !lifted.ok && lifted.because === 'unknown';
      return isUnknown ? refused('unknown_statement') : { ok: true, id: form.id, changed: lifted.ok };
    }
  }
}

/**
 * Writes a statement with new `fields`. `same`: it stays as it is. `unknown`: there is none to
 * change.
 *
 * @param fields from those that the backend wrote, and from the document, whoever wrote it
 */
function replace(
  { clients, keys, now }: Context,
  ref: DocumentReference,
  fields: (known: DocumentData | undefined, stored: Statement | null) => DocumentData | 'same' | 'unknown',
): Promise<StatementAnswer> {
  return clients.own().runTransaction(async (tx): Promise<StatementAnswer> => {
    const stored = statementIn(await tx.get(ref), keys);
    // A document of somebody else is written anew, with any content.
    const next = fields(stored?.isSealed === true ? stored.data : undefined, stored);
    if (next === 'unknown') return refused('unknown_statement');
    if (next === 'same') return { ok: true, id: ref.id, changed: false };
    tx.set(ref, statement(ref, { ...next, statedAt: statedAfter(stored, now()) }, keys));
    return { ok: true, id: ref.id, changed: true };
  });
}

/**
 * Withdraws a band of age. A sealed document stays and says so: a document that is gone was
 * withdrawn by nobody.
 */
const withdrawAgeBand = (context: Context, uid: string): Promise<StatementAnswer> =>
  replace(context, statements(context.clients.own(), 'ageBands').doc(uid), (known) =>
    known?.['withdrawnAt'] === undefined ? { withdrawnAt: timestamp(context.now()) } : 'same',
  );

/** Ends a guardianship now; it stays on record for its own period. */
const endGuardianship = (context: Context, id: string): Promise<StatementAnswer> =>
  replace(context, statements(context.clients.own(), 'guardianships').doc(id), (known, stored) => {
    if (stored === null) return 'unknown';
    if ((millisOf(known?.['until']) ?? Infinity) <= context.now()) return 'same';
    // Of a document of somebody else, the one whom it was about.
    const child: unknown = stored.data['child'];
    const fields = known ?? (typeof child === 'string' ? { child } : {});
    return { ...fields, until: timestamp(context.now()) };
  });

/** Lifts a restriction, of which a server has told the person. */
async function liftRestriction(
  context: Context,
  form: Extract<StatementForm, { withdraw: 'restriction' }>,
): Promise<StatementAnswer> {
  const { id: uid, toldAt } = form;
  const of = whichOf(context, uid, form);
  const { changed, isOfErasure } = await endRestriction(context, of, { actor: 'server', toldAt });
  return isOfErasure ? refused('of_erasure') : { ok: true, id: uid, changed };
}
