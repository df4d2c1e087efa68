import { Timestamp } from 'firebase-admin/firestore';
import { beforeEach, describe, expect, it } from 'vitest';
import { amikeo } from '../../../../functions/policies/amikeo/index.ts';
import { sha256Hex } from '../../../../functions/src/crypto/hash.ts';
import { headRef } from '../../../../functions/src/ledger/documents.ts';
import { copyName } from '../../../../functions/src/rights/ways/copied.ts';
import { writeCopy } from '../../../../functions/src/rights/ways/copy.ts';
import { runDying } from '../../../kit/dying.ts';
import { writeSealed } from '../../../kit/sealed/seal.ts';
import { state, storedPower } from '../../../kit/sealed/statements.ts';
import { memoryStore } from '../../export/helpers.ts';
import {
  add,
  erase,
  exportWorld,
  goOn,
  NOW,
  OFFICER,
  publish,
  requestOf,
  UID,
  type ExportWorld,
} from '../../officerTasks/export.sample.ts';
import { requestNamed } from '../../requests/helpers.ts';

/** The archives of an account, as files for somebody whose power an officer has looked at. */

let world: ExportWorld;
const entered = (more: object = {}) => ({
  at: Timestamp.fromMillis(NOW),
  ...{ by: OFFICER, power: 'parentalAuthority', identity: { method: 'papers', result: 'proven' }, ...more },
});
const onBehalf = (more: object = {}) => ({ regime: 'parentalAuthority', ...more });
let versions = 0;
/** States a power over the person, as servers do; its event is still on its way. */
const power = (more: object = {}) =>
  state(world.context, 'guardianships/of-a-parent', {
    ...{ child: UID, ...storedPower('parentalAuthority', NOW), from: Timestamp.fromMillis(NOW - 1), ...more },
    statedAt: Timestamp.fromMillis(NOW + versions++),
  });
const noPower = () => world.context.own.doc('guardianships/of-a-parent').delete();
const archive = { object: 'one.zip', bytes: 3, sha256: sha256Hex('zip') };
const change = (fields: object) =>
  writeSealed(world.context.own.doc(`requests/${world.key}`), { ...fields }, world.context.keys);

beforeEach(async () => {
  world = await exportWorld();
  const { powers: ruled } = amikeo;
  Object.assign(world.context, { policy: { ...world.context.policy, powers: ruled } });
  await power();
  await publish(world);
  await goOn(world);
  const { answer } = await requestOf(world);
  await change({
    channel: 'letter',
    ...{ entered: entered(), onBehalf: onBehalf() },
    answer: { ...answer, parts: [archive], counts: { profile: 2 } },
  });
});

const found = () => requestNamed(world.context, world.key, UID);
async function copy() {
  const store = memoryStore();
  const copied = await writeCopy(world.context, await found(), store, { officer: OFFICER });
  return { copied, files: [...store.objects].map(([name, { bytes }]) => [name, bytes] as const) };
}
const accesses = async () =>
  (await headRef(world.context.own, world.chain).collection('entries').where('kind', '==', 'access').get()).docs.map(
    (one) => one.data(),
  );

