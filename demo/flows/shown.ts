import { connectFunctionsEmulator, getFunctions, httpsCallable } from 'firebase/functions';
import { deployment } from '../../functions/src/deployment.generated.ts';
import type { Receipt } from '../../functions/src/proof/receipt/receipt.ts';
import { historyOf, type History } from '../../functions/src/proof/history.ts';
import { proveAt, provenNotice } from '../../functions/src/proof/prove.ts';
import { functionName } from '../../functions/src/platform/functions.ts';
import { REGION } from '../../functions/src/platform/functions.ts';
import type { App } from '../app.ts';
import { same, type Row } from '../report.ts';
import { keysOf, type Stage } from '../stage.ts';

/**
 * The ledger as the person sees it (a receipt), and as a regulator does (`compliance ledger
 * prove`).
 */
export interface Shown {
  readonly receipt: Receipt;
  readonly html: string;
  readonly history: History | null;
}

/** Calls `consentReceipt` as the app does, and reads the same history as `ledger prove`. */
export async function readShown(stage: Stage, app: App, chain: string): Promise<Shown> {
  const { hostname, port } = new URL(`http://${stage.suite.env['FUNCTIONS_EMULATOR_HOST'] ?? ''}`);
  const functions = getFunctions(app.auth.app, REGION);
  connectFunctionsEmulator(functions, hostname, Number(port));
  const ask = httpsCallable<object, { receipt: string; html: string }>(
    functions,
    functionName(deployment.prefix, 'consentReceipt'),
  );
  const { receipt, html } = (await ask({ language: 'fr' })).data;
  const history = await historyOf({ clients: { own: () => stage.clients.compliance }, keys: keysOf(stage) }, chain);
  return { receipt: JSON.parse(receipt) as Receipt, html, history };
}

export function shownRows({ policy }: Pick<Stage, 'policy'>, { receipt, html, history }: Shown, stands: object): Row[] {
  const said = receipt.consent_records.map((r) => [r.pii_processing[0]?.purpose.purpose_id, r.current_state]);
  const texts = receipt.consent_records.flatMap((r) => r.privacy_notice.map(({ notice_check }) => notice_check));
  const entries = history?.entries ?? [];
  const withdrawal = entries.find(({ purpose, state }) => purpose === 'messages' && state === 'withdrawn');
  const prove = (at: number): string => {
    const { agreed, shownBy } = proveAt(entries, 'messages', at);
    const text = shownBy === null ? 'none' : provenNotice(policy, shownBy).kind;
    return `${agreed ? 'agreed' : 'not agreed'}, text: ${text}, ${history?.problems.length ?? 0} problems in the ledger`;
  };
  const at = withdrawal?.occurredAt ?? 0;
  return [
    same('Receipt of the person: what stands', stands, Object.fromEntries(said)),
    same('Receipt: the texts that were shown', 'exact, exact, exact', texts.join(', ')),
    same('Receipt: its page', 'in French, without scripts', pageOf(html)),
    same(
      'Proof: messages, just before it was withdrawn',
      'agreed, text: exact, 0 problems in the ledger',
      prove(at - 1),
    ),
    same('Proof: messages, when it was withdrawn', 'not agreed, text: exact, 0 problems in the ledger', prove(at)),
  ];
}

const pageOf = (html: string): string =>
  `${html.includes('<html lang="fr">') ? 'in French' : 'in another language'}, ${/<script/i.test(html) ? 'with' : 'without'} scripts`;
