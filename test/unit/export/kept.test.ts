import { expect, it } from 'vitest';
import { exportRunner } from '../../../functions/src/export/steps.ts';
import type { Job } from '../../../functions/src/jobs/types.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { KEPT_MS, keptPrefix } from '../../../functions/src/systems/keptReading.ts';
import { testContext } from '../requests/helpers.ts';
import { MemoryBucket } from '../systems/memoryBucket.ts';

/**
 * A reading of a system is kept a day for other exports of the person, and not if one is taken
 * back.
 */

const NOW = Date.parse('2026-05-20T10:00:00Z');
const OLD = `${keptPrefix('ada')}brevo/x/1/000000-1.json`;
const YOUNG = `${keptPrefix('ada')}brevo/x/2/000000-2.json`;
const OTHERS = [`${keptPrefix('bob')}brevo/x/1/000000-1.json`, 'exports/ada/r0/archive.zip'];

/** The objects left after the step `clean` of a job. */
async function cleaned(of?: string): Promise<string[]> {
  const context = testContext(NOW);
  const store = new MemoryBucket();
  for (const name of [OLD, YOUNG, ...OTHERS]) store.objects.set(name, '{}');
  store.createdAt.set(YOUNG, NOW - KEPT_MS + 1).set(OLD, NOW - KEPT_MS);
  const clients = { ...context.clients, bucket: async () => store.bucket() };
  const { run } = exportRunner({ ...context, clients });
  const chain = pseudonymOf('ada', context.keys);
  const input = { uid: 'ada', requestId: 'r1', request: `${chain}_r1`, product: 'portability' };
  const job = {
    id: 'x',
    kind: 'export',
    pseudonym: chain,
    steps: {},
    input: of === undefined ? input : { ...input, of },
  };
  expect(await run('clean', job as unknown as Job, { deadline: NOW })).toEqual({ settled: [] });
  return [...store.objects.keys()].sort();
}

it('the end of an export removes objects older than a day', async () => {
  expect(await cleaned()).toEqual([YOUNG, ...OTHERS].sort());
});

it('an export that is taken back removes all of it, and nothing of others', async () => {
  expect(await cleaned('export_x')).toEqual([...OTHERS].sort());
});
