import type { JobPlan } from '../jobs/catalog.ts';
import type { Context } from '../platform/context.ts';
import { eventKey } from '../platform/intake.ts';
import type { PurposeId } from '../policy/schema.ts';
import { effectsOf } from './plan.ts';

/** How long a change may take to reach another company before it is late: without undue delay, and no later than two days. */
const EFFECT_WITHIN_MS = 48 * 3_600_000;

/** The job that carries a decision to where it has consequences; undefined where it has none. The same decision is the same job. */
export function effectJob(
  context: Pick<Context, 'policy' | 'now'>,
  decision: { readonly id: string; readonly uid: string; readonly purpose: PurposeId; readonly chain: string },
): JobPlan | undefined {
  const effects = effectsOf(context.policy, decision.purpose);
  if (effects.length === 0) return undefined;
  const systems = [...new Set(effects.map(({ system }) => system))];
  return {
    id: `change_${eventKey(decision.id)}`,
    kind: 'change',
    pseudonym: decision.chain,
    input: { uid: decision.uid, purpose: decision.purpose },
    dueAt: context.now() + EFFECT_WITHIN_MS,
    steps: systems.map((system) => ({ id: system })),
  };
}
