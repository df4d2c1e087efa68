import { writeFileSync } from 'node:fs';
import { Option, type Command } from 'commander';
import {
  findCertificates,
  isCertificateName,
  readCertificate,
  type CertificateQuery,
  type FoundCertificates,
  type StoredCertificate,
} from '../functions/src/erasure/certificate/find.ts';
import { isPseudonym } from '../functions/src/subject/pseudonym.ts';
import { report } from './certificate.ts';
import { asUsage, fail, print, UnknownError, UsageError, withProject, type Common } from './common.ts';
import { officerContext } from './context.ts';
import { day } from './times.ts';
import { publicKey, trustedKeys } from './ledger/verify.ts';

interface Options extends Common {
  readonly publicKey?: string;
}

interface Whose extends Options {
  readonly uid?: string;
  readonly email?: string;
  readonly pseudonym?: string;
}

const NEEDS = '\nNeeds PSEUDONYM_KEY_V1, and EVIDENCE_BUCKET if the evidence has a bucket of its own.';

/** `certificate list|fetch`: finds certificates in the evidence bucket, and changes nothing. */
export function storedCertificateCommands(certificate: Command): void {
  withProject(certificate.command('list'))
    .option('--uid <uid>', 'of Firebase Auth: of each person who ever had it')
    .option('--email <address>', 'that the erased person had verified, or proven')
    .addOption(new Option('--pseudonym <pseudonym>', 'as `request list` and `ledger prove` show it'))
    .description('finds the certificates of a person in the evidence bucket; names them by the pseudonym alone')
    .addHelpText('after', NEEDS)
    .addOption(publicKey)
    .action(async (options: Whose) => {
      const person = whoseOf(options);
      const trusted = await asUsage(() => trustedKeys(options.publicKey));
      const found = await findCertificates(officerContext(options), person, trusted);
      const { certificates, uncertified } = found;
      print(options, { certificates: certificates.map(shortly), uncertified }, () => listed(found));
      const isMissing = uncertified.some(({ completedAt }) => completedAt !== undefined);
      if (certificates.length === 0 || certificates.some(({ ok }) => !ok) || isMissing) fail();
    });

  withProject(certificate.command('fetch'))
    .argument('<name>', 'of its object, as `certificate list` shows it')
    .requiredOption('--to <file.json>', 'the file to write; it must not exist')
    .description('copies a certificate out of the evidence bucket, byte for byte, and checks it')
    .addHelpText('after', NEEDS)
    .addOption(publicKey)
    .action(async (name: string, options: Options & { to: string }) => {
      const { to } = options;
      const trusted = await asUsage(() => trustedKeys(options.publicKey));
      const context = officerContext(options);
      if (!isCertificateName(name)) throw new UsageError('a name is certificates/PSEUDONYM/ERASURE.json');
      const stored = await readCertificate(context, name, trusted);
      if (stored === null) throw new UnknownError('there is no certificate of this name');
      await asUsage(() => writeFileSync(to, stored.text, { flag: 'wx' }));
      print(options, { ...shortly(stored), file: to }, () => [to, report(stored)].join('\n'));
      if (!stored.ok) fail();
    });
}

function whoseOf({ uid, email, pseudonym }: Whose): CertificateQuery {
  const given = [uid, email, pseudonym].filter((one) => one !== undefined);
  if (given.length !== 1) throw new UsageError('of which person? Give one of --uid, --email and --pseudonym');
  if (uid !== undefined) return { uid };
  if (email !== undefined) return { email };
  if (pseudonym === undefined || !isPseudonym(pseudonym)) throw new UsageError('--pseudonym is none');
  return { pseudonym };
}

function shortly({ name, certificate, ok, faults, sha256, compared }: StoredCertificate) {
  const { id = null, number = null, interim = null, times } = certificate ?? {};
  return { name, id, number, interim, issued: times?.issued ?? null, sha256, ok, faults, compared };
}

function listed({ certificates, uncertified }: FoundCertificates): string {
  const lines = certificates.flatMap(({ name, certificate, ok }) => {
    const what = certificate === null ? 'no certificate' : kindOf(certificate);
    return [name, `  ${what}; ${ok ? 'it holds' : 'it does NOT hold: `certificate fetch` says why'}`];
  });
  for (const { pseudonym, job, completedAt } of uncertified)
    lines.push(
      completedAt === undefined
        ? `${pseudonym}: being erased, and no certificate yet: erasure show ${job}`
        : `${pseudonym}: erased on ${day(completedAt)}, and NO final certificate of it is there: erasure show ${job}`,
    );
  const isUncompared = certificates.some(({ compared }) => !compared);
  if (isUncompared) lines.push('no key was compared: give yours with --public-key or EVIDENCE_PUBLIC_KEY');
  return lines.length === 0 ? 'no certificate, and no erasure' : lines.join('\n');
}

const kindOf = ({ interim, number, times }: NonNullable<StoredCertificate['certificate']>): string =>
  `${interim ? 'interim ' : ''}certificate ${number}, issued ${day(Date.parse(times.issued))}`;
