import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { EXIT, exitCodeOf, UnknownError, UsageError } from '../../../cli/common.ts';
import { complianceCommand } from '../../../cli/main.ts';
import {
  BudgetError,
  ComplianceError,
  exitOf,
  PermanentError,
  type ErrorCode,
} from '../../../functions/src/platform/errors.ts';
import { policy } from '../../../functions/policies/deployed.ts';
import { consentPurposes } from '../../../functions/src/policy/lookup.ts';
import { compliance } from './compliance.ts';

/** Every command without further ones below it, with the words that call it. */
const leaves = (command: Command, path: readonly string[] = []): [string, Command][] =>
  command.commands.flatMap((one) =>
    one.commands.length > 0
      ? leaves(one, [...path, one.name()])
      : [[[...path, one.name()].join(' '), one] as [string, Command]],
  );
const commands = leaves(complianceCommand());

describe('every command', () => {
  it('is on docs/command-line.md, and so is each exit code', () => {
    const page = readFileSync(new URL('../../../docs/command-line.md', import.meta.url), 'utf8');
    const listed = [...page.matchAll(/^\| `([a-z -]+)` /gm)].map(([, name]) => name);
    expect(listed.sort()).toEqual(commands.map(([name]) => name).sort());
    for (const [code, meaning] of Object.entries(EXIT))
      expect(page).toMatch(new RegExp(`^\\| ${code} +\\| ${meaning} +\\|$`, 'm'));
  });

  it('ends with 1 by the codes that docs/command-line.md names for it', () => {
    const page = readFileSync(new URL('../../../docs/command-line.md', import.meta.url), 'utf8');
    const [paragraph = ''] = /^An error that ends a command[\s\S]*?\n\n/m.exec(page) ?? [];
    const codes = [...paragraph.matchAll(/`([\w.]+)`/g)].map(([, code = '']) => code as ErrorCode);
    expect(codes.map((code) => [code, exitOf(code)])).toEqual(codes.map((code) => [code, 1]));
    expect(codes.length).toBeGreaterThan(0);
  });

  it.each(commands.map(([name]) => [name]))(
    '%s: its help says its exit codes, and it can answer as JSON',
    async (name) => {
      const { code, stdout } = await compliance(...name.split(' '), '--help');
      expect(code).toBe(0);
      for (const [exit, meaning] of Object.entries(EXIT)) expect(stdout).toContain(`${exit} ${meaning}`);
      expect(stdout).toMatch(/^ +--json /m);
    },
  );

  const onDatabases = commands.filter(([, one]) => one.options.some(({ long }) => long === '--project'));
  it.each(onDatabases.map(([name, one]) => [name, one] as const))(
    '%s: ends with 2 without a project',
    async (name, one) => {
      const { code, stdout, stderr } = await compliance(...called(name, one));
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toContain('which project?');
    },
  );

  /** These need no key: they say that without one no seal is checked. */
  const keyless = ['ledger verify', 'ledger export', 'doctor'];
  it.each(onDatabases.filter(([name]) => !keyless.includes(name)))(
    '%s: needs the pseudonym key, and its help says so',
    async (name, one) => {
      const { code, stdout, stderr } = await compliance(...called(name, one), '--project', 'demo-x');
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toContain('PSEUDONYM_KEY_V1 is not set');
      const help = await compliance(...name.split(' '), '--help');
      expect(help.stdout.replace(/\s+/g, ' ')).toMatch(/Needs PSEUDONYM_KEY_V1/);
    },
  );

  it.each(['request copy', 'erasure plan', 'export add', 'export look'])(
    '%s: works with the bucket of the exports, and its help says so',
    async (name) => expect((await compliance(...name.split(' '), '--help')).stdout).toContain('EXPORT_BUCKET'),
  );

  it('that takes a name is on the page under "Who decides"', () => {
    const page = readFileSync(new URL('../../../docs/command-line.md', import.meta.url), 'utf8');
    const section = /^## Who decides$(.*)/ms.exec(page.replace(/^```$.*?^```$/gms, ''))?.[1] ?? '';
    const named = [...section.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text.replace(/\s+/g, ' '));
    for (const [name, one] of commands)
      if (one.options.some(({ long }) => long === '--as')) expect(named, name).toContain(name);
  });

  const called = (name: string, one: Command): string[] => [
    ...name.split(' '),
    ...one.registeredArguments.map(() => 'x'),
    ...one.options
      .filter(({ mandatory }) => mandatory)
      .flatMap(({ long, argChoices }) => [long ?? '', argChoices?.[0] ?? valueOf(long)]),
    ...(more[name] ?? []),
  ];

  /** Arguments without which a command is used wrongly in another way. */
  const more: Readonly<Record<string, readonly string[]>> = {
    'ledger prove': ['--uid', 'x'],
    'hold set': ['--uid', 'x'],
    'request enter': ['--uid', 'x'],
    'certificate list': ['--uid', 'x'],
    'erasure plan': ['--uid', 'x'],
    'erasure start': ['--uid', 'x'],
    'erasure replay': ['--since', '2026-03-01'],
    'export add': ['--nothing'],
    'export give': ['--all'],
    'suppression lift': ['--proven'],
  };
  const valueOf = (long: string | null | undefined): string =>
    ({ '--email': 'ada@example.com', '--purpose': consentPurposes(policy)[0] })[long ?? ''] ?? 'x';
});

describe('an error that ends a command', () => {
  it.each([
    [0, 'help', new CommanderError(0, 'commander.helpDisplayed', '')],
    [1, 'something that is not there', new UnknownError('no such job')],
    [1, 'a person whom nobody knows', new PermanentError('officer.unknown', '')],
    [1, 'a uid that is another person’s', new PermanentError('uid_in_use', '')],
    [1, 'a power by which nobody may ask', new ComplianceError('request.power', '')],
    [1, 'a chain whose head was set back', new ComplianceError('ledger.set_back', '')],
    [1, 'a legal hold without its address', new ComplianceError('hold.address', '')],
    [2, 'an option that is none', new CommanderError(1, 'commander.unknownOption', '')],
    [2, 'a missing setting', new UsageError('PSEUDONYM_KEY_V1 is not set')],
    [2, 'a setting that is wrong', new ComplianceError('config', '')],
    [2, 'an address that is none', new ComplianceError('officer.email', '')],
    [2, 'a key of the sheets that is not set', new PermanentError('officer.sheetKey', '')],
    [3, 'a company that is not reached', new ComplianceError('stripe.network', '')],
    [3, 'a budget that is used up', new BudgetError('brevo.budget', '', 1)],
    [3, 'a database that is not reached', Object.assign(new Error('14 UNAVAILABLE'), { code: 14 })],
    [3, 'an error that nobody foresaw', new TypeError('x is not a function')],
  ] as const)('%i: %s', (code, _, error) => {
    expect(exitCodeOf(error)).toBe(code);
  });
});
