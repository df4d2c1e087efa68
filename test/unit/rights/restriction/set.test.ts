import { beforeEach, describe, expect, it } from 'vitest';
import { latestHead } from '../../../../functions/src/ledger/find.ts';
import { heldSubjects, untouchable } from '../../../../functions/src/ledger/holds.ts';
import { restrictedUse } from '../../../../functions/src/ledger/restriction/scope.ts';
import { closeTask, listTasks } from '../../../../functions/src/officerTasks/store.ts';
import { recordOf } from '../../../../functions/src/policy/lookup.ts';
import { onStatement } from '../../../../functions/src/rights/statements/submit.ts';
import { DAY, jobs, names, NOW, problems, restrictionWorld, set, stopped, work, type World } from './world.ts';

/** A restriction is set with a scope (Art. 18), recorded, and told to recipients (Art. 19). */

let world: World;
beforeEach(() => void (world = restrictionWorld()));

const ALL = ['analytics', 'messages', 'payment', 'userDatabase'];
const tasks = async () => (await listTasks(world.context)).tasks;
const asked = async () => (await tasks()).map(({ for: part }) => ('recipient' in part ? part.recipient : '')).sort();

describe('a restriction of purposes', () => {
  it('stops these purposes, by document, head and entry, and no others', async () => {
    expect(await set(world, { purposes: ['messages', 'analytics'] })).toEqual({ changed: true, isErased: false });
    expect(await stopped(world, ...ALL)).toEqual(['analytics', 'messages']);
    const { head } = await latestHead(world.context, 'kim');
    expect(restrictedUse(world.context.policy, head, world.context.now())).toEqual({
      all: false,
      purposes: ['analytics', 'messages'],
    });
    const { docs } = await world.context.own.collectionGroup('entries').get();
    const [entry] = docs.map((one) => one.data());
    expect(entry).toMatchObject({ kind: 'statement', state: 'set', actor: 'officer' });
    expect(Object.values((entry?.['statement'] as { parts: object }).parts)).toEqual([
      { purposes: ['analytics', 'messages'] },
    ]);
    expect(await problems(world)).toEqual([]);
  });

  it('is the same twice; another scope takes its place, and is told anew', async () => {
    await set(world, { purposes: ['messages'] });
    world.context.time.now += 1000;
    expect(await set(world, { purposes: ['messages', 'messages'] })).toMatchObject({ changed: false });
    expect(await jobs(world, 'begun')).toHaveLength(0);
    expect(await set(world, { purposes: ['userDatabase'] })).toMatchObject({ changed: true });
    expect(await stopped(world, ...ALL)).toEqual(['userDatabase']);
    expect(await jobs(world, 'begun')).toHaveLength(1);
  });

  it('runs beside others: what one of them stops is stopped', async () => {
    await set(world, { purposes: ['messages'] });
    await set(world, { name: 'officer-objection', ground: 'objection', purposes: ['analytics'] });
    const asServer = { submit: 'restriction', uid: 'kim', requestId: 'form-4711', purposes: ['payment'] };
    expect(await onStatement(world.context, asServer)).toMatchObject({ ok: true, changed: true });
    expect(await onStatement(world.context, asServer)).toMatchObject({ ok: true, changed: false });
    expect(await stopped(world, ...ALL)).toEqual(['analytics', 'messages', 'payment']);
    expect(await names(world)).toHaveLength(3);
    const told = new Date(NOW).toISOString();
    const withdrawn = { withdraw: 'restriction', id: 'kim', requestId: 'form-4711', toldAt: told };
    expect(await onStatement(world.context, withdrawn)).toMatchObject({ ok: true, changed: true });
    expect(await onStatement(world.context, withdrawn)).toMatchObject({ ok: true, changed: false });
    expect(await stopped(world, ...ALL)).toEqual(['analytics', 'messages']);
    expect(await problems(world)).toEqual([]);
  });

  it('keeps the rows that serve them alone, from every end by time (Art. 18(2))', async () => {
    await set(world, { purposes: ['analytics'] });
    const { context } = world;
    const isHeld = async (record: string) => (await heldSubjects(context, record, Infinity)).has('kim');
    const until = await untouchable(context, 'kim');
    const of = (record: string) => until(recordOf(context.policy, record));
    expect([await isHeld('usageEvents'), of('usageEvents')]).toEqual([true, Infinity]);
    expect([await isHeld('activity'), of('activity')]).toEqual([false, null]);
    // An account that nobody uses does not end while anything of it has to be stored.
    expect(until()).toBe(Infinity);
  });

  it('whose document is gone stops the same purposes; one that somebody else wrote stops all', async () => {
    await set(world, { purposes: ['messages'] });
    const ref = world.context.own.doc('restrictions/kim');
    const before = (await ref.get()).data() ?? {};
    await ref.delete();
    expect(await stopped(world, ...ALL)).toEqual(['messages']);
    expect(await problems(world)).toEqual(['statementMissing']);
    await ref.set({ ...before, parts: {} });
    expect(await stopped(world, ...ALL)).toEqual(ALL);
    expect((await heldSubjects(world.context, 'activity', Infinity)).has('kim')).toBe(true);
    // Set anew, it is right again.
    await set(world, { purposes: ['messages'] });
    expect(await stopped(world, ...ALL)).toEqual(['messages']);
    expect(await problems(world)).toEqual([]);
  });
});

