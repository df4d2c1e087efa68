import * as z from 'zod/mini';
import type { Context } from '../../platform/context.ts';
import { defined } from '../../platform/defined.ts';
import { readForm, type ReadForm } from '../../platform/intake.ts';
import { lazily } from '../../platform/shapes.ts';
import { problemsOf, type HoldOrder } from '../../erasure/holds.ts';
import { exceptions } from '../../ledger/shape.ts';
import { restrictionGrounds } from '../../ledger/restriction/scope.ts';
import { contradictionsIn } from '../../policy/powers.ts';
import { DECIDERS, EVIDENCE, REGIMES, RIGHTS } from '../../policy/regimes.ts';
import { isUid } from '../../subject/identity.ts';
import { problemsOf as problemsOfRestriction, type RestrictionOrder } from '../restriction/plan.ts';

/**
 * The forms of the function `serverStatements` (docs/statements.md), as the app's servers send
 * them.
 */

const uid = z.string().check(z.refine(isUid));
const line = (most: number) => z.string().check(z.trim(), z.minLength(1), z.maxLength(most));
/** A moment in ISO 8601 with its offset; epoch milliseconds from here on. */
const moment = () =>
  z.pipe(
    z.iso.datetime({ offset: true }),
    z.transform((text) => Date.parse(text)),
  );
const requestId = () => z.string().check(z.minLength(8), z.maxLength(128));

const ageBand = () =>
  z.strictObject({
    submit: z.literal('ageBand'),
    uid,
    band: z.enum(['child', 'adolescent', 'adult']),
    until: z.optional(moment()),
    evidence: z.optional(line(1_000)),
  });

const guardianship = () =>
  z.strictObject({
    submit: z.literal('guardianship'),
    requestId: requestId(),
    child: uid,
    holder: z.optional(uid),
    regime: z.enum(REGIMES),
    scope: z.array(z.enum(RIGHTS)).check(z.minLength(1), z.maxLength(RIGHTS.length)),
    /** The papers, by their reference: no copy of them is kept. */
    evidence: z.strictObject({
      kind: z.enum(EVIDENCE),
      reference: line(200),
      seenBy: line(100),
      seenAt: moment(),
    }),
    from: moment(),
    until: z.optional(moment()),
    decides: z.optional(z.enum(DECIDERS)),
  });

const purpose = () => z.string().check(z.regex(/^[a-zA-Z][a-zA-Z0-9-]{0,63}$/));
const restriction = () =>
  z.strictObject({
    submit: z.literal('restriction'),
    requestId: z.optional(requestId()),
    uid,
    reason: z.optional(line(200)),
    ground: z.optional(z.enum(restrictionGrounds)),
    purposes: z.optional(z.array(purpose()).check(z.minLength(1), z.maxLength(100))),
    except: z.optional(z.record(purpose(), z.enum(exceptions))),
    until: z.optional(moment()),
  });

const legalHold = () =>
  z.strictObject({
    submit: z.literal('legalHold'),
    requestId: requestId(),
    uid: z.optional(uid),
    /** Of a person without an account, in the place of the uid. */
    email: z.optional(z.string().check(z.trim(), z.maxLength(320), z.regex(/^[^@\s]+@[^@\s]+$/))),
    records: z.optional(z.array(z.string().check(z.maxLength(100))).check(z.minLength(1), z.maxLength(100))),
    ground: z.strictObject({ article: line(100), text: z.record(z.string(), line(1_000)) }),
    until: z.optional(moment()),
    unknownUid: z.optional(z.boolean()),
  });

const submission = lazily(() =>
  z.discriminatedUnion('submit', [ageBand(), guardianship(), restriction(), legalHold()]),
);
const withdrawal = lazily(() =>
  z.discriminatedUnion('withdraw', [
    z.strictObject({ withdraw: z.enum(['ageBand', 'guardianship', 'legalHold']), id: uid }),
    // Whoever lifts a restriction says when the person was told of it (Art. 18(3)).
    z.strictObject({
      withdraw: z.literal('restriction'),
      id: uid,
      requestId: z.optional(requestId()),
      toldAt: moment(),
    }),
  ]),
);

export type AgeBandForm = z.infer<ReturnType<typeof ageBand>>;
export type GuardianshipForm = z.infer<ReturnType<typeof guardianship>>;
export type RestrictionForm = z.infer<ReturnType<typeof restriction>>;
type LegalHoldForm = z.infer<ReturnType<typeof legalHold>>;
export type StatementForm = z.infer<ReturnType<typeof submission>> | z.infer<ReturnType<typeof withdrawal>>;

/** Checks a server's form. Issues are codes and field names, no values. */
export function readStatement(context: Pick<Context, 'policy' | 'now'>, data: unknown): ReadForm<StatementForm> {
  const isWithdrawal = typeof data === 'object' && data !== null && 'withdraw' in data;
  const read = isWithdrawal ? readForm(withdrawal(), data) : readForm(submission(), data);
  if (!read.ok) return read;
  const issues = contradictions(context, read.form).map((field) => ({ code: 'mismatch', field }) as const);
  return issues.length === 0 ? read : { ok: false, issues };
}

/** Names fields that are right by themselves, and contradict each other or the policy. */
function contradictions({ policy, now }: Pick<Context, 'policy' | 'now'>, form: StatementForm): string[] {
  if ('withdraw' in form) return 'toldAt' in form && form.toldAt > now() ? ['toldAt'] : [];
  switch (form.submit) {
    case 'guardianship':
      return [...(form.holder === form.child ? ['holder'] : []), ...contradictionsIn(policy, form, now())];
    case 'restriction':
      return problemsOfRestriction(policy, restrictionOrder(form, ''), now()).map(({ field }) => field);
    case 'legalHold':
      return problemsOf(policy, orderOf(form), now()).map(({ field }) => field);
    case 'ageBand':
      return [];
  }
}

/** A restriction as it is ordered, under its name. */
export const restrictionOrder = (form: RestrictionForm, name: string): RestrictionOrder => {
  const { uid: of, reason, ground, purposes, except, until } = form;
  return { uid: of, name, ...defined({ reason, ground, purposes, except, until }) };
};

/** A legal hold as it is ordered. */
export const orderOf = ({ uid: of = '', email, records, until, unknownUid, ...rest }: LegalHoldForm): HoldOrder => ({
  requestId: rest.requestId,
  uid: of,
  ground: rest.ground,
  ...defined({ email, records, until, unknownUid }),
});
