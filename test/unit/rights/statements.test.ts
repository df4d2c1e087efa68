import { Timestamp } from 'firebase-admin/firestore';
import { beforeEach, describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { onStatement, type StatementAnswer } from '../../../functions/src/rights/statements/submit.ts';
import { planErasure } from '../../../functions/src/erasure/plan.ts';
import { createJob } from '../../../functions/src/jobs/store.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { isSealed } from '../../../functions/src/crypto/seal.ts';
import { holdsOn } from '../../../functions/src/ledger/holds.ts';
import { guardedNow, power, state } from '../../kit/sealed/statements.ts';
import { isStoredOnly } from '../ledger/heldPerson.ts';
import { testContext } from '../requests/helpers.ts';

/**
 * Statements of the app's servers about a person: checked, written whole, sealed, and the same
 * twice is once.
 */

const NOW = Date.parse('2026-06-01T00:00:00Z');
const DAY = 86_400_000;
const iso = (at: number) => new Date(at).toISOString();
let context = { ...testContext(NOW), policy: amikeo };
beforeEach(() => void (context = { ...testContext(NOW), policy: amikeo }));

const sent = (data: unknown) => onStatement(context, data);
async function taken(data: unknown): Promise<string> {
  const answer = await sent(data);
  if (!answer.ok) throw new Error(JSON.stringify(answer));
  return answer.id;
}
const at = async (path: string) => (await context.own.doc(path).get()).data();
const all = async (collection: string) => (await context.own.collection(collection).get()).docs;
const guardianship = { submit: 'guardianship', requestId: 'form-4711', child: 'kim', ...power('tutelle', NOW) };
const parents = { ...guardianship, holder: 'parent', from: iso(NOW - DAY) };
const ground = { article: 'Art. 17(3)(e)', text: { en: 'A claim.', fr: 'Un litige.' } };
const hold = { submit: 'legalHold', requestId: 'case-2026-1', uid: 'kim', ground, unknownUid: true };
const restriction = { submit: 'restriction', uid: 'kim', reason: 'the accuracy is contested' };
const ageBand = { submit: 'ageBand', uid: 'kim', band: 'child', until: iso(NOW + DAY), evidence: 'school register' };

describe('a statement of a server', () => {
  it.each([
    ['an age band', ageBand, 'ageBands'],
    ['a guardianship', parents, 'guardianships'],
    ['a restriction', restriction, 'restrictions'],
    ['a legal hold', hold, 'legalHolds'],
  ])('%s is sealed at its place; the same again is the same document, and changes nothing', async (_, data, kind) => {
    const first = (await sent(data)) as StatementAnswer & { ok: true };
    expect(first).toEqual({ ok: true, id: expect.any(String), changed: true });
    const written = await at(`${kind}/${first.id}`);
    expect(isSealed(`${kind}/${first.id}`, written ?? {}, context.keys)).toBe(true);
    context.time.now += 1000;
    expect(await sent(data)).toEqual({ ...first, changed: false });
    expect(await at(`${kind}/${first.id}`)).toEqual(written);
    expect(await all(kind)).toHaveLength(1);
  });

  it('has its effect on its readers', async () => {
    await taken(ageBand);
    await taken(parents);
    expect(await guardedNow(context, 'kim')).toEqual({
      mode: 'both',
      reason: 'age',
      until: NOW + DAY,
      holders: [{ uid: 'parent', from: NOW - DAY, until: NOW + 365 * DAY }],
    });
    await taken({ ...hold, records: ['activity'] });
    expect(await holdsOn(context, 'kim')).toEqual([{ record: 'activity', ground }]);
    await taken(restriction);
    expect(await isStoredOnly(context, 'kim')).toBe(true);
  });

  it('keeps no text of the request that told it apart', async () => {
    for (const data of [parents, hold]) {
      const id = await taken(data);
      expect(id).not.toContain(data.requestId);
      expect(id).toMatch(/^stated_[\w-]{43}$/);
    }
    const texts = [...(await all('guardianships')), ...(await all('legalHolds'))].map((one) =>
      JSON.stringify(one.data()),
    );
    for (const text of texts) expect(text).not.toMatch(/form-4711|case-2026-1/);
  });

  it('is another one with another request, or another content', async () => {
    const ids = [parents, { ...parents, requestId: 'form-4712' }, { ...parents, decides: 'both' }].map(taken);
    expect(new Set(await Promise.all(ids)).size).toBe(3);
  });

  it.each<[string, object, string[]]>([
    ['nothing', {}, ['submit']],
    ['another kind', { submit: 'admin', uid: 'kim' }, ['submit']],
    ['a band that nobody knows', { ...ageBand, band: 'giant' }, ['band']],
    ['a uid that nobody can have', { ...ageBand, uid: 'a/b' }, ['uid']],
    ['a time without offset', { ...ageBand, until: '2026-06-01T00:00:00' }, ['until']],
    ['a field of another kind', { ...restriction, band: 'adult' }, ['(form)']],
    ['a holder of themselves', { ...parents, holder: 'kim' }, ['holder']],
    ['an end before the beginning', { ...parents, until: iso(NOW - 2 * DAY) }, ['until']],
    ['no evidence', { ...parents, evidence: ' ' }, ['evidence']],
    ['no regime', { ...parents, regime: undefined }, ['regime']],
    ['an empty scope', { ...parents, scope: [] }, ['scope']],
    ['papers of another regime', { ...parents, evidence: { ...parents.evidence, kind: 'livret' } }, ['evidence']],
    [
      'papers that nobody has seen yet',
      { ...parents, evidence: { ...parents.evidence, seenAt: iso(NOW + 1) } },
      ['evidence'],
    ],
    ['a judgment without an end', { ...parents, until: undefined }, ['until']],
    ['a curator who represents', { ...parents, regime: 'curatelle', decides: 'holder' }, ['decides']],
    ['a mandate to consent', { ...parents, ...power('mandate', NOW), scope: ['consents'] }, ['scope']],
    [
      'a parent beyond the 18th birthday',
      { ...parents, ...power('parentalAuthority', NOW), until: '2045-01-01T00:00:00Z' },
      ['until'],
    ],
    ['a record that the policy does not have', { ...hold, records: ['nothing'] }, ['records']],
    ['a ground without a language', { ...hold, ground: { article: 'Art. 17', text: { en: 'x' } } }, ['ground']],
    ['an end that has passed', { ...hold, until: iso(NOW - 1) }, ['until']],
    ['a withdrawal of another kind', { withdraw: 'admin', id: 'kim' }, ['withdraw']],
  ])('with %s is refused, and the fields are named', async (_, data, fields) => {
    const answer = await sent(data);
    expect(answer).toMatchObject({ ok: false, code: 'invalid' });
    if (answer.ok) return;
    expect(answer.issues.map(({ field }) => field)).toEqual(fields);
    expect(JSON.stringify(answer)).not.toMatch(/kim|giant|nothing"/);
  });

  it('of a hold is refused for a person whom nobody knows', async () => {
    expect(await sent({ ...hold, unknownUid: false })).toMatchObject({ ok: false, code: 'unknown_subject' });
  });
});

describe('a withdrawal by a server', () => {
  const withdraw = (kind: string, id: string) =>
    sent({ withdraw: kind, id, ...(kind === 'restriction' ? { toldAt: iso(NOW) } : {}) });

  it('a band of age: nobody says any more how old the person is; a sealed document says so', async () => {
    await taken(ageBand);
    expect(await withdraw('ageBand', 'kim')).toEqual({ ok: true, id: 'kim', changed: true });
    expect(await withdraw('ageBand', 'kim')).toEqual({ ok: true, id: 'kim', changed: false });
    expect(await guardedNow(context, 'kim')).toBeNull();
    expect(isSealed('ageBands/kim', (await at('ageBands/kim')) ?? {}, context.keys)).toBe(true);
  });

  it('a guardianship ends and stays on record; it is not begun again by the same submission', async () => {
    const id = await taken(parents);
    expect(await withdraw('guardianship', id)).toEqual({ ok: true, id, changed: true });
    const over = await at(`guardianships/${id}`);
    expect(over).toMatchObject({ holder: 'parent', until: Timestamp.fromMillis(NOW) });
    expect(isSealed(`guardianships/${id}`, over ?? {}, context.keys)).toBe(true);
    expect(await withdraw('guardianship', id)).toEqual({ ok: true, id, changed: false });
    expect(await sent(parents)).toEqual({ ok: true, id, changed: false });
    expect(await at(`guardianships/${id}`)).toEqual(over);
  });

  it('a restriction and a hold end', async () => {
    await taken(restriction);
    const id = await taken(hold);
    expect(await withdraw('restriction', 'kim')).toMatchObject({ changed: true });
    expect(await withdraw('restriction', 'kim')).toMatchObject({ changed: false });
    expect(await isStoredOnly(context, 'kim')).toBe(false);
    expect(await withdraw('legalHold', id)).toMatchObject({ changed: true });
    expect(await withdraw('legalHold', id)).toMatchObject({ changed: false });
    expect(await holdsOn(context, 'kim')).toEqual([]);
    expect(isSealed(`legalHolds/${id}`, (await at(`legalHolds/${id}`)) ?? {}, context.keys)).toBe(true);
  });

  it('is refused if it is not there', async () => {
    for (const kind of ['guardianship', 'legalHold'])
      expect(await withdraw(kind, 'nothing')).toMatchObject({ ok: false, code: 'unknown_statement' });
  });

  it('is not the restriction of an erasure: that goes on beside those of servers', async () => {
    const at = Timestamp.fromMillis(NOW);
    const parts = { erasure: { since: at, at, job: 'erase_1' } };
    await state(context, 'restrictions/kim', { createdAt: at, statedAt: at, parts });
    const by = { by: 'request', id: 'request:1', at: NOW, from: NOW + DAY, requested: true } as const;
    const pseudonym = pseudonymOf('kim', context.keys);
    const plan = planErasure(context.policy, { uid: 'kim', pseudonym, accountCreatedAt: 1 }, by);
    await createJob(context, { ...plan, id: 'erase_1' });
    expect(await withdraw('restriction', 'kim')).toMatchObject({ ok: false, code: 'of_erasure' });
    expect(await sent(restriction)).toMatchObject({ changed: true });
    expect(await withdraw('restriction', 'kim')).toMatchObject({ changed: true });
    expect(await withdraw('restriction', 'kim')).toMatchObject({ ok: false, code: 'of_erasure' });
    expect(await isStoredOnly(context, 'kim')).toBe(true);
  });
});

describe('a document that the backend did not write', () => {
  it('is written anew by a submission, and never believed', async () => {
    await context.own.doc('ageBands/kim').set({ band: 'child', until: Timestamp.fromMillis(NOW + DAY), evidence: 'x' });
    expect(await sent({ ...ageBand, evidence: 'x' })).toMatchObject({ changed: true });
    expect(isSealed('ageBands/kim', (await at('ageBands/kim')) ?? {}, context.keys)).toBe(true);
  });

  it('as a hold keeps everything until it is lifted, without its words; lifting deletes it', async () => {
    const over = Timestamp.fromMillis(NOW - DAY);
    const words = { article: 'Art. 1', text: { en: 'Forged.', fr: 'Faux.' } };
    await context.own.doc('legalHolds/h').set({ uid: 'kim', records: ['activity'], until: over, ground: words });
    const [found] = await holdsOn(context, 'kim');
    expect(found).toMatchObject({ ground: { article: 'Art. 17(3)(e)' } });
    expect(found).not.toHaveProperty('record');
    expect(found).not.toHaveProperty('until');
    expect(JSON.stringify(found)).not.toContain('Forged');
    expect(await sent({ withdraw: 'legalHold', id: 'h' })).toMatchObject({ changed: true });
    expect(await all('legalHolds')).toEqual([]);
  });

  it('as a guardianship that is withdrawn leaves its person, and that it is over', async () => {
    await context.own.doc('guardianships/g').set({ child: 'kim', holder: 'forger', evidence: 'forged' });
    expect(await sent({ withdraw: 'guardianship', id: 'g' })).toMatchObject({ changed: true });
    expect(await at('guardianships/g')).toEqual({
      child: 'kim',
      until: Timestamp.fromMillis(NOW),
      statedAt: Timestamp.fromMillis(NOW),
      seal: expect.any(String),
    });
  });

  it('as a restriction protects', async () => {
    await context.own.doc('restrictions/kim').set({});
    expect(await isStoredOnly(context, 'kim')).toBe(true);
  });
});
