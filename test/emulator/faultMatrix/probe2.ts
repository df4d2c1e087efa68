import { firestoreInside } from './wire.ts';
if (process.env['INSIDE']) firestoreInside();
import { Drive } from './drive.ts';
import { Injector } from './injector.ts';
import { plant } from './person.ts';
import { openWorld } from './world.ts';
for (let i = 0; i < 12; i++) {
  const world = await openWorld();
  const person = await plant(world);
  const injector = new Injector();
  const times: number[] = [];
  const call = injector.call.bind(injector);
  injector.call = (...a) => {
    times.push(performance.now());
    return call(...a);
  };
  const drive = new Drive(world, person, injector, false);
  await drive.start('request');
  const cpu = process.cpuUsage();
  const t0 = performance.now();
  await drive.go();
  const used = process.cpuUsage(cpu);
  console.log(
    'run',
    Math.round(performance.now() - t0),
    'cpu',
    Math.round((used.user + used.system) / 1000),
    drive.processes,
  );
  if (i === 11) {
    const rows = injector.calls.map(({ name }, n) => ({ name, ms: (times[n + 1] ?? performance.now()) - times[n]! }));
    rows.sort((a, b) => b.ms - a.ms);
    for (const { name, ms } of rows.slice(0, 40)) console.log(ms.toFixed(1), name);
    const by = new Map<string, number[]>();
    for (const { name, ms } of rows) {
      const k = name.split(' ').slice(0, 2).join(' ');
      by.set(k, [...(by.get(k) ?? []), ms]);
    }
    for (const [k, v] of by)
      console.log(
        k,
        v.length,
        v.reduce((a, b) => a + b, 0).toFixed(0),
        (v.reduce((a, b) => a + b, 0) / v.length).toFixed(1),
      );
  }
  await world.end();
}
process.exit(0);
