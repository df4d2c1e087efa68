import { existsSync } from 'node:fs';
import { Option, type Command } from 'commander';
import { getApp } from 'firebase-admin/app';
import { getStorage } from 'firebase-admin/storage';
import { lastStatementsLook } from '../../functions/src/consent/lastNight.ts';
import { policy } from '../../functions/policies/deployed.ts';
import { manualRecipients, sendsMail } from '../../functions/src/policy/lookup.ts';
import { countForged } from '../../functions/src/jobs/officer.ts';
import { BUCKETS, bucketName, defaultBucket } from '../../functions/src/platform/clients.ts';
import { settingsFile } from '../../scripts/settings.ts';
import { fail, keysIfSet, openApp, openStore, print, withProject, type Common } from '../common.ts';
import {
  findingsOfEvidence,
  findingsOfExports,
  reportOfJobs,
  reportOfLinks,
  reportOfMorning,
  reportOfSettings,
  reportOfSheets,
  type BucketAccess,
  type BucketState,
  type Finding,
} from './checks.ts';
import { sheetKeysFromEnvironment } from '../officers/sheets.ts';
import { reportOfStatements } from '../statements.ts';
import { reportOfRules, rulesIn } from './rules.ts';

interface Options extends Common {
  readonly appBucket?: string;
  readonly exportBucket?: string;
  readonly evidenceBucket?: string;
  readonly officerEmail?: string;
  readonly officerSheetKey?: string;
  readonly brevoSender?: string;
  readonly linksUrl?: string;
  readonly rules: string;
}

/**
 * `compliance doctor`: checks that everything outside of this code is as the code needs it. Reads
 * only.
 */
export function doctorCommand(program: Command): void {
  withProject(program.command('doctor'))
    .description(
      'checks that the buckets of exports and evidence are as they must be, that no job is forged, that the sheets of officers open, that links in e-mails have a safe address, that no rule lets a client write the state that the app reads, and that the last night found no wrong statement about a person; names each fault and its remedy; changes nothing',
    )
    .addOption(new Option('--app-bucket <name>', "the app's bucket").env('APP_BUCKET'))
    .addOption(new Option('--export-bucket <name>', 'the bucket of the exports').env('EXPORT_BUCKET'))
    .addOption(new Option('--evidence-bucket <name>', 'the bucket of the evidence').env('EVIDENCE_BUCKET'))
    .addOption(new Option('--officer-email <address>', "the officers' address, as it is deployed").env('OFFICER_EMAIL'))
    .addOption(new Option('--brevo-sender <sender>', 'the sender of e-mails, as it is deployed').env('BREVO_SENDER'))
    .addOption(new Option('--links-url <address>', 'of the function links, as it is deployed').env('LINKS_URL'))
    .addOption(new Option('--officer-sheet-key <key>', 'the public key of the sheets').env('OFFICER_SHEET_KEY'))
    .addOption(
      new Option('--rules <file>', "the app's Firestore rules, as they are deployed").default('firestore.rules'),
    )
    .addHelpText(
      'after',
      "\nNeeds storage.buckets.get and storage.buckets.getIamPolicy on both (roles/storage.admin, or a role of one's own). Counts forged jobs and wrong statements if PSEUDONYM_KEY_V1 and so on are set.",
    )
    .action(async (options: Options) => {
      const id = openApp(options);
      const findings = await examine(options, id);
      const hasSettings = existsSync(settingsFile(id));
      const keys = keysIfSet();
      const store = keys === undefined ? null : openStore(options);
      const forgedJobs = store && (await countForged(store));
      const statements = store && (await lastStatementsLook(store, Date.now()));
      const isWrong = statements !== null && (statements.isLate || statements.faults.length > 0);
      const isNeeded = manualRecipients(policy).length > 0;
      const sheets = reportOfSheets(options.officerSheetKey || undefined, isNeeded, sheetKeysFromEnvironment());
      const links = reportOfLinks(sendsMail(policy), options.brevoSender, options.linksUrl);
      const rules = reportOfRules(options.rules, rulesIn(options.rules));
      const isSound = findings.length === 0 && (forgedJobs ?? 0) === 0 && !isWrong;
      const ok = isSound && sheets.ok && links.ok && rules.ok;
      const morning = reportOfMorning(sendsMail(policy), options.officerEmail, options.brevoSender);
      print(
        options,
        { ok, findings, forgedJobs, statements, sheets, links, rules, morning: morning.on, hasSettings },
        () =>
          [
            reportOfSettings(settingsFile(id), hasSettings),
            report(findings),
            reportOfJobs(forgedJobs),
            sheets.text,
            reportOfStatements(statements),
            morning.text,
            links.text,
            rules.text,
          ].join('\n'),
      );
      if (!ok) fail();
    });
}

async function examine({ appBucket, exportBucket, evidenceBucket }: Options, id: string): Promise<Finding[]> {
  const settings = {
    appBucket: appBucket || undefined,
    exportBucket: exportBucket || undefined,
    evidenceBucket: evidenceBucket || undefined,
  };
  const name = (kind: keyof typeof BUCKETS): string => bucketName(kind, settings, getApp());
  const apps = [name('app'), defaultBucket(id), `${id}.appspot.com`];
  const [ofExports, ofEvidence] = await Promise.all([
    look(name('exports'), BUCKETS.exports),
    look(name('evidence'), BUCKETS.evidence),
  ]);
  return [
    ...('finding' in ofExports
      ? [ofExports.finding]
      : findingsOfExports(
          ofExports.name,
          ofExports.state,
          ofExports.access,
          apps.find((one) => one === ofExports.name),
        )),
    ...('finding' in ofEvidence
      ? [ofEvidence.finding]
      : findingsOfEvidence(ofEvidence.name, ofEvidence.state, ofEvidence.access)),
  ];
}

type Looked =
  { readonly name: string; readonly state: BucketState; readonly access: BucketAccess } | { readonly finding: Finding };

async function look(name: string, setting: string): Promise<Looked> {
  const bucket = getStorage().bucket(name);
  try {
    const [[state], [access]] = await Promise.all([bucket.getMetadata(), bucket.iam.getPolicy()]);
    return { name, state: state as BucketState, access: access };
  } catch (error) {
    const code = String((error as { code?: unknown }).code);
    // Only a refusal tells something about the bucket.
    if (!/^4\d\d$/.test(code)) throw error;
    return {
      finding: {
        bucket: name,
        check: 'unreadable',
        found: code,
        why: 'its settings cannot be read',
        mend: `check its name (${setting}, as it is deployed), and that the signed-in account may read its settings`,
      },
    };
  }
}

const report = (findings: readonly Finding[]): string =>
  findings.length === 0
    ? 'the buckets are as they must be'
    : findings
        .map(({ bucket, check, found, why, mend }) => `${bucket}: ${check}: ${found}\n  ${why}\n  ${mend}`)
        .join('\n');
