import { deleteUser } from 'firebase/auth';
import { manualRecipients, sendsMail } from '../../functions/src/policy/lookup.ts';
import { verifyCertificate } from '../../functions/src/erasure/certificate/certificate.ts';
import { signerFrom } from '../../functions/src/crypto/sign.ts';
import type { Policy } from '../../functions/src/policy/schema.ts';
import { erasureText } from '../../functions/src/messages/erasure.ts';
import { openApp } from '../app.ts';
import { outcomesOf, readHead, readJobs, standing, type JobView } from '../read/backend.ts';
import { readMail, type Mail } from '../read/mail.ts';
import { footprint, others, type Footprint, type Others } from '../read/person.ts';
import { same, sameSet, skipped, unchanged, type Letter, type Row } from '../report.ts';
import { person, pseudonym, type Stage } from '../stage.ts';
import { until } from '../wait.ts';
import type { Flow, Played } from './flow.ts';
import { closeTasks, rowsOfTasks, wordsIn, type Asked, type Words } from './officer/tasks.ts';

export interface Seen {
  readonly before: Footprint;
  readonly after: Footprint;
  readonly othersBefore: Others;
  readonly othersAfter: Others;
  readonly job: JobView | undefined;
  /** Recipients that no interface reaches, by the policy. */
  readonly manual: readonly string[];
  readonly ledgerClosed: boolean;
  readonly tombstone: boolean;
  readonly certificate: CertificateSeen;
  /** Undefined: the erasure never came to wait for an officer. */
  readonly asked: Asked | undefined;
  /** Sheets of the person that are left. */
  readonly sheets: number;
  /**
   * Subjects of the last e-mail to the person: the expected one, and the one that was found.
   * Undefined: the policy sends none.
   */
  readonly told: { readonly expected: string; readonly found: string | undefined } | undefined;
}

/** The certificate as it lies in the evidence bucket. */
interface CertificateSeen {
  /** Does it verify, with the key of this suite, without any database? */
  readonly verifies: boolean;
  /** The number of records and recipients that it names. */
  readonly states: number;
  /** Does it, or one of its pages, name the person? */
  readonly namesPerson: boolean;
  /** The languages of its readable pages. */
  readonly pages: readonly string[];
  readonly words: Words;
}

const values = (map: Readonly<Record<string, string>> | undefined) => Object.values(map ?? {});

export function rowsOf(seen: Seen): Row[] {
  const { before, after, othersBefore, othersAfter, job } = seen;
  const outcomes = outcomesOf(job);
  const manual = outcomes.filter((outcome) => outcome.outcome === 'manual').flatMap(({ recipient }) => recipient ?? []);
  const unfinished = outcomes.filter(({ outcome }) => outcome === 'submitted');
  const canceled = values(before.stripe?.subscriptions).map(() => 'canceled');
  return [
    same('The erasure job', 'completed', standing(job)),
    same(`Firestore, of ${before.documents.length} documents`, [], after.documents),
    same(
      'Log lines, kept without uid and address',
      `${before.logLines.there}, 0 telling`,
      `${after.logLines.there}, ${after.logLines.telling} telling`,
    ),
    same(`Storage, of ${before.files.length} files`, [], after.files),
    same('Auth', 'no account', after.account ? 'an account' : 'no account'),
    same('Stripe: the customer', 'deleted', after.stripe?.deleted === true ? 'deleted' : 'not deleted'),
    same('Stripe: the subscriptions', canceled, values(after.stripe?.subscriptions)),
    same('Stripe: invoices that the law keeps', before.stripe?.invoices.length, after.stripe?.invoices.length),
    same('Brevo: the contact', '404', after.brevo ? 'there' : '404'),
    same(`Brevo: e-mails in its log, of ${before.sent}`, 0, after.sent),
    same('Outcomes that another company has yet to finish', 0, unfinished.length),
    sameSet('Recipients without an interface, listed for an officer', seen.manual, manual),
    seen.told === undefined
      ? skipped('The last e-mail to the person')
      : same('The last e-mail to the person', seen.told.expected, seen.told.found),
    ...(seen.asked === undefined
      ? [same('The erasure waits for the officer', 'yes', 'no')]
      : rowsOfTasks(seen.asked, seen.certificate.words, seen.sheets)),
    same('The ledger of the person', 'closed', seen.ledgerClosed ? 'closed' : 'open'),
    same('A tombstone, against what comes late', 'there', seen.tombstone ? 'there' : 'none'),
    same('Certificate, verified without a database', 'verifies', seen.certificate.verifies ? 'verifies' : 'does not'),
    same('Certificate: tells of each record and recipient', 'yes', seen.certificate.states > 0 ? 'yes' : 'no'),
    same('Certificate: names the person', 'no', seen.certificate.namesPerson ? 'yes' : 'no'),
    same('Certificate: readable pages', ['en', 'fr'], seen.certificate.pages),
    unchanged('Other people: documents', othersBefore.documents, othersAfter.documents),
    sameSet('Other people: nothing was added', othersBefore.documents.keys(), othersAfter.documents.keys()),
    unchanged('Other people: files', othersBefore.files, othersAfter.files),
    unchanged('Other people: accounts', othersBefore.accounts, othersAfter.accounts),
    unchanged('Other people: Stripe, one with the same e-mail', othersBefore.stripe, othersAfter.stripe),
    unchanged('Other people: Brevo, one with a similar e-mail', othersBefore.brevo, othersAfter.brevo),
  ];
}