describe('the copy of an account for a parent, a guardian or somebody with a mandate', () => {
  it('is the archive as it was published, and who had it when stands in the request and in the ledger', async () => {
    const { copied, files } = await copy();
    const file = { bytes: 3, sha256: archive.sha256 };
    expect(copied).toEqual({ ok: true, files: [file], counts: { profile: 2 }, missing: ['desk', 'ledgerist'] });
    expect(files).toEqual([[copyName(1), Buffer.from('zip')]]);
    expect((await requestOf(world)).answer?.['copy']).toEqual({
      ...{ at: NOW, files: [file], missing: ['desk', 'ledgerist'], officer: OFFICER },
    });
    expect(await accesses()).toMatchObject([{ state: 'access.copied', actor: 'officer', officer: OFFICER }]);
  });

  it('has every part, also one that an officer added since; each copy is an access of its own', async () => {
    await copy();
    expect(await add(world, 'desk')).toMatchObject({ ok: true });
    const { copied, files } = await copy();
    expect(copied).toMatchObject({ ok: true, missing: ['ledgerist'] });
    expect(files.map(([name]) => name)).toEqual([copyName(1), copyName(2)]);
    expect(await accesses()).toHaveLength(2);
    await add(world, 'ledgerist', false);
    // Completed, it can be copied as long as the person could download it.
    expect(await requestOf(world)).toMatchObject({ status: 'completed' });
    expect((await copy()).copied).toMatchObject({ ok: true, missing: [] });
  });

  it.each([
    ['unentered', 'the account asked for itself in the app', { channel: 'app', entered: undefined }],
    ['unentered', 'a link asked for', { channel: 'link', entered: entered() }],
    ['doubted', 'nobody has proven', { entered: entered({ identity: { method: 'none', result: 'doubted' } }) }],
    ['mailbox', 'a mailbox alone proves', { entered: entered({ identity: { method: 'mailbox', result: 'proven' } }) }],
    ['notReady', 'is still being written', { status: 'in_progress', answer: undefined }],
    ['final', 'was refused', { status: 'refused' }],
    ['final', 'was taken back after it was answered', { status: 'completed', withdrawnAt: Timestamp.fromMillis(NOW) }],
    ['another', 'is of another right', { type: 'rectification' }],
  ])('is none (%s) if the request %s', async (because, _, fields) => {
    await change(fields);
    expect(await copy()).toEqual({ copied: { ok: false, because }, files: [] });
    expect(await accesses()).toEqual([]);
  });

  it('is none once the power is over or was never stated, or the person disagrees', async () => {
    const over = { until: Timestamp.fromMillis(NOW) };
    for (const none of [noPower, () => power(over), () => power({ scope: ['erasure'] })]) {
      await none();
      expect(await copy()).toEqual({ copied: { ok: false, because: 'power' }, files: [] });
    }
    await power();
    await change({ onBehalf: onBehalf({ say: 'disagrees' }) });
    expect((await copy()).copied).toEqual({ ok: false, because: 'power' });
    await change({ onBehalf: undefined });
    expect((await copy()).copied).toEqual({ ok: false, because: 'power' });
    // The person themselves needs no power.
    await noPower();
    await change({ entered: entered({ power: 'self' }) });
    expect((await copy()).copied).toMatchObject({ ok: true });
  });

  it('is none when the archive is over, or the erasure of the person has begun', async () => {
    const name = [...world.store.objects.keys()][0] ?? '';
    world.store.objects.delete(name);
    expect(await copy()).toEqual({ copied: { ok: false, because: 'over' }, files: [] });
    await erase(world);
    await change({ status: 'completed' });
    expect(await copy()).toEqual({ copied: { ok: false, because: 'erased' }, files: [] });
  });

  it('is not handed out if the archive is another one by now, or the request is taken back meanwhile', async () => {
    const [stored] = [...world.store.objects.values()];
    if (stored !== undefined) stored.bytes = Buffer.from('pin');
    await expect(copy()).rejects.toMatchObject({ code: 'export.changed' });
    if (stored !== undefined) stored.bytes = Buffer.from('zip');
    const before = await found();
    await change({ status: 'cancelled' });
    expect(await writeCopy(world.context, before, memoryStore(), { officer: OFFICER })).toEqual({
      ok: false,
      because: 'changed',
    });
    expect((await requestOf(world)).answer).not.toHaveProperty('copy');
    expect(await accesses()).toEqual([]);
  });

  it('says the same in request and ledger wherever the process died', async () => {
    for (let moment = 0; moment < 3; moment++) {
      await change({ answer: { parts: [archive], counts: {} } });
      const before = (await accesses()).length;
      await runDying(moment, [world.context.own], copy);
      const isNoted = (await requestOf(world)).answer?.['copy'] !== undefined;
      expect([moment, (await accesses()).length - before]).toEqual([moment, isNoted ? 1 : 0]);
    }
  });
});