describe('a restriction of the whole person', () => {
  it('stops all but the purposes that the order excepts, with the reason in the ledger (Art. 18(2))', async () => {
    await set(world, { except: { payment: 'claims' } });
    expect(await stopped(world, ...ALL)).toEqual(['analytics', 'messages', 'userDatabase']);
    expect((await heldSubjects(world.context, 'activity', Infinity)).has('kim')).toBe(true);
    const { docs } = await world.context.own.collectionGroup('entries').get();
    expect(JSON.stringify(docs.map((one) => one.data()))).toContain('"except":{"payment":"claims"}');
  });
});

describe('an order is refused', () => {
  it.each<[string, Parameters<typeof set>[1]]>([
    ['for a purpose that the policy does not have', { purposes: ['nothing'] }],
    ['for no purpose', { purposes: [] }],
    ['with an exception beside purposes', { purposes: ['messages'], except: { payment: 'claims' } }],
    ['with an exception that is no purpose', { except: { elsewhere: 'claims' } }],
    ['with an end before the person can be told', { until: NOW + DAY }],
    ['for a uid that nobody can have', { uid: 'a/b' }],
  ])('%s, and nothing is written', async (_, more) => {
    await expect(set(world, more)).rejects.toMatchObject({ code: 'restriction.order' });
    expect((await world.context.own.collection('restrictions').get()).empty).toBe(true);
    expect((await world.context.own.collection('jobs').get()).empty).toBe(true);
  });

  it.each([
    ['a purpose that the policy does not have', { purposes: ['nothing'] }, ['purposes']],
    ['an exception that is no reason', { except: { payment: 'because' } }, ['except']],
    ['an unknown ground', { ground: 'whim' }, ['ground']],
  ])('of a server with %s', async (_, more, fields) => {
    const answer = await onStatement(world.context, { submit: 'restriction', uid: 'kim', ...more });
    expect(answer).toMatchObject({ ok: false, code: 'invalid' });
    if (!answer.ok) expect(answer.issues.map(({ field }) => field.split('.')[0])).toEqual(fields);
  });

  it('of a server that lifts a restriction and has told nobody, or says a time to come (Art. 18(3))', async () => {
    await onStatement(world.context, { submit: 'restriction', uid: 'kim' });
    for (const toldAt of [undefined, new Date(NOW + DAY).toISOString()])
      expect(await onStatement(world.context, { withdraw: 'restriction', id: 'kim', toldAt })).toMatchObject({
        code: 'invalid',
      });
    expect(await stopped(world, ...ALL)).toEqual(ALL);
  });
});