async function readCertificate(stage: Stage, chain: string, names: readonly string[]): Promise<CertificateSeen> {
  const [files] = await stage.clients.files.getFiles({ prefix: `certificates/${chain}/` });
  const texts = new Map<string, string>();
  for (const file of files) texts.set(file.name, (await file.download())[0].toString('utf8'));
  // The final one.
  const json = [...texts].find(([name]) => /(?<!\.interim(-\d+)?)\.json$/.test(name))?.[1] ?? '';
  const { ok, compared, certificate } = verifyCertificate(json, [
    signerFrom(stage.suite.env['EVIDENCE_SIGNING_KEY_V1'] ?? '').publicKey,
  ]);
  const all = [...texts.values()].join('\n').toLowerCase();
  return {
    verifies: ok && compared,
    states: (certificate?.records.length ?? 0) + (certificate?.recipients.length ?? 0),
    namesPerson: names.some((name) => all.includes(name.toLowerCase())),
    words: certificate === null ? {} : wordsIn(certificate),
    pages: ['en', 'fr'].filter((language) => [...texts.keys()].some((name) => name.endsWith(`.${language}.html`))),
  };
}

export const deletion: Flow = {
  title: '4 · Erasure: an account is deleted',
  async run(stage: Stage, say): Promise<Played> {
    const who = person(stage, 'leaves');
    const { uid, displayName, email = '' } = who.account;
    const { compliance } = stage.clients;
    const chain = pseudonym(stage, uid);
    const [before, othersBefore] = await Promise.all([footprint(stage, who), others(stage, who)]);

    const app = await openApp(stage, who);
    try {
      say(`${displayName} deletes the account in the app`);
      await deleteUser(app.user);
    } finally {
      await app.close();
    }
    // Leaves out the jobs that end a retained row later.
    const read = async () => (await readJobs(compliance, 'erasure', chain)).find(({ id }) => !id.includes('_until_'));
    const over = (job: JobView | undefined) => job?.status === 'completed' || job?.status === 'blocked';
    const waits = (job: JobView | undefined) => job?.steps['officers']?.state === 'waiting';
    const wait = { within: 90_000, every: 300 };
    const waiting = await until(read, (job) => over(job) || waits(job), wait);
    say('an officer asks the companies that no interface reaches');
    const manual = manualRecipients(stage.policy).map(({ id }) => id);
    const asked = waits(waiting) ? await closeTasks(stage.officer, waiting?.id ?? '', manual) : undefined;
    const job = await until(read, over, wait);
    say('reading everything back');
    const [after, othersAfter, head, tombstone, certificate, sheets, mail] = await Promise.all([
      footprint(stage, who),
      others(stage, who),
      readHead(compliance, chain),
      compliance.doc(`tombstones/${chain}`).get(),
      readCertificate(stage, chain, [uid, email || uid]),
      compliance.collection('officerSheets').where('pseudonym', '==', chain).count().get(),
      readMail(stage.suite, email),
    ]);
    const last = mail.at(-1);
    const rows = rowsOf({
      before,
      after,
      othersBefore,
      othersAfter,
      job,
      manual,
      ledgerClosed: head?.closed !== undefined,
      tombstone: tombstone.exists,
      certificate,
      asked,
      sheets: sheets.data().count,
      told: sendsMail(stage.policy) ? { expected: waitingSubject(stage.policy), found: last?.subject } : undefined,
    });
    return { letters: last === undefined ? [] : [letterOf(displayName, last)], rows };
  },
};

const letterOf = (who: string, mail: Mail): Letter => ({ read: `${who} reads by e-mail`, ...mail });

/** The subject of the message that only other companies are left. */
const waitingSubject = (policy: Policy): string =>
  erasureText(policy, { what: 'waiting', until: 0 }, policy.languages[0]).subject;
