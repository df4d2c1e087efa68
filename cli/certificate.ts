import { readFileSync, writeFileSync } from 'node:fs';
import { Argument, Option, type Command } from 'commander';
import {
  verifyCertificate,
  type CertificateFault,
  type CertificateProblem,
  type CertificateVerified,
} from '../functions/src/erasure/certificate/certificate.ts';
import { certificateAsText, certificatePage } from '../functions/src/erasure/certificate/page.ts';
import { LANGUAGES, type Language } from '../functions/src/texts/index.ts';
import { asUsage, fail, json, print, type Common } from './common.ts';
import { publicKey, trustedKeys } from './verify.ts';

interface Options extends Common {
  readonly publicKey?: string;
}

interface ShowOptions extends Options {
  readonly language: Language;
  readonly out?: string;
}

/**
 * `certificate verify|show`: checks and shows a certificate of erasure. Anybody can run it: it
 * needs no database.
 */
export function certificateCommands(program: Command): void {
  const certificate = program.command('certificate').description('certificates of erasure; needs no database');
  const file = new Argument('<file.json>', 'the certificate, as it is in the evidence bucket');
  certificate
    .command('verify')
    .addArgument(file)
    .description('is it as it was signed, by a key that you trust, and does it hold together?')
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
    .description('the certificate in words, after it was checked')
    .addOption(new Option('--language <language>', 'in which language').choices(LANGUAGES).default('en'))
    .option('--out <page.html>', 'write it as a web page instead')
    .addOption(publicKey)
    .addOption(json)
    .action(async (path: string, options: ShowOptions) => {
      const verified = await load(path, options);
      await asUsage(() => show(verified, options));
      if (!verified.ok) fail();
    });
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
  notJson: 'this is no JSON',
  notACertificate: 'this is not what a certificate of erasure looks like',
  notAsWritten:
    'the file is not byte for byte as it was written (formatted anew, or a field is there twice): take it from the bucket as it is',
  changed: 'something was changed: the hash is of another content',
  badSignature: 'the signature is not of this content by the key that it names',
  untrustedKey: 'another key than those that you trust signed it',
  dates: 'these times contradict each other',
  stateDiffers: 'the state says something else than the outcomes',
  twice: 'this is there twice',
  numbering: 'this does not fit the number, or an interim or final certificate',
};

const describe = ({ problem, where }: CertificateFault): string =>
  `${problem}${where === undefined ? '' : ` (${where})`}: ${meanings[problem]}`;

function report({ ok, faults, certificate, sha256, compared }: CertificateVerified): string {
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
