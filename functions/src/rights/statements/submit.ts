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
  KINDS,
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
    return isSame ? null : { band, ...defined({ until: timestamp(until), evidence }) };
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
  return replace(context, ref, (known) => (known === undefined ? fields : null));
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
  if (form.withdraw === 'restriction') return liftRestriction(context, form);
  const { withdraw: kind, id } = form;
  if (kind === 'legalHold') {
    const lifted = await liftHold(context, id, { actor: 'server' });
    return !lifted.ok && lifted.because === 'unknown'
      ? refused('unknown_statement')
      : { ok: true, id, changed: lifted.ok };
  }
  const ref = statements(context.clients.own(), KINDS[kind]).doc(id);
  switch (kind) {
    case 'ageBand':
      return withdrawAgeBand(context, ref);
    case 'guardianship':
      return endGuardianship(context, ref);
  }
}

/**
 * Writes a statement that a person has once, with new `fields`, or null to leave it as it is.
 */
async function replace(
  { clients, keys, now }: Context,
  ref: DocumentReference,
  fields: (known: DocumentData | undefined) => DocumentData | null,
): Promise<StatementAnswer> {
  const changed = await clients.own().runTransaction(async (tx) => {
    const known = statementIn(await tx.get(ref), keys);
    // A document of somebody else is written anew, with any content.
    const next = fields(known?.isSealed === true ? known.data : undefined);
    if (next !== null) tx.set(ref, statement(ref, { ...next, statedAt: statedAfter(known, now()) }, keys));
    return next !== null;
  });
  return { ok: true, id: ref.id, changed };
}

/**
 * Withdraws a band of age. A sealed document stays and says so: a document that is gone was
 * withdrawn by nobody.
 */
function withdrawAgeBand(context: Context, ref: DocumentReference): Promise<StatementAnswer> {
  const { clients, keys, now } = context;
  return clients.own().runTransaction(async (tx) => {
    const known = statementIn(await tx.get(ref), keys);
    const isOver = known?.isSealed === true && known.data['withdrawnAt'] !== undefined;
    if (!isOver)
      tx.set(ref, statement(ref, { withdrawnAt: timestamp(now()), statedAt: statedAfter(known, now()) }, keys));
    return { ok: true, id: ref.id, changed: !isOver } as const;
  });
}

/** Ends a guardianship now; it stays on record for its own period. */
function endGuardianship(context: Context, ref: DocumentReference): Promise<StatementAnswer> {
  const { clients, keys, now } = context;
  return clients.own().runTransaction(async (tx) => {
    const known = statementIn(await tx.get(ref), keys);
    if (known === null) return refused('unknown_statement');
    const isOver = known.isSealed && (millisOf(known.data['until']) ?? Infinity) <= now();
    const ended = { ...endedFields(known), until: timestamp(now()), statedAt: statedAfter(known, now()) };
    if (!isOver) tx.set(ref, statement(ref, ended, keys));
    return { ok: true, id: ref.id, changed: !isOver } as const;
  });
}

/** The fields of a guardianship that ends. Of a document of somebody else, whom it was about. */
function endedFields({ isSealed, data }: Statement): DocumentData {
  if (isSealed) return data;
  const child: unknown = data['child'];
  return typeof child === 'string' ? { child } : {};
}

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
