import { Option, type Command } from 'commander';
import { getStorage } from 'firebase-admin/storage';
import { newKeyPair } from '../../functions/src/crypto/sign.ts';
import { runJob } from '../../functions/src/jobs/run.ts';
import { loadJob } from '../../functions/src/jobs/store.ts';
import type { Context } from '../../functions/src/platform/context.ts';
import { policy } from '../../functions/policies/deployed.ts';
import { startFurtherCheckpoint } from '../../functions/src/checkpoints/start.ts';
import { runners } from '../../functions/src/runners.ts';
import { fail, json, openStore, print, project, UsageError, type Common } from '../common.ts';

interface Options extends Common {
  readonly bucket: string;
  readonly rebuild?: true;
}

const MINUTE = 60_000;

/** The context that builds a checkpoint: the ledger and the evidence bucket, and nothing else. */
function builder(options: Options): Context {
  const { clients, keys } = openStore(options);
  const none = (): never => {
    throw new Error('ledger checkpoint works on the ledger and the evidence bucket, nothing else');
  };
  const key = process.env['EVIDENCE_SIGNING_KEY_V1'];
  if (!key)
    throw new UsageError(
      'EVIDENCE_SIGNING_KEY_V1 is not set: firebase functions:secrets:access EVIDENCE_SIGNING_KEY_V1',
    );
  const say = (event: string, fields?: object): void =>
    console.error(fields ? `${event} ${JSON.stringify(fields)}` : event);
  return {
    policy,
    clients: {
      ...clients,
      bucket: async () => getStorage().bucket(options.bucket),
      ...{ app: none, auth: none, stripe: none, brevo: none },
    },
    // The job runs here. If this process dies, `tick` hands it to the deployed functions, which
    // begin no new tree.
    byOfficer: true,
    queue: { enqueue: async () => undefined },
    keys,
    evidenceKeys: () => ({ current: 1, keys: { 1: key } }),
    config: { enqueueGraceMs: 2 * MINUTE, leaseMs: 10 * MINUTE, retryBaseMs: 1000 } as Context['config'],
    now: Date.now,
    log: { info: () => undefined, warn: say, error: say },
  };
}

export function checkpointCommand(ledger: Command): void {
  ledger
    .command('checkpoint')
    .description('signs a checkpoint now, beside the daily ones (needs PSEUDONYM_KEY_V1 and EVIDENCE_SIGNING_KEY_V1)')
    .addOption(new Option('--bucket <name>', 'the evidence bucket').env('EVIDENCE_BUCKET').makeOptionMandatory(true))
    .option('--rebuild', 'begin a new tree, once it is explained why the stored one differs; the checkpoint says so')
    .addOption(project)
    .addOption(json)
    .action(async (options: Options) => {
      const context = builder(options);
      const id = await startFurtherCheckpoint(context, options.rebuild === true);
      await runJob(context, runners, id);
      const job = await loadJob(context, id);
      const blocked = Object.values(job?.steps ?? {}).flatMap(({ error }) =>
        error ? [`${error.code}: ${error.message}`] : [],
      );
      const outcomes = job?.steps['sign']?.outcomes ?? [];
      print(options, { job: id, status: job?.status, outcomes, problems: blocked }, () =>
        [`${id}: ${job?.status ?? 'gone'}`, ...blocked].join('\n'),
      );
      // A job that a later checkpoint has overtaken ends without an outcome: it signed nothing.
      const isSigned = outcomes.length > 0 && outcomes.every(({ outcome }) => outcome === 'done');
      if (job?.status !== 'completed' || !isSigned) fail();
    });
}

export function keygenCommand(ledger: Command): void {
  ledger
    .command('keygen')
    .description('makes a key pair for signing checkpoints, and says how to set it')
    .addOption(json)
    .action((options: Common) => {
      const pair = newKeyPair();
      print(options, pair, () =>
        [
          pair.privateKey.trimEnd(),
          '',
          'Keep it as the secret (paste all lines): firebase functions:secrets:set EVIDENCE_SIGNING_KEY_V1 --data-file -',
          'Give the public key to those who verify, by another way than the ledger:',
          `EVIDENCE_PUBLIC_KEY=${pair.publicKey}`,
          `Its id, as checkpoints name it: ${pair.keyId}`,
        ].join('\n'),
      );
    });
}
