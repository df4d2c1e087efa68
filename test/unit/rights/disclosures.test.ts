import { beforeEach, describe, expect, it } from 'vitest';
import { planExport } from '../../../functions/src/export/plan.ts';
import { report } from '../../../functions/src/export/report/report.ts';
import { runJob } from '../../../functions/src/jobs/run.ts';
import { isSealed } from '../../../functions/src/crypto/seal.ts';
import { listDisclosures } from '../../../functions/src/rights/disclosures/list.ts';
import {
  recordDisclosure,
  releaseDisclosure,
  type DisclosureOrder,
} from '../../../functions/src/rights/disclosures/record.ts';
import { disclosureRunner } from '../../../functions/src/rights/disclosures/steps.ts';
import { noteRead } from '../../../functions/src/rights/reads.ts';
import { runDying } from '../../kit/dying.ts';
import { DAY, NOW, restrictionWorld, chain, type World } from './restriction/world.ts';

/** Data that were given to an authority are recorded, and hidden only as long as a law says so. */

let world: World;
beforeEach(() => void (world = restrictionWorld()));

const order = (more: Partial<DisclosureOrder> = {}): DisclosureOrder => ({
  person: { uid: 'kim' },
  authority: 'Tribunal judiciaire de Paris',
  basis: 'Code de procédure pénale, art. 60-1, file 4711',
  records: ['activity', 'sessions'],
  disclosedAt: NOW - DAY,
  ...more,
});
const record = (more: Partial<DisclosureOrder> = {}) => recordDisclosure(world.context, order(more));
const places = async () => {
  const { disclosures } = await listDisclosures(world.context, { uid: 'kim' });
  return disclosures.map(({ place }) => place);
};
const work = (id: string) => runJob(world.context, { disclosure: async (c) => disclosureRunner(c) }, `release_${id}`);

describe('a disclosure', () => {
  it('is recorded once, sealed, under the pseudonym, with all of what an auditor asks', async () => {
    const officer = `v1_${'o'.repeat(43)}`;
    const { id, changed } = await record({ decidedBy: officer, recordedBy: officer, from: NOW - 90 * DAY, until: NOW });
    expect(changed).toBe(true);
    expect(await record({ decidedBy: officer, recordedBy: officer, from: NOW - 90 * DAY, until: NOW })).toEqual({
      id,
      changed: false,
    });
    const data = (await world.context.own.doc(`disclosures/${id}`).get()).data() ?? {};
    expect(isSealed(`disclosures/${id}`, data, world.context.keys)).toBe(true);
    expect(JSON.stringify(data)).not.toContain('kim');
    const { disclosures, forged } = await listDisclosures(world.context);
    expect(forged).toEqual([]);
    expect(disclosures).toMatchObject([
      { id, pseudonym: chain(world), records: ['activity', 'sessions'], decidedBy: officer, disclosedAt: NOW - DAY },
    ]);
  });

  it('of somebody without an account has the pseudonym of the address, and no address', async () => {
    const { id } = await record({ person: { email: 'Zoe@example.com' } });
    const data = (await world.context.own.doc(`disclosures/${id}`).get()).data() ?? {};
    expect(JSON.stringify(data)).not.toMatch(/zoe/i);
    expect((await listDisclosures(world.context, { email: 'zoe@example.com' })).disclosures).toHaveLength(1);
    expect((await listDisclosures(world.context, { uid: 'kim' })).disclosures).toEqual([]);
  });

  it.each<[string, Partial<DisclosureOrder>, string]>([
    ['without an authority', { authority: ' ' }, 'disclosure.order'],
    ['without a basis', { basis: '' }, 'disclosure.order'],
    ['of nothing', { records: [] }, 'disclosure.order'],
    ['of a record that the policy does not have', { records: ['nothing'] }, 'disclosure.order'],
    ['that lies in the future', { disclosedAt: NOW + DAY }, 'disclosure.order'],
    ['of a time that ends before it begins', { from: NOW, until: NOW - DAY }, 'disclosure.order'],
    ['hidden until a day that has passed', { hiddenUntil: NOW - DAY }, 'disclosure.order'],
    ['of somebody whom nobody knows', { person: { uid: 'nobody' } }, 'officer.unknown'],
  ])('%s is refused, and nothing is written', async (_, more, code) => {
    await expect(record(more)).rejects.toMatchObject({ code });
    expect(await listDisclosures(world.context)).toEqual({ disclosures: [], forged: [] });
  });
});

