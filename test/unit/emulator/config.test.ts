import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { cleanEnvironment } from '../../../emulator/environment.ts';
import { problemsOf } from '../../../emulator/functions.ts';
import { suiteParameters } from '../../../emulator/parameters.ts';
import { choosePorts, DEFAULT_PORTS } from '../../../emulator/processes/ports.ts';
import { dotenv, emulatorConfig } from '../../../emulator/workspace.ts';

const context = {
  project: 'demo-x',
  stripeUrl: 'http://127.0.0.1:1',
  brevoUrl: 'http://127.0.0.1:2',
  marketingList: 1,
};

describe('the configuration of the emulators', () => {
  it('gives Firestore the single form, and every emulator loopback and its port', () => {
    const config = emulatorConfig(DEFAULT_PORTS) as { firestore: object; emulators: Record<string, { host?: string }> };
    expect(Array.isArray(config.firestore)).toBe(false);
    const { ui, singleProjectMode, ...emulators } = config.emulators;
    expect([ui, singleProjectMode]).toEqual([{ enabled: false }, false]);
    for (const [name, { host }] of Object.entries(emulators)) expect([name, host]).toEqual([name, '127.0.0.1']);
  });

  it('writes .env files that the CLI reads back as the same values', () => {
    const { parse } = createRequire(import.meta.url)('firebase-tools/lib/functions/env.js') as {
      parse: (text: string) => { envs: Record<string, string>; errors: string[] };
    };
    const values = {
      A: 'plain',
      B: 'with "quotes" and \'these\'',
      C: 'back\\slash\\n',
      D: 'two\nlines # no comment',
      E: '',
      F: 'a=b=',
    };
    expect(parse(dotenv(values))).toEqual({ envs: values, errors: [] });
  });

  it('sets short waits in seconds, and the real ones when asked for', () => {
    expect(Number(suiteParameters({ ...context, waits: 'short' }).params.SECOND_LOOK_SECONDS)).toBeLessThan(60);
    expect(suiteParameters({ ...context, waits: 'real' }).params.SECOND_LOOK_SECONDS).toBe('90000');
  });

  it('takes other values of parameters that there are, and of no others', () => {
    const { params } = suiteParameters({ ...context, waits: 'short', params: { OFFICER_EMAIL: 'o@example.com' } });
    expect([params.OFFICER_EMAIL, params.OFFICER_LANGUAGE]).toEqual(['o@example.com', 'en']);
    expect(() => suiteParameters({ ...context, waits: 'short', params: { OFFICER_MAIL: 'x' } })).toThrow(
      /OFFICER_MAIL/,
    );
  });

  it('makes a pseudonym key that stays: pseudonyms of two runs can be compared', () => {
    const [one, two] = [1, 2].map(() => suiteParameters({ ...context, waits: 'short' }).secrets);
    expect(one?.PSEUDONYM_KEY_V1).toBe(two?.PSEUDONYM_KEY_V1);
    expect(one?.PSEUDONYM_KEY_V1?.length).toBeGreaterThan(40);
  });

  it('keeps variables that point elsewhere out of a suite', () => {
    const env = {
      PATH: '/bin',
      FIRESTORE_EMULATOR_HOST: 'x',
      GOOGLE_APPLICATION_CREDENTIALS: 'real.json',
      VITEST: 'true',
    };
    expect(cleanEnvironment({ ...env, FIREBASE_TOKEN: 't', FIREBASE_EMULATOR_HUB: 'x', HOME: '/h' })).toEqual({
      PATH: '/bin',
      HOME: '/h',
    });
  });
});

describe('ports', () => {
  it('takes a block of its own, and another one if a suite was faster', async () => {
    const asked: number[] = [];
    const ports = await choosePorts('auto', async (port) => asked.push(port) > 1);
    expect(asked.length).toBeGreaterThanOrEqual(2);
    expect(ports.courier).toBe(asked.at(-1));
    expect(new Set(Object.values(ports)).size).toBe(Object.keys(DEFAULT_PORTS).length);
  });
});

describe('the functions that a suite must have', () => {
  const declared = [
    { entryPoint: 'a', scheduled: false, secrets: ['KEY'] },
    { entryPoint: 'tick', scheduled: true, secrets: [] },
  ];
  const loaded = ['a', 'tick'].map((name) => ({ entryPoint: name, name, id: `eu-${name}` }));

  it('finds nothing wrong when all are loaded', () => {
    expect(problemsOf(declared, loaded, 'functions[eu-a]: firestore function initialized.', ['KEY'])).toEqual([]);
  });

  it('names those that were not loaded, were ignored, or lack a secret', () => {
    const output = '[functions[eu-a]] functions[eu-a]: function ignored because the pubsub emulator does not exist.\n';
    expect(problemsOf(declared, loaded.slice(0, 1), output, [])).toEqual([
      'tick was not loaded',
      'eu-a: function ignored because the pubsub emulator does not exist.',
      'a needs the secret KEY, which emulator/parameters.ts does not set',
    ]);
  });
});
