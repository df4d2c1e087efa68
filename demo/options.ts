import { InvalidArgumentError, Option, type Command } from 'commander';
import { SMALLEST_SET } from '../fixtures/cast.ts';
import type { SuiteOptions } from '../emulator/suite.ts';

export interface Flags {
  readonly firestore: NonNullable<SuiteOptions['firestore']>;
  readonly ports: NonNullable<SuiteOptions['ports']>;
  readonly seed: number;
  readonly people: number;
  readonly verbose: boolean;
  readonly json: boolean;
}

function wholeNumber(least: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (!Number.isSafeInteger(number) || number < least)
      throw new InvalidArgumentError(`A whole number of at least ${least}.`);
    return number;
  };
}

/** Adds the options that `npm run demo` and `npm start` share. */
export function withSuiteOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--firestore <backend>', "Google's emulator if it is there, or the embedded one, which needs no Java")
        .choices(['auto', 'official', 'embedded'])
        .default('auto'),
    )
    .addOption(
      new Option('--ports <ports>', "the Firebase CLI's usual ports, or free ones")
        .choices(['default', 'auto'])
        .default('default'),
    )
    .addOption(new Option('--seed <number>', 'which people are invented').argParser(wholeNumber(0)).default(1))
    .addOption(new Option('--people <number>', 'how many').argParser(wholeNumber(SMALLEST_SET)).default(32))
    .option('--verbose', 'show the output of the Firebase CLI', false);
}
