import { randomUUID } from 'node:crypto';
import { effectJob } from '../../../../functions/src/consent/effects.ts';
import { changeRunner } from '../../../../functions/src/consent/steps.ts';
import { writeArchive } from '../../../../functions/src/export/archive/write.ts';
import { planExport } from '../../../../functions/src/export/plan.ts';
import { newJob } from '../../../../functions/src/jobs/catalog.ts';
import { emptyHead } from '../../../../functions/src/ledger/chain.ts';
import type { Context } from '../../../../functions/src/platform/context.ts';
import { recordOf } from '../../../../functions/src/policy/lookup.ts';
import { pseudonymOf } from '../../../../functions/src/subject/pseudonym.ts';
import type { Me } from '../../../attacks/table.ts';
import { changeHead } from '../../../kit/sealed/ledger.ts';
import { EVERYTHING, memoryStore, unzip } from '../../export/helpers.ts';
import { NOW } from './times.ts';

/** Exports and answers that serve a person with a living account. */

/** The rows that the archive of an export gives to a person, as `system path` and `system id`. */
export async function exported(context: Context, product: 'portability' | 'access', { uid }: Me): Promise<Set<string>> {
  const chain = pseudonymOf(uid, context.keys);
  const store = memoryStore();
  await writeArchive(context, store, {
    ref: { uid, requestId: 'r1' },
    plan: planExport(context.policy, product),
    chain,
    head: emptyHead(chain),
    name: 'archive.zip',
    stopAt: Infinity,
    tolerant: false,
    part: { number: 1 },
    // Also the rows that an officer looks at first: they are read in the same way.
    lookedWithin: () => EVERYTHING,
    full: { at: Infinity, bytes: Infinity },
  });
  const files = await unzip(store.objects.get('archive.zip')?.bytes ?? Buffer.alloc(0));
  const touched = new Set<string>();
  for (const [name, content] of files) {
    const [, record] = /^data\/(\w+)\.json$/.exec(name) ?? [];
    if (record === undefined) continue;
    const { system } = recordOf(context.policy, record);
    for (const { path } of JSON.parse(String(content)) as { path: string }[])
      touched.add(`${system} ${path}`).add(`${system} ${path.split('/').at(-1) ?? ''}`);
  }
  return touched;
}

/** The person's answer to marketing, brought to Brevo as the change job brings it. */
export async function answerMarketing(context: Context, { uid }: Me, granted: boolean): Promise<void> {
  const chain = pseudonymOf(uid, context.keys);
  const state = granted ? 'given' : 'withdrawn';
  await changeHead(context, chain, { current: { messages: state }, since: { messages: NOW - 1000 } });
  const plan = effectJob(context, { id: randomUUID(), uid, purpose: 'messages', chain });
  if (plan === undefined) throw new Error('an answer to marketing has no effect');
  await changeRunner(context).run('brevo', newJob(plan, NOW), { deadline: Infinity });
}