describe('the recipients (Art. 19)', () => {
  it('that no system tells are an officer’s: of the purposes in scope alone', async () => {
    await set(world, { purposes: ['userDatabase'] });
    await work(world);
    // Brevo hears of it by the effect of the purpose, and Firebase stores.
    expect(await asked()).toEqual(['salesforce']);
    const [task] = await tasks();
    expect(task?.what['en']).toContain('Salesforce');
    expect(JSON.stringify(task?.what)).not.toMatch(/kim/);
  });

  it('with an interface that knows no restriction are an officer’s as well', async () => {
    await set(world, { purposes: ['payment'] });
    await work(world);
    expect(await asked()).toEqual(['stripe']);
    await set(world, { purposes: ['support'] });
    await work(world);
    // Brevo carries the answers; Stripe hears that the other one is over.
    expect(await asked()).toEqual(['brevoEmail', 'stripe', 'zendesk']);
  });

  it('are all told of one of the whole person, and of its end', async () => {
    await onStatement(world.context, { submit: 'restriction', uid: 'kim', requestId: 'form-4711' });
    await work(world);
    const everybody = await asked();
    expect(everybody).toContain('zendesk');
    expect(everybody).toContain('stripe');
    expect(everybody).not.toContain('firebase');
    for (const { id } of await tasks())
      await closeTask(world.context, id, { as: 'done', by: 'officer' }, world.context.now());
    await work(world);
    const [begun] = await jobs(world, 'begun');
    expect(begun?.get('status')).toBe('completed');
    const told = new Date(NOW).toISOString();
    await onStatement(world.context, { withdraw: 'restriction', id: 'kim', requestId: 'form-4711', toldAt: told });
    await work(world);
    expect(await jobs(world, 'over')).toHaveLength(1);
    expect(await asked()).toEqual(everybody);
  });

  it('of a purpose that goes on are told nothing of it, and that it begins again once it is excepted', async () => {
    const whole = { name: 'officer-claims', ground: 'claims' } as const;
    const except = { userDatabase: 'claims' } as const;
    await set(world, { ...whole, except });
    await work(world);
    expect(await asked()).toContain('zendesk');
    expect(await asked()).not.toContain('salesforce');
    world.context.time.now += DAY;
    await set(world, whole);
    await work(world);
    expect(await asked()).toContain('salesforce');
    for (const { id } of await tasks())
      await closeTask(world.context, id, { as: 'done', by: 'officer' }, world.context.now());
    world.context.time.now += DAY;
    await set(world, { ...whole, except });
    await work(world);
    const over = await jobs(world, 'over');
    expect(over.map((job) => job.get('input.purposes') as unknown)).toEqual([['userDatabase']]);
    expect((await tasks()).filter(({ job }) => job === over[0]?.id)).toMatchObject([
      { for: { recipient: 'salesforce' } },
    ]);
  });

  it('are told of no end while another one of the whole person runs', async () => {
    await set(world);
    await onStatement(world.context, { submit: 'restriction', uid: 'kim', requestId: 'form-4711' });
    await work(world);
    const told = new Date(NOW).toISOString();
    await onStatement(world.context, { withdraw: 'restriction', id: 'kim', requestId: 'form-4711', toldAt: told });
    await work(world);
    expect(await jobs(world, 'over')).toHaveLength(0);
  });

  it('are told no longer of one that has another scope: its tasks are closed at once, and its end is told', async () => {
    await set(world, { purposes: ['userDatabase'] });
    await work(world);
    await set(world, { purposes: ['feedbackPlatforms'] });
    await work(world);
    expect(await asked()).toEqual(['salesforce', 'zendeskWidget']);
    expect((await jobs(world, 'over')).map((job) => job.get('input.purposes') as unknown)).toEqual([['userDatabase']]);
    const { docs } = await world.context.own.collection('officerSheets').get();
    expect(docs).toHaveLength(2);
  });

  it('hear the end of a purpose that a narrower scope lets go, unless it is stopped again', async () => {
    await set(world, { purposes: ['feedbackPlatforms', 'userDatabase'] });
    await work(world);
    for (const { id } of await tasks())
      await closeTask(world.context, id, { as: 'done', by: 'officer' }, world.context.now());
    world.context.time.now += 1000;
    await set(world, { purposes: ['feedbackPlatforms'] });
    await work(world);
    expect(await asked()).toEqual(['salesforce', 'zendeskWidget']);
    await set(world, { name: 'officer-claims', ground: 'claims', purposes: ['userDatabase'] });
    world.context.time.now += DAY;
    await work(world);
    const over = await jobs(world, 'over');
    expect(over.map((job) => job.get('status') as string)).toEqual(['completed']);
    // The task about the new restriction alone is open there.
    expect(await asked()).toEqual(['salesforce', 'zendeskWidget']);
    expect((await tasks()).map(({ job }) => job)).not.toContain(over[0]?.id);
  });

  it('hear of no end if a narrower scope lets go nothing that another one does not stop', async () => {
    await set(world, { purposes: ['support', 'userDatabase'] });
    await set(world, { name: 'officer-claims', ground: 'claims', purposes: ['userDatabase'] });
    await set(world, { purposes: ['support'] });
    await work(world);
    expect(await jobs(world, 'over')).toHaveLength(0);
  });
});
