import type { Runner } from '../../jobs/catalog.ts';
import type { JobOf } from '../../jobs/define.ts';
import type { Context } from '../../platform/context.ts';
import type { Progress } from '../../systems/system.ts';
import { disclosureIn, disclosures } from './disclosure.ts';
import { releaseJobs } from './job.ts';
import { releaseDisclosure } from './record.ts';

/** Shows a disclosure when its day has come. */
async function release(context: Context, { input }: JobOf<typeof releaseJobs>): Promise<Progress> {
  const { clients, keys } = context;
  const id = input.disclosure;
  const data = (await disclosures(clients.own(), 'hidden').doc(id).get()).data();
  if (data === undefined) return { settled: [] };
  const { hiddenUntil } = disclosureIn('hidden', id, data, keys);
  // An officer alone shows one without a day.
  if (typeof hiddenUntil !== 'number') return { settled: [] };
  if (context.now() < hiddenUntil) return { wait: hiddenUntil, why: 'it is hidden from the person until then' };
  await releaseDisclosure(context, id, 'backend', context.now());
  return { settled: [] };
}

export const disclosureRunner = (context: Context): Runner =>
  releaseJobs.runner({ release: (job) => release(context, job) });
