import { find, unknownPerson } from '../../erasure/officer.ts';
import type { RestrictionGround } from '../../ledger/restriction/scope.ts';
import type { Context } from '../../platform/context.ts';
import { defined } from '../../platform/defined.ts';
import { ComplianceError } from '../../platform/errors.ts';
import type { PurposeId } from '../../policy/schema.ts';
import { detailsOf, standingOf, type FoundRequest } from '../answers/find.ts';
import { nameOfGround, nameOfRequest, type RestrictionOrder } from './plan.ts';

/** The orders of officers to restrict processing: of a request, or of a person without one. */

/** An officer's choices about a restriction. */
export type Choices = Partial<Pick<RestrictionOrder, 'purposes' | 'except' | 'ground' | 'until'>> & {
  /** The whole person, whatever the request names. */
  readonly all?: boolean;
};

const wrong = (what: string): ComplianceError => new ComplianceError('restriction.order', what);

/** The ground that follows from the right itself: who contests something, or objects. */
const GROUNDS: Readonly<Record<string, RestrictionGround | undefined>> = {
  rectification: 'accuracy',
  objection: 'objection',
};

/**
 * Makes the order that a request asks for. Scope and ground are the person's own, unless the
 * officer chooses others. A correction and an objection bring one too, until they are answered
 * (Art. 18(1)(a) and (d)), if the person wants it.
 *
 * @throws ComplianceError `restriction.order` if the request is of another right, its person has no
 *   account or is erased, or nobody says what to restrict
 */
export async function orderOfRequest(
  context: Context,
  found: FoundRequest,
  { all = false, purposes, ground, except, until }: Choices,
): Promise<RestrictionOrder> {
  const { type } = found.record;
  const { uid, key } = found.ref;
  if (type !== 'restriction' && GROUNDS[type] === undefined)
    throw wrong('only a restriction, a correction or an objection restricts the use of data');
  if ((await standingOf(context, found)) !== 'chain')
    throw wrong('the person of this request has no account here, or is erased: restrict the use of their data by hand');
  const { known } = await detailsOf(context, found);
  const asked = Array.isArray(known['purposes']) ? (known['purposes'] as string[]) : [known['purpose']].flat();
  const named = asked.filter((id): id is PurposeId => typeof id === 'string');
  const scope = all ? undefined : (purposes ?? (named.length > 0 ? named : undefined));
  if (!all && scope === undefined)
    throw wrong('the request names no purposes: give --purpose, or --all to restrict the whole person');
  const why = ground ?? (known['ground'] as RestrictionGround | undefined) ?? GROUNDS[type];
  if (why === undefined) throw wrong('the request names no ground: give --ground');
  return {
    uid,
    name: nameOfRequest(key, context.keys),
    ground: why,
    request: key,
    ...defined({ purposes: scope, except, until }),
  };
}

/**
 * Makes the order about a person without a request.
 *
 * @throws ComplianceError `restriction.order`; `officer.unknown` if nobody knows the uid, since a
 *   typing error would restrict nobody
 */
export async function orderOfPerson(
  context: Context,
  uid: string,
  { all = false, purposes, ground, except, until }: Choices,
): Promise<RestrictionOrder> {
  if (ground === undefined) throw wrong('why? Give --ground');
  if (all === (purposes !== undefined)) throw wrong('which part? Give either --purpose or --all');
  if (!(await find(context, { uid })).isKnown) throw unknownPerson();
  return { uid, name: nameOfGround(ground), ground, ...defined({ purposes, except, until }) };
}
