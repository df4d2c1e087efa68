import { runCompliance, type Ran } from '../../compliance.ts';

/** A command as anybody runs it: no project, no emulator, no key in the environment. */
export const compliance = (...args: string[]): Promise<Ran> =>
  runCompliance(args, {
    PATH: process.env['PATH'],
    FIRESTORE_EMULATOR_HOST: '127.0.0.1:1',
    EVIDENCE_PUBLIC_KEY: '',
  });
