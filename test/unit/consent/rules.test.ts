import { Timestamp } from 'firebase-admin/firestore';
import { FieldValue as ClientFieldValue, Timestamp as ClientTimestamp } from 'firebase/firestore';
import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { consentDocument, devicePermissionDocument, readConsent } from '../../../functions/src/consent/documents.ts';
import { renderRules } from '../../../functions/src/policy/generate/rules.ts';
import { readRequest } from '../../../functions/src/rights/plan.ts';
import { contract, type PathContract } from '../../rules/contract.ts';
import type { Data } from '../../rules/case.ts';
import { casesOf } from '../../rules/matrix.ts';

/**
 * The backend reads every write that the rules allow an owner. It refuses each write that they
 * refuse for its form, if a server made it. The shapes read here the matrix that tests the rules
 * (test/rules).
 */

const now = Timestamp.fromMillis(Date.parse('2026-03-01T09:00:00Z'));

/** A value as an event has it: written by the client's SDK, read by the server's. */
function stored(value: unknown): unknown {
  if (value instanceof ClientFieldValue) return now;
  if (value instanceof ClientTimestamp) return Timestamp.fromMillis(value.toMillis());
  if (Array.isArray(value)) return value.map(stored);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, stored(inner)]));
}

interface Written {
  readonly name: string;
  readonly id: string;
  readonly data: Data;
  readonly granted: boolean;
}

function pathOf(template: string): PathContract {
  const found = contract.find(({ path }) => path === template);
  if (!found) throw new Error(`the contract has no ${template}`);
  return found;
}

/** Every document that the matrix creates. */
const creates = (template: string): Written[] =>
  casesOf(pathOf(template)).flatMap(({ name, id, granted, do: action }) =>
    action.op === 'create' ? [{ name, id, granted, data: action.data }] : [],
  );

/**
 * Refused for another reason than its form: the server's clock, the document's id, the writer of
 * the field.
 */
const otherReason = /server|the device's clock|of tomorrow|of the past|with the id|with a null|from the start/;

const paths = [
  ['users/{uid}/consents/{id}', (data: unknown) => readConsent(data).ok],
  ['users/{uid}/devicePermissions/{id}', (data: unknown) => devicePermissionDocument().safeParse(data).success],
  ['users/{uid}/privacyRequests/{id}', (data: unknown, id: string) => readRequest(id, data, now.toMillis() + 1e12).ok],
] as const;

describe.each(paths)('%s', (template, reads) => {
  const all = creates(template);

  test('a write that the rules accept is read', () => {
    const accepted = all.filter(({ granted }) => granted);
    expect(accepted.length).toBeGreaterThan(10);
    expect(accepted.filter(({ data, id }) => !reads(stored(data), id)).map(({ name }) => name)).toEqual([]);
  });

  test('a write that the rules refuse for its form is refused', () => {
    const refused = all.filter(({ granted, name }) => !granted && !otherReason.test(name));
    expect(refused.length).toBeGreaterThan(30);
    const read = refused.filter(({ data, id }) => reads(stored(data), id)).map(({ name }) => name);
    // No details are a reason to refuse a right: an archive that cannot be sent is made all the
    // same, and words that are too long are left out.
    expect(
      read.filter((name) => !/details (of 51 keys|with a \w+( as)? (transmitTo|text|correction))/.test(name)),
    ).toEqual([]);
  });
});

describe('the numbers in the generated rules', () => {
  const rules = renderRules(amikeo);

  /** The lengths that one function of the rules sets, by field. */
  function lengths(name: string): [string, number, number][] {
    const body = new RegExp(`function ${name}\\(\\) \\{(.*?)\\n\\s*\\}\\n`, 's').exec(rules)?.[1] ?? '';
    return [...body.matchAll(/\b(?:optionalText\('(\w+)', (\d+)\)|text\('(\w+)', (\d+), (\d+)\))/g)].map(
      ([, optional, most, field, min, max]) => [optional ?? field ?? '', Number(min ?? 0), Number(most ?? max)],
    );
  }

  test.each([
    ['isConsent', consentDocument().shape, ['deviceId']],
    ['isDevicePermission', devicePermissionDocument().shape, ['deviceId', 'platform']],
  ] as const)('%s: every length is the shape’s, in characters', (name, shape, fields) => {
    const found = lengths(name);
    expect(found.map(([field]) => field).sort()).toEqual([...fields].sort());
    for (const [field, min, max] of found) {
      const accepts = (length: number, character = 'x'): boolean =>
        (shape as Record<string, { safeParse(value: unknown): { success: boolean } }>)[field]?.safeParse(
          character.repeat(length),
        ).success === true;
      for (const length of [min, max]) expect([field, length, accepts(length)]).toEqual([field, length, true]);
      expect([field, accepts(max, '🦉'), accepts(max + 1), accepts(max + 1, '🦉')]).toEqual([
        field,
        true,
        false,
        false,
      ]);
      if (min > 0) expect([field, accepts(min - 1)]).toEqual([field, false]);
    }
  });

  test.each(['locale', 'appVersion'] as const)('the length and the form of %s are the shape’s', (field) => {
    const [, max, form] = new RegExp(`optionalForm\\('${field}', (\\d+), '(.*)'\\)`).exec(rules) ?? [];
    const shape = consentDocument().shape[field];
    expect(z.toJSONSchema(shape, { io: 'input' })).toMatchObject({ type: 'string', pattern: `^(${form ?? ''})?$` });
    const codes = (length: number) => shape.safeParse('-'.repeat(length)).error?.issues.map(({ code }) => code);
    expect([codes(Number(max)), codes(Number(max) + 1)]).toEqual([['invalid_format'], ['too_big']]);
  });

  test('the pattern of a policy version is the shape’s', () => {
    const pattern = /policyVersion\.matches\('(.*)'\)/.exec(rules)?.[1];
    const { pattern: own } = JSON.parse(
      JSON.stringify(consentDocument().shape.policyVersion.def.checks?.[0]?._zod.def, (_, value: unknown) =>
        value instanceof RegExp ? value.source : value,
      ),
    ) as { pattern: string };
    expect(own).toBe(`^${pattern ?? ''}$`);
  });
});
