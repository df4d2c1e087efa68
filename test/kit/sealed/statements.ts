import { Timestamp, type DocumentData, type Firestore } from 'firebase-admin/firestore';
import { DAY_MS } from '../../../functions/src/platform/time.ts';
import { RIGHTS, type Regime } from '../../../functions/src/policy/regimes.ts';
import type { PseudonymKeys } from '../../../functions/src/platform/keys.ts';
import { guardedBy, readStated, type Guarded } from '../../../functions/src/subject/guardians.ts';
import { statement } from '../../../functions/src/subject/statements.ts';
import type { Context } from '../../../functions/src/platform/context.ts';

/** A backend as a test has it: its database and its keys. */
export interface Backend {
  readonly own: Firestore;
  readonly keys: PseudonymKeys;
}

/**
 * A statement about a person with its seal, as the backend writes it: `ageBands/{uid}` and so on.
 */
export const stated = ({ own, keys }: Backend, path: string, data: DocumentData): DocumentData =>
  statement(own.doc(path), data, keys);

/** Writes a statement about a person as the backend does. */
export async function state(backend: Backend, path: string, data: DocumentData): Promise<void> {
  await backend.own.doc(path).set(stated(backend, path, data));
}

/** Reads the people who decide with or for a person now. */
export const guardedNow = async (context: Context, uid: string): Promise<Guarded | null> =>
  guardedBy(await readStated(context, uid), context.now());

/** The papers of each regime. */
const PAPERS = {
  ...{ parentalAuthority: 'livret', mandatDeProtectionFuture: 'mandate', mandate: 'mandate' },
  ...{ tutelle: 'judgment', habilitationFamiliale: 'judgment', curatelle: 'judgment' },
} as const satisfies Record<Regime, string>;

/** The rights of a regime: a mandate names no consents. */
const scopeOf = (regime: Regime) => RIGHTS.filter((right) => regime !== 'mandate' || right !== 'consents');

/** The fields of a power, as a server submits them: it names every right, and lasts a year. */
export const power = (regime: Regime, at: number) => ({
  regime,
  scope: scopeOf(regime),
  until: new Date(at + 365 * DAY_MS).toISOString(),
  evidence: {
    kind: PAPERS[regime],
    reference: 'file 4711',
    seenBy: 'school office',
    seenAt: new Date(at).toISOString(),
  },
});

/** The same fields, as they are stored, without an end. */
export function storedPower(regime: Regime, at: number) {
  const { evidence } = power(regime, at);
  return { regime, scope: scopeOf(regime), evidence: { ...evidence, seenAt: Timestamp.fromMillis(at) } };
}
