import type { Brevo } from '@getbrevo/brevo';
import { z } from 'zod';
import type { Answer } from '../standin.ts';
import type { Router } from '../router.ts';
import { invalid, notFound } from './errors.ts';
import * as p from './params.ts';
import type { BrevoContext, Process } from './state.ts';

const processesQuery = z.strictObject(p.paging(10, 50));

/** The documentation does not list all names: the deletion of logs is missing. */
type ShownProcess = Omit<Brevo.GetProcessResponse, 'name'> & { name: string };

/**
 * https://developers.brevo.com/reference/get-process and
 * https://developers.brevo.com/reference/get-account
 */
export function account(router: Router<BrevoContext, Answer>): void {
  router.on('GET', '/v3/processes', ({ state, query }) => {
    const params = p.readParams(processesQuery, query);
    const all = p.inOrder([...state.processes.values()], params.sort);
    return { status: 200, body: { count: all.length, processes: p.slice(all, params).map(show) } };
  });

  router.on('GET', '/v3/processes/:id', ({ state }, { id }) => {
    if (!/^\d+$/.test(id)) throw invalid('Process ID should be an integer');
    const process = state.processes.get(Number(id));
    if (!process) throw notFound('Process ID does not exist');
    const body = show(process);
    process.polls += 1;
    return { status: 200, body };
  });

  router.on('GET', '/v3/account', () => ({
    status: 200,
    body: {
      organization_id: 'local',
      user_id: 1,
      enterprise: false,
      companyName: 'Local Brevo',
      email: 'account@local.test',
      firstName: 'Local',
      lastName: 'Account',
      address: { city: 'Paris', country: 'France', street: '1 rue Locale', zipCode: '75001' },
      marketingAutomation: { enabled: true, key: 'local' },
      plan: [{ type: 'free', credits: 300, creditsType: 'sendLimit' }],
      relay: { enabled: true, data: { userName: 'account@local.test', relay: 'smtp-relay.brevo.com', port: 587 } },
    } satisfies Brevo.GetAccountResponse,
  }));
}

/** queued until the first look, in_process until its effect is there, completed. */
function show(process: Process): ShownProcess {
  const status = !process.effect ? 'completed' : process.polls === 0 ? 'queued' : 'in_process';
  return { id: process.id, name: process.name, status };
}
