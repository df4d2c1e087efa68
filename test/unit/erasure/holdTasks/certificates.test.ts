import { describe, expect, it } from 'vitest';
import { heldSubjects } from '../../../../functions/src/ledger/holds.ts';
import { recordOf } from '../../../../functions/src/policy/lookup.ts';
import { pseudonymOf } from '../../../../functions/src/subject/pseudonym.ts';
import { expireFiles, foreseeFiles } from '../../../../functions/src/systems/storage/expire.ts';
import { NO_FIGURES } from '../../../../functions/src/systems/system.ts';
import { changeKey } from '../../../kit/sealed/newKey.ts';
import { MemoryBucket } from '../../systems/memoryBucket.ts';
import { DAY, holdWorld, lift, NOW, set } from './world.ts';

/** Certificates are named by the pseudonym of their person, and stay while a legal hold runs. */

function certificatesWorld() {
  const world = holdWorld();
  const { context } = world;
  const evidence = new MemoryBucket();
  const certificate = (uid: string) => `certificates/${pseudonymOf(uid, context.keys)}/erasure.json`;
  for (const uid of ['kim', 'ann']) evidence.objects.set(certificate(uid), '{}');
  context.clients = { ...context.clients, bucket: async () => evidence.bucket() };
  const named = { id: 'certificates', record: recordOf(context.policy, 'certificates') };
  const ask = async () => {
    const held = await heldSubjects(context, named.id, Infinity);
    const question = { policy: context.policy, held, now: NOW + 9000 * DAY, field: 'timeCreated', cutoff: NOW };
    const foreseen = await foreseeFiles(context, named, question);
    const { figures } = await expireFiles(context, named, { ...question, figures: NO_FIGURES, deadline: Infinity });
    return { deleted: figures.deleted, held: figures.held, foreseen: foreseen.held };
  };
  return { ...world, evidence, of: certificate('kim'), sweep: ask };
}

describe('the certificates of a held person', () => {
  it.each([[['certificates']], [undefined]])('stay over their period, and end after it: %s', async (records) => {
    const world = certificatesWorld();
    const id = await set(world, records === undefined ? {} : { records });
    expect(await world.sweep()).toEqual({ deleted: 1, held: 1, foreseen: 1 });
    expect([...world.evidence.objects.keys()]).toEqual([world.of]);
    await lift(world, id);
    expect(await world.sweep()).toEqual({ deleted: 1, held: 0, foreseen: 0 });
  });

  it('stay under an older pseudonym key too', async () => {
    const world = certificatesWorld();
    changeKey(world.context);
    await set(world, { records: ['certificates'] });
    expect(await world.sweep()).toEqual({ deleted: 1, held: 1, foreseen: 1 });
  });
});
