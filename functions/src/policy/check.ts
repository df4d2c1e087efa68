import type { z } from 'zod';
import { archiveChecks } from './checks/archive.ts';
import { clientChecks } from './checks/client.ts';
import { consentChecks } from './checks/consent.ts';
import { fateChecks } from './checks/fate.ts';
import { findableChecks } from './checks/findable.ts';
import { guardianChecks } from './checks/guardians.ts';
import { languageChecks } from './checks/languages.ts';
import { lawChecks } from './checks/law.ts';
import { lookChecks } from './checks/look.ts';
import { mirrorChecks } from './checks/mirrors.ts';
import { noticeChecks } from './checks/notices.ts';
import { ownChecks } from './checks/own.ts';
import { partyChecks } from './checks/parties.ts';
import { placeChecks } from './checks/places.ts';
import type { Check, Problem } from './checks/problem.ts';
import { provisionChecks } from './checks/provision.ts';
import { recipientChecks } from './checks/recipients.ts';
import { referenceChecks } from './checks/references.ts';
import { contactPath } from './contract.ts';
import { sendsMail } from './lookup.ts';
import { policySchema, type Policy } from './schema.ts';

export type { Problem } from './checks/problem.ts';

/** Every cross-check by its code. */
export const checks: Readonly<Record<string, Check>> = {
  ...referenceChecks,
  ...consentChecks,
  ...fateChecks,
  ...archiveChecks,
  ...placeChecks,
  ...findableChecks,
  ...clientChecks,
  ...ownChecks,
  ...partyChecks,
  ...lookChecks,
  ...lawChecks,
  ...recipientChecks,
  ...mirrorChecks,
  ...provisionChecks,
  ...guardianChecks,
  ...noticeChecks,
  ...languageChecks,
};

export type Checked = { ok: true; policy: Policy } | { ok: false; problems: Problem[] };

/**
 * Checks whether this is a policy, and whether it holds together: first the shape (zod), then every
 * cross-check. Indexes: `checkIndexes` in indexes.ts.
 *
 * @param input the export of a policy file
 * @example const checked = checkPolicy(policy);
 * if (!checked.ok) console.error(checked.problems.map(printProblem).join('\n'))
 */
export function checkPolicy(input: unknown, use: Readonly<Record<string, Check>> = checks): Checked {
  const parsed = policySchema.safeParse(input);
  if (!parsed.success) return { ok: false, problems: parsed.error.issues.map(shapeProblem) };
  const problems = Object.entries(use).flatMap(([code, check]) =>
    check(parsed.data).map((finding) => ({ code, ...finding })),
  );
  return problems.length === 0 ? { ok: true, policy: parsed.data } : { ok: false, problems };
}

/** One line for a person: code, place, problem. */
export const printProblem = ({ code, path, message }: Problem): string => `${code} · ${path}: ${message}`;

/** Names the parts that a policy does without, each with the reason. Nothing is wrong with it. */
export const notesOn = (policy: Policy): string[] => [
  ...(contactPath(policy) === null ? ['off, since the policy has no contactRequests: the function contact'] : []),
  ...(sendsMail(policy)
    ? []
    : [
        'off, since no recipient of the policy carries messages about rights: the functions requestByEmail and links, ' +
          "the officers' e-mail each morning",
      ]),
];

/** The expected content of fields that are most often forgotten. */
const HINTS: Readonly<Record<string, string>> = {
  fate: 'say how its rows end: at least one rule with when, after, then and source',
  source:
    'say where the value comes from: { kind, reference }, kind being policyText, statute, cnil, provider or ownChoice',
  reference: 'name the section, article or page; for an own choice, the reason',
  ground: 'say why it is retained: { article, text }',
  provision:
    'say if the person has to give the data: { required, without, source }, required being contract, law, request or no (Art. 13(2)(e))',
  kept: "say how long it keeps the data: { period, from, source }, from being 'receipt', 'deletion' or 'asked' (Art. 30(1)(f))",
  recipientCategories:
    'name the recipients without a company: teams inside, couriers, agencies; each with its purposes',
  countriesSource: 'say where countries and safeguards come from, and mark it toBeConfirmed until the controller has',
  after: 'give the period, ISO 8601 in calendar units, such as P13M or P2Y',
  when: 'say what the period counts from: { field }, { event } or { withdrawn }',
  text: 'write it in each language of the policy, such as { en, fr }',
};

function shapeProblem(issue: z.core.$ZodIssue): Problem {
  const path = issue.path.map(String).join('.');
  if (issue.code === 'invalid_key')
    return { code: 'shape', path, message: `${issue.message}: ${issue.issues.map((i) => i.message).join('; ')}` };
  const hint = issue.code === 'unrecognized_keys' ? undefined : HINTS[String(issue.path.at(-1))];
  return { code: 'shape', path, message: hint === undefined ? issue.message : `${issue.message}; ${hint}` };
}
