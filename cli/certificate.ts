import { readFileSync, writeFileSync } from 'node:fs';
import { Argument, Option, type Command } from 'commander';
import {
  verifyCertificate,
  type CertificateFault,
  type CertificateProblem,
  type CertificateVerified,
} from '../functions/src/erasure/certificate/certificate.ts';
import { certificateAsText, certificatePage } from '../functions/src/erasure/certificate/page.ts';
import { LANGUAGES, type Language } from '../functions/src/texts/languages.ts';
import { asUsage, fail, json, print, type Common } from './common.ts';
import { publicKey, trustedKeys } from './ledger/verify.ts';

interface Options extends Common {
  readonly publicKey?: string;
}

interface ShowOptions extends Options {
  readonly language: Language;
  readonly out?: string;
}

/**
 * `certificate verify|show`: checks and shows a certificate of erasure. Anybody can run it: it
 * needs no database. `list` and `fetch` are in certificates.ts.
 */
export function certificateCommands(program: Command): Command {
  const certificate = program
    .command('certificate')
    .description('certificates of erasure; verify and show need no database');
  const file = new Argument('<file.json>', 'the certificate, as it is in the evidence bucket');
  certificate
    .command('verify')
    .addArgument(file)
    .description('checks that it is as it was signed, by a key that you trust, and that its parts agree')
    .addOption(publicKey)
    .addOption(json)
    .action(async (path: string, options: Options) => {
      const verified = await load(path, options);
      const { ok, faults, sha256, compared, certificate: found } = verified;
      const { id = null, number = null, interim = null, keyId = null } = found ?? {};
      print(options, { ok, faults, sha256, compared, id, number, interim, keyId }, () => report(verified));
      if (!ok) fail();
    });
  certificate
    .command('show')
    .addArgument(file)
    .description('checks a certificate, and shows it in words')
    .addOption(new Option('--language <language>', 'language of the text').choices(LANGUAGES).default('en'))
    .option('--out <page.html>', 'write it as a web page instead')
    .addOption(publicKey)
    .addOption(json)
    .action(async (path: string, options: ShowOptions) => {
      const verified = await load(path, options);
      await asUsage(() => show(verified, options));
      if (!verified.ok) fail();
    });
  return certificate;
}

const load = (path: string, options: Options): Promise<CertificateVerified> =>
  asUsage(() => verifyCertificate(readFileSync(path, 'utf8'), trustedKeys(options.publicKey)));

function show(verified: CertificateVerified, options: ShowOptions): void {
  const { certificate, ok, faults, sha256 } = verified;
  const { language, out } = options;
  // A changed certificate is shown with its faults, and never written as a page.
  if (!ok || out === undefined) console.error(report(verified));
  const text = certificate === null || out !== undefined ? null : certificateAsText(certificate, sha256, language);
  const page = certificate === null || out === undefined || !ok ? null : out;
  if (certificate !== null && page !== null) writeFileSync(page, certificatePage(certificate, sha256, language));
  if (options.json === true || text !== null || page !== null)
    print(options, { ok, faults, sha256, text, page }, () => text ?? `${page ?? ''}\n${report(verified)}`);
}

const meanings: Readonly<Record<CertificateProblem, string>> = {
  notJson: 'this is not JSON',
  notACertificate: 'this does not have the shape of a certificate of erasure',
  notAsWritten:
    'the file is not byte for byte as it was written (formatted anew, or a field is there twice): take it from the bucket as it is',
  changed: 'its content was changed: the hash differs',
  badSignature: 'the key that it names did not sign this content',
  untrustedKey: 'it was signed with a key that you do not trust',
  dates: 'these times contradict each other',
  stateDiffers: 'the state does not agree with the outcomes',
  twice: 'this occurs twice',
  numbering: 'this contradicts the number, or whether the certificate is interim or final',
};

const describe = ({ problem, where }: CertificateFault): string =>
  `${problem}${where === undefined ? '' : ` (${where})`}: ${meanings[problem]}`;

export function report({ ok, faults, certificate, sha256, compared }: CertificateVerified): string {
  const lines = faults.map(describe);
  lines.push(`SHA-256 ${sha256}`);
  if (certificate !== null) {
    const kind = certificate.interim ? 'interim certificate' : 'certificate';
    lines.push(`${kind} ${certificate.number} of ${certificate.id}, issued ${certificate.times.issued}`);
    if (certificate.supersedes !== null) lines.push(`replaces the one with the SHA-256 ${certificate.supersedes}`);
    if (!compared)
      lines.push(
        `the key ${certificate.keyId} was not compared with one that you trust: give it with --public-key or EVIDENCE_PUBLIC_KEY`,
      );
  }
  lines.push(ok ? 'it holds' : 'it does NOT hold');
  return lines.join('\n');
}
