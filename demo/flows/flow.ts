import type { FlowResult, Letter, Row } from '../report.ts';
import type { Stage } from '../stage.ts';

/** Called when something in a flow happened that people may want to see. */
export type Say = (line: string) => void;

/** The result of a flow: a row for each thing that it shows, and texts that people read in it. */
export interface Played {
  readonly letters?: readonly Letter[];
  readonly rows: readonly Row[];
}

export interface Flow {
  readonly title: string;
  readonly run: (stage: Stage, say: Say) => Promise<Played>;
}

/**
 * Runs a flow to its rows in any case. An error becomes a row that is not true, and the flows after
 * it still run.
 */
export async function play(flow: Flow, stage: Stage, say: Say): Promise<FlowResult> {
  const begun = performance.now();
  const seconds = () => (performance.now() - begun) / 1000;
  try {
    return { title: flow.title, ...(await flow.run(stage, say)), seconds: seconds() };
  } catch (error) {
    const actual = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return {
      title: flow.title,
      rows: [{ what: 'The flow runs to its end', expected: 'yes', actual, ok: false }],
      seconds: seconds(),
    };
  }
}
