import { z } from 'zod';
import type { Answer, Call, Desk } from './standin.ts';
import { faultList } from './faults.ts';

const clockBody = z.strictObject({ now: z.union([z.number().int(), z.iso.datetime({ offset: true }), z.null()]) });

/**
 * Answers the addresses under `/_control/`: `requests` (GET, DELETE), `state` (DELETE), `faults`
 * (GET, PUT), `clock` (GET, PUT) and those of the provider. They need no key and are not recorded.
 */
export function answerControl(desk: Desk, call: Call): Answer {
  const name = call.path.slice('/_control/'.length);
  const what = `${call.method} ${name}`;
  try {
    switch (what) {
      case 'GET requests':
        return { status: 200, body: desk.requests.list() };
      case 'DELETE requests':
        desk.requests.clear();
        return { status: 204 };
      case 'DELETE state':
        desk.standIn.reset();
        desk.faults.set([]);
        return { status: 204 };
      case 'GET faults':
        return { status: 200, body: desk.faults.list() };
      case 'PUT faults':
        desk.faults.set(faultList.parse(JSON.parse(call.body)));
        return { status: 200, body: desk.faults.list() };
      case 'GET clock':
        return { status: 200, body: { now: desk.clock.now() } };
      case 'PUT clock': {
        const { now } = clockBody.parse(JSON.parse(call.body));
        desk.clock.set(typeof now === 'string' ? Date.parse(now) : now);
        return { status: 200, body: { now: desk.clock.now() } };
      }
    }
    const control = desk.standIn.controls[name];
    if (control && call.method === 'GET') return { status: 200, body: control.get() };
    if (control && call.method === 'PUT') {
      control.put(control.schema.parse(JSON.parse(call.body)));
      return { status: 200, body: control.get() };
    }
  } catch (error) {
    const issues = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    return { status: 400, body: { message: `${what}: ${issues}` } };
  }
  return { status: 404, body: { message: `This stand-in has no control "${what}"` } };
}
