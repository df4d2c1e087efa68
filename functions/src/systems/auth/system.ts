import type { UserRecord } from 'firebase-admin/auth';
import type { Context } from '../../platform/context.ts';
import { LeftError } from '../../platform/errors.ts';
import { attempt, findAccount, poolOf } from '../../subject/accounts.ts';
import { accountCreatedAt, isUid } from '../../subject/identity.ts';
import { fateOf, parsedTime, timesBy, type RowTimes } from '../rowFate.ts';
import { manual } from '../officerTasks.ts';
import type { NamedRecord, Row, Scope, Subject, System } from '../system.ts';
import { RowCounts } from '../outcomes.ts';
import { answersOf, type VisitRows } from '../modes.ts';
import { manifest } from './manifest.ts';

/**
 * Firebase Authentication. The account is uid and creation time in whole seconds: a uid can be used
 * again by another person, whose account is left alone.
 */
export function createSystem(context: Context): System {
  return {
    id: manifest.id,
    find: async (subject) => {
      const user = await userOf(context, subject);
      if (!user) return [];
      const { uid } = user;
      const createdAt = accountCreatedAt(user) ?? undefined;
      return [{ system: manifest.id, id: uid, by: 'uid', namesUid: uid, accountCreatedAt: createdAt }];
    },
    read: (record, scope) => readAccount(context, record, scope),
    ...answersOf(context, visit),
  };
}

async function* readAccount(context: Context, _record: NamedRecord, scope: Scope): AsyncIterable<Row> {
  const user = await userOf(context, scope.subject);
  if (!user || whose(user, scope.subject) !== 'theirs') return;
  const data = user.toJSON() as Record<string, unknown>;
  // Hashes of passwords serve nobody but an attacker.
  delete data['passwordHash'];
  delete data['passwordSalt'];
  yield { path: `users/${user.uid}`, data };
}

const visit: VisitRows = async (context, named, scope, change, mode) => {
  const counts = new RowCounts();
  const user = await userOf(context, scope.subject);
  const owner = user && whose(user, scope.subject);
  if (user === null || owner === 'another') return { settled: counts.outcomes(named, scope) };
  if (owner === 'unknown') return { settled: [manual(named.id, scope, 1, 'accountUnknown')] };
  const fate = fateOf(named, scope, change, timesOf(named, user));
  if (fate.kind !== 'end') counts.leave(fate, { change, now: scope.now });
  else if (mode === 'check') throw new LeftError('auth.left', 'the account is there that should have ended');
  else if (mode === 'preview' || (await deleteUser(context, user))) counts.deleted += 1;
  return { settled: counts.outcomes(named, scope) };
};

/** Is this account the subject's? Nobody can tell if the subject's creation time is not known. */
export function whose(user: UserRecord, subject: Subject): 'theirs' | 'another' | 'unknown' {
  if (subject.accountCreatedAt === null) return 'unknown';
  return accountCreatedAt(user) === subject.accountCreatedAt ? 'theirs' : 'another';
}

/** The account's times: the policy may name them with `metadata.` before them. */
function timesOf({ record }: NamedRecord, { metadata }: UserRecord): RowTimes {
  const texts = metadata as unknown as Readonly<Record<string, unknown>>;
  return timesBy(record, (field) => parsedTime(texts[field.replace(/^metadata\./, '')]));
}

export async function userOf(context: Context, subject: Subject): Promise<UserRecord | null> {
  return isUid(subject.uid) ? findAccount(context, subject) : null;
}

async function deleteUser(context: Context, { uid, tenantId = null }: UserRecord): Promise<boolean> {
  const pool = await poolOf(context, tenantId);
  const gone = await attempt(context, async () => {
    await pool.deleteUser(uid);
    return true;
  });
  return gone ?? false;
}
