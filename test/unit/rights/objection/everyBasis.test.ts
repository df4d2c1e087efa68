import { beforeEach, describe, expect, it } from 'vitest';
import { amikeo } from '../../../../functions/policies/amikeo/index.ts';
import { example } from '../../../../functions/policies/example/index.ts';
import { shop } from '../../../../functions/policies/shop/index.ts';
import { rightsOf } from '../../../../functions/src/export/report/rights.ts';
import { aboutPurpose } from '../../../../functions/src/messages/objection.ts';
import type { Policy } from '../../../../functions/src/policy/schema.ts';
import { choicesOf } from '../../../../functions/src/rights/ways/linkPage.ts';
import { context, headOf, recordOf, useObjections } from './objection.world.ts';
import { objector, restricted, upholds, work } from './purpose.world.ts';

/** An objection beyond Art. 21(1), as far as the policy promises one. */

useObjections();

const lawAlone: Policy = structuredClone(amikeo);
delete lawAlone.rights.objectionToEveryBasis;
const contracts = ({ purposes }: Policy): string[] =>
  Object.keys(purposes).filter((id) => purposes[id]?.legalBasis === 'contract');

describe('under a policy that promises no more than the law', () => {
  beforeEach(() => void Object.assign(context, { policy: lawAlone }));

  it('an objection to a contract pauses nothing, and an officer can uphold it all the same', async () => {
    const { uid, key } = await objector('activityData');
    expect(await restricted(uid)).toEqual({ all: false, purposes: [] });
    expect(await recordOf(uid)).toMatchObject({ status: 'waiting', waitingFor: 'officer' });
    expect(await upholds(key)).toMatchObject({ ok: true });
    await work();
    expect((await headOf(uid)).current).toEqual({ activityData: 'objected' });
  });

  it('a legitimate interest and a consent are paused as ever', async () => {
    for (const purpose of ['monitoring', 'analytics']) {
      const { uid } = await objector(purpose);
      expect(await restricted(uid)).toEqual({ all: false, purposes: [purpose] });
    }
  });
});

describe('the words about an objection', () => {
  const sayPolicy = 'because our privacy policy says so';
  const objection = (policy: Policy): string | undefined =>
    rightsOf(policy).find(({ id }) => id === 'objection')?.what['en'];

  it('rest on the promise of the policy, if it has one', () => {
    for (const id of contracts(amikeo)) expect(aboutPurpose(amikeo, id, 'en').join(' ')).toContain(sayPolicy);
    expect(objection(amikeo)).toContain('anything but your consent');
    expect(choicesOf(amikeo, 'objection')).toEqual(expect.arrayContaining(contracts(amikeo)));
  });

  it.each([
    ['example', example],
    ['shop', shop],
    ['the law alone', lawAlone],
  ])('say of another policy only what the law says: %s', (_name, policy) => {
    const all = Object.keys(policy.purposes).flatMap((id) => aboutPurpose(policy, id, 'en'));
    expect(all.join(' ')).not.toContain(sayPolicy);
    expect(objection(policy)).toContain('legitimate interest or a public task');
    for (const id of contracts(policy)) expect(choicesOf(policy, 'objection')).not.toContain(id);
  });
});
