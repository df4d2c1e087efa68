import { z } from 'zod';
import { projectId, type Emulator } from './runner.ts';

/** One expression of the rules, as the emulator reports it. */
interface Expression {
  sourcePosition: { line: number; column: number; currentOffset: number; endOffset: number };
  values?: { value: Record<string, unknown> }[] | undefined;
  children?: Expression[] | undefined;
}

const offset = z.int().default(0);
const expression: z.ZodType<Expression> = z.object({
  sourcePosition: z.object({ line: offset, column: offset, currentOffset: offset, endOffset: offset }),
  values: z.array(z.object({ value: z.record(z.string(), z.unknown()) })).optional(),
  get children() {
    return z.array(expression).optional();
  },
});
const report = z.object({ report: z.array(expression) });

interface Seen {
  line: number;
  text: string;
  /** The condition of an `allow`. */
  allow: boolean;
  evaluated: boolean;
  true: boolean;
  false: boolean;
}

/**
 * All of the emulator's own coverage reports. A report begins anew whenever rules are loaded, and
 * grows by every value that was evaluated. So it is read once per group of tests, and only the
 * relevant part is kept.
 */
export class Coverage {
  readonly #rules: string;
  readonly #seen = new Map<string, Seen>();

  constructor(rules: string) {
    this.#rules = rules;
  }

  async read({ host, port }: Emulator): Promise<void> {
    const response = await fetch(`http://${host}:${port}/emulator/v1/projects/${projectId}:ruleCoverage`);
    if (!response.ok) throw new Error(`rule coverage: ${response.status} ${await response.text()}`);
    for (const found of report.parse(await response.json()).report) this.#add(found, this.#isAllow(found));
  }

  #add({ sourcePosition: at, values = [], children = [] }: Expression, allow: boolean): void {
    const key = `${at.currentOffset}-${at.endOffset}`;
    const seen = this.#seen.get(key) ?? {
      line: at.line,
      text: this.#rules.slice(at.currentOffset, at.endOffset + 1).replaceAll(/\s+/g, ' '),
      allow,
      evaluated: false,
      true: false,
      false: false,
    };
    for (const { value } of values) {
      // An expression that was passed over has a value without content.
      if (Object.keys(value).length > 0) seen.evaluated = true;
      if (value['boolValue'] === true) seen.true = true;
      if (value['boolValue'] === false) seen.false = true;
    }
    this.#seen.set(key, seen);
    for (const child of children) this.#add(child, false);
  }

  /** Whether a whole expression (not a part of one) is the condition of an `allow`. */
  #isAllow({ sourcePosition: { currentOffset } }: Expression): boolean {
    return /\ballow [a-z, ]+:\s*if\s*$/.test(this.#rules.slice(0, currentOffset));
  }

  get expressions(): number {
    return this.#seen.size;
  }

  /** How many `allow` statements the reports speak of. */
  get allows(): number {
    return [...this.#seen.values()].filter(({ allow }) => allow).length;
  }

  /** A line for each gap, with the line of the rules that it is in. */
  gaps(): string[] {
    return [...this.#seen.values()].flatMap((seen) => {
      const where = `firestore.rules:${seen.line}: \`${seen.text}\``;
      if (!seen.evaluated) return [`${where} was never evaluated`];
      if (seen.allow && !seen.true) return [`${where}: this allow never granted anything`];
      if (seen.allow && !seen.false) return [`${where}: this allow never refused anything`];
      return [];
    });
  }
}
