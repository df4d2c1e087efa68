import { beforeEach, describe, expect, it } from 'vitest';
import { changeKey } from '../../../kit/sealed/newKey.ts';
import { guardedNow, power } from '../../../kit/sealed/statements.ts';
import { listDisclosures } from '../../../../functions/src/rights/disclosures/list.ts';
import { recordDisclosure } from '../../../../functions/src/rights/disclosures/record.ts';
import { nameOfRequest } from '../../../../functions/src/rights/restriction/plan.ts';
import { onStatement } from '../../../../functions/src/rights/statements/submit.ts';
import { amikeo } from '../../../../functions/policies/amikeo/index.ts';
import { namesOfChain } from '../../../../functions/src/subject/pseudonym.ts';
import { placesOf } from '../../../../functions/src/systems/firestore/place.ts';
import { uidAlone } from '../../../../functions/src/subject/identity.ts';
import { chain, DAY, lift, names, NOW, restrictionWorld, set, stopped, type World } from './world.ts';

/** A restriction, a statement or a disclosure from before a new pseudonym key is found after it. */

let world: World;
beforeEach(() => void (world = restrictionWorld()));

const sent = (data: object) => onStatement(world.context, data);
const ground = { article: 'Art. 17(3)(e)', text: { en: 'A claim.', fr: 'Un litige.', nl: 'Een claim.' } };

describe('a restriction', () => {
  const restriction = { submit: 'restriction', uid: 'kim', requestId: 'letter-4711', purposes: ['analytics'] };
  const withdrawal = { withdraw: 'restriction', id: 'kim', requestId: 'letter-4711' };
  const toldAt = new Date(NOW).toISOString();

  it('of a server is the same one, and the server ends it', async () => {
    expect(await sent(restriction)).toMatchObject({ changed: true });
    const before = await names(world);
    changeKey(world.context);
    expect(await sent(restriction)).toMatchObject({ changed: false });
    expect(await sent({ ...restriction, purposes: ['analytics', 'messages'] })).toMatchObject({ changed: true });
    expect(await names(world)).toEqual(before);
    expect(await sent({ ...withdrawal, toldAt })).toMatchObject({ ok: true, changed: true });
    expect(await stopped(world, 'analytics', 'messages')).toEqual([]);
  });

  it('of a request keeps its name: it is not set twice, and is lifted', async () => {
    const request = `${chain(world)}_${'r'.repeat(43)}`;
    const order = () => ({ name: nameOfRequest(request, world.context.keys), purposes: ['analytics'], request });
    expect(await set(world, order())).toMatchObject({ changed: true });
    changeKey(world.context);
    expect(await set(world, order())).toMatchObject({ changed: false });
    expect(await lift(world, { byPost: true }, order().name)).toEqual({ ok: true });
  });
});

it('a guardianship and a hold of a server are the same document', async () => {
  const guardianship = { submit: 'guardianship', requestId: 'form-4711', child: 'kim', holder: 'aunt' };
  const stated = { ...guardianship, ...power('tutelle', NOW), from: new Date(NOW - DAY).toISOString() };
  const hold = { submit: 'legalHold', requestId: 'case-2026-1', uid: 'kim', ground, unknownUid: true };
  const ids = [await sent(stated), await sent(hold)];
  expect(ids).toMatchObject([{ changed: true }, { changed: true }]);
  changeKey(world.context);
  expect([await sent(stated), await sent(hold)]).toEqual(ids.map((one) => ({ ...one, changed: false })));
  await guardedNow(world.context, 'kim');
});

describe('a disclosure', () => {
  const order = (person: { uid: string } | { email: string }) => ({
    ...{ person, authority: 'Tribunal judiciaire de Paris', basis: 'Code de procédure pénale, art. 60-1' },
    ...{ records: ['activity'], disclosedAt: NOW - DAY },
  });

  it.each([{ uid: 'kim' }, { email: 'zoe@example.com' }])(
    'of %o is listed, and recorded again it is one',
    async (who) => {
      const { id } = await recordDisclosure(world.context, order(who));
      changeKey(world.context);
      expect((await listDisclosures(world.context, who)).disclosures).toMatchObject([{ id }]);
      expect(await recordDisclosure(world.context, order(who))).toEqual({ id, changed: false });
    },
  );

  it('is in an access under the new key', async () => {
    const old = chain(world);
    const { id } = await recordDisclosure(world.context, order({ uid: 'kim' }));
    changeKey(world.context);
    const pseudonym = chain(world);
    const otherPseudonyms = namesOfChain('kim', pseudonym, world.context.keys).filter((name) => name !== pseudonym);
    expect(otherPseudonyms).toEqual([old]);
    const record = amikeo.records['disclosures'];
    if (record === undefined) throw new Error('no disclosures');
    const subject = { ...uidAlone({ uid: 'kim', pseudonym }), otherPseudonyms };
    const found: string[] = [];
    for (const { query, mine } of placesOf(world.context.clients, record, subject))
      for (const one of (await query?.get())?.docs ?? [])
        if (mine(one.ref.path, (field) => one.get(field))) found.push(one.id);
    expect(found).toEqual([id]);
  });
});