describe('a hidden disclosure', () => {
  it('lies where no export reads, until an officer releases it', async () => {
    const { id } = await record({ hiddenUntil: null });
    expect(await places()).toEqual(['hidden']);
    const exported = planExport(world.context.policy, 'access').records.map((one) => one.id);
    expect(exported).toContain('disclosures');
    expect(exported).not.toContain('hiddenDisclosures');
    expect(await releaseDisclosure(world.context, id, 'officer', NOW)).toEqual({ ok: true });
    expect(await places()).toEqual(['shown']);
    expect(await releaseDisclosure(world.context, id, 'officer', NOW)).toEqual({ ok: false, because: 'shown' });
    expect(await releaseDisclosure(world.context, 'nothing', 'officer', NOW)).toEqual({
      ok: false,
      because: 'unknown',
    });
    const { disclosures } = await listDisclosures(world.context);
    expect(disclosures).toMatchObject([{ releasedAt: NOW, releasedBy: 'officer', hiddenUntil: null }]);
  });

  it('is shown by itself on its day, and not before', async () => {
    const { id } = await record({ hiddenUntil: NOW + 30 * DAY });
    // The jobs of a person are in their access: this one names nobody.
    const job = await world.context.own.doc(`jobs/release_${id}`).get();
    expect([job.exists, JSON.stringify(job.data())]).toEqual([true, expect.not.stringContaining(chain(world))]);
    await work(id);
    expect(await places()).toEqual(['hidden']);
    world.context.time.now = NOW + 30 * DAY;
    await work(id);
    expect(await places()).toEqual(['shown']);
    // The officer's same record is that one.
    expect(await record({ hiddenUntil: NOW + 60 * DAY })).toEqual({ id, changed: false });
  });

  it('is in one place, whenever a process dies', async () => {
    for (let moment = 0; moment < 4; moment++) {
      world = restrictionWorld();
      const { id } = await record({ hiddenUntil: null });
      const release = () => releaseDisclosure(world.context, id, 'officer', NOW);
      await runDying(moment, [world.context.own], release);
      expect((await places()).length).toBe(1);
      await release();
      expect(await places()).toEqual(['shown']);
    }
  });

  it('that somebody else changed is not shown, and is named', async () => {
    const { id } = await record({ hiddenUntil: null });
    await world.context.own.doc(`hiddenDisclosures/${id}`).update({ authority: 'Nobody' });
    await expect(releaseDisclosure(world.context, id, 'officer', NOW)).rejects.toMatchObject({ code: 'seal.broken' });
    expect(await listDisclosures(world.context)).toEqual({ disclosures: [], forged: [`hiddenDisclosures/${id}`] });
  });
});

describe('an access', () => {
  it('names the authority among the recipients (Art. 15(1)(c))', () => {
    const { policy } = world.context;
    const facts = {
      ...{ product: 'access', createdAt: new Date(NOW).toISOString(), missing: [], part: { number: 1, last: true } },
    } as unknown as Parameters<typeof report>[0];
    const entry = { record: 'disclosures', name: policy.records['disclosures']?.name, count: 1, csv: 'd.csv' };
    const rows = [{ path: 'disclosures/d', data: { authority: 'Tribunal <judiciaire>', basis: 'Art. 60-1' } }];
    const page = report(facts, policy, [{ entry, rows }] as unknown as Parameters<typeof report>[2], 'en');
    const recipients = page.slice(page.indexOf('id="recipients"'), page.indexOf('id="periods"'));
    expect(recipients).toContain('These authorities got data about you');
    expect(recipients).toContain('Tribunal &lt;judiciaire&gt;');
  });
});

describe("an officer's reading", () => {
  it('is noted: who, when, of what; and no content', async () => {
    await noteRead(world.context, { what: 'sheet', of: 'task_x', by: 'officer' });
    const [note] = (await world.context.own.collection('officerReads').get()).docs;
    expect(note?.data()).toMatchObject({ what: 'sheet', of: 'task_x', by: 'officer' });
    expect(isSealed(note?.ref.path ?? '', note?.data() ?? {}, world.context.keys)).toBe(true);
  });
});
