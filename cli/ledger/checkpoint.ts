import { Option, type Command } from 'commander';
import { getStorage } from 'firebase-admin/storage';
import { newKeyPair } from '../../functions/src/crypto/sign.ts';
import { runJob } from '../../functions/src/jobs/run.ts';
import { loadJob } from '../../functions/src/jobs/store.ts';
import type { Context } from '../../functions/src/platform/context.ts';
import { startFurtherCheckpoint } from '../../functions/src/checkpoints/start.ts';
import { runners } from '../../functions/src/runners.ts';
import { fail, json, keyVersion, print, withProject, type Common } from '../common.ts';
import { existing, officerContext } from '../context.ts';

interface Options extends Common {
  readonly bucket?: string;
  readonly rebuild?: true;
}

const MINUTE = 60_000;

/** The context that builds a checkpoint: the ledger and the evidence bucket, and nothing else. */
async function builder(options: Options): Promise<Context> {
  const officer = officerContext(options);
  const none = (): never => {
    throw new Error('ledger checkpoint works on the ledger and the evidence bucket, nothing else');
  };
  // Before a job is made: without a key or a bucket it would stay behind.
  const signing = officer.evidenceKeys();
  const bucket = await (options.bucket
    ? existing(getStorage().bucket(options.bucket), 'EVIDENCE_BUCKET')
    : officer.clients.bucket('evidence'));
  return {
    ...officer,
    clients: {
      own: () => officer.clients.own(),
      bucket: async () => bucket,
      app: none,
      auth: none,
      stripe: none,
      brevo: none,
    },
    // The job runs here. If this process dies, `tick` hands it to the deployed functions, which
    // begin no new tree.
    byOfficer: true,
    evidenceKeys: () => signing,
    config: { enqueueGraceMs: 2 * MINUTE, leaseMs: 10 * MINUTE, retryBaseMs: 1000 } as Context['config'],
  };
}

export function checkpointCommand(ledger: Command): void {
  withProject(ledger.command('checkpoint'))
    .description('signs a checkpoint now, beside the daily ones')
    .addOption(new Option('--bucket <name>', 'the evidence bucket').env('EVIDENCE_BUCKET'))
    .option('--rebuild', 'begin a new tree, once it is explained why the stored one differs; the checkpoint says so')
    .addHelpText('after', '\nNeeds PSEUDONYM_KEY_V1 and EVIDENCE_SIGNING_KEY_V1, after a change each further version.')
    .action(async (options: Options) => {
      const context = await builder(options);
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
    .addOption(keyVersion())
    .addOption(json)
    .action(({ keyVersion: version, ...options }: Common & { keyVersion: number }) => {
      const pair = newKeyPair();
      const secret = `EVIDENCE_SIGNING_KEY_V${version}`;
      print(options, { ...pair, version, secret }, () =>
        [
          pair.privateKey,
          '',
          `Keep it as the secret ${secret}, which asks for this one line: firebase functions:secrets:set ${secret}`,
          'Give the public key to those who verify, by another way than the ledger:',
          `EVIDENCE_PUBLIC_KEY=${pair.publicKey}`,
          `Its id, as checkpoints name it: ${pair.keyId}`,
        ].join('\n'),
      );
    });
}
