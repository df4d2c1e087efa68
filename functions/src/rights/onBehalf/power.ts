import type { HeldPower } from '../../ledger/entry.ts';
import { latestHead } from '../../ledger/find.ts';
import type { Context } from '../../platform/context.ts';
import { ComplianceError } from '../../platform/errors.ts';
import { actOf, strongest, type PowerRefusal, type Ruling } from '../../policy/powers.ts';
import type { Regime } from '../../policy/regimes.ts';
import type { RequestType } from '../../requests/request.ts';

/** The power by which an officer enters a request of somebody else. */
export interface EnteredPower {
  readonly power: HeldPower;
  /** False: nothing begins before the person agrees. */
  readonly alone: boolean;
}

/**
 * Finds the power by which somebody else asks for a person with an account. Servers have to state
 * it first: papers that an officer saw once would never end. Costs 1 read.
 *
 * @throws ComplianceError `request.power` if none of this regime lets them ask for the right
 */
export async function enteredPower(
  context: Context,
  uid: string,
  { regime, right }: { readonly regime: Regime; readonly right: RequestType },
): Promise<EnteredPower> {
  const { powers = [] } = (await latestHead(context, uid)).head;
  const ofRegime = powers.filter((one) => one.regime === regime);
  const found = strongest(context.policy, ofRegime, { right, now: context.now() });
  if (found === null || found.ruling.may === 'no')
    throw new ComplianceError('request.power', `${whyNot(found?.ruling)}: ${NEXT}`);
  return { power: found.power, alone: actOf(context.policy, found.power, right) === 'alone' };
}

const NEXT = 'let the servers state it, or enter the request without --proven, and it waits';

const WHY: Readonly<Record<PowerRefusal, string>> = {
  notBegun: 'their power begins later',
  ended: 'their power is over',
  scope: 'their judgment or mandate does not name this right',
  regime: 'the policy does not let this regime use this right',
  person: 'the person disagrees',
};

const whyNot = (ruling: Ruling | undefined): string =>
  ruling?.may === 'no' ? WHY[ruling.because] : 'no such power is stated';
