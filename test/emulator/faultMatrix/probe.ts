import { firestoreInside } from './wire.ts';
if (process.env['INSIDE']) firestoreInside();
import { Drive } from './drive.ts';
import { Injector } from './injector.ts';
import { plant } from './person.ts';
import { stateOf } from './state.ts';
import { erasureIn, falseClaims, notAsPromised, othersTouched, stepsOf } from './judge.ts';
import { openWorld } from './world.ts';
for (const by of ['request', 'deletion'] as const)
  for (let i = 0; i < 3; i++) {
    const t0 = performance.now();
    const world = await openWorld();
    const person = await plant(world);
    const t1 = performance.now();
    const before = await stateOf(world, person);
    const t2 = performance.now();
    const injector = new Injector();
    const drive = new Drive(world, person, injector, false);
    await drive.start(by);
    const ended = await drive.go();
    const t3 = performance.now();
    const after = await stateOf(world, person);
    const t4 = performance.now();
    const job = erasureIn(after);
    console.log(
      by,
      ended,
      job?.status,
      job && stepsOf(job),
      'calls',
      injector.calls.length,
      'processes',
      drive.processes,
      [t1 - t0, t2 - t1, t3 - t2, t4 - t3].map(Math.round),
    );
    console.log(
      [...falseClaims(after), ...othersTouched(before, after), ...notAsPromised(world, person, after, ['', ''])],
      world.alerts,
    );
    if (i === 2) {
      console.log(injector.calls.map(({ name }) => name).join('\n'));
      for (const [id, step] of Object.entries(job?.steps ?? {}))
        console.log(
          id,
          step.outcomes.map((o) => `${'record' in o ? o.record : o.recipient} ${o.outcome} ${o.count}`).join('; '),
        );
    }
    await world.end();
  }
process.exit(0);
