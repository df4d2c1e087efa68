import { Timestamp } from 'firebase-admin/firestore';
import { beforeEach, describe, expect, it } from 'vitest';
import { changeRestrictionEverywhere } from '../../../../functions/src/rectification/restricted.ts';
import { giveUp } from '../../../../functions/src/erasure/giveUp.ts';
import { loadRequest, mirror, type RequestRecord } from '../../../../functions/src/requests/store.ts';
import { endOfSending } from '../../../../functions/src/requests/transmission.ts';
import { setRestriction } from '../../../../functions/src/rights/restriction/set.ts';
import { runDying } from '../../../kit/dying.ts';
import { HOST } from './otherController.ts';
import {
  ADDRESS,
  ask,
  askAndPublish,
  context,
  entries,
  fresh,
  jobNow,
  NOW,
  ok,
  parcels,
  part,
  publish,
  record,
  ref,
  run,
  shown,
} from './transmit.sample.ts';

/**
 * Art. 20(2): from the address in a request to the answer, with each event that can come between.
 */

beforeEach(fresh);

describe('a request that names the destination of the archive', () => {
  it('has a step that sends it, after the archive and before the person is told', async () => {
    await ask({ transmitTo: ADDRESS });
    const { steps } = await jobNow();
    expect(Object.entries(steps).map(([id, { after }]) => [id, after])).toEqual([
      ['archive', []],
      ['transmit', ['archive']],
      ['told', ['transmit']],
      ['clean', ['archive']],
    ]);
    expect(await record()).toMatchObject({ status: 'in_progress', transmission: { state: 'pending', host: HOST } });
    expect(await shown()).toMatchObject({ transmission: { state: 'pending', host: HOST } });
  });

  it.each([
    [{ transmitTo: 'https://elsewhere.example/' }, 'portability', 'hostNotAllowed'],
    [{ transmitTo: `http://${HOST}/` }, 'portability', 'notHttps'],
    [{ transmitTo: 7 }, 'portability', 'notAnAddress'],
    // Data that others wrote about the person are not theirs to have sent (Art. 20(1): data that
    // they provided).
    [{ transmitTo: ADDRESS }, 'access', 'notPortability'],
  ])('%j of a %s is answered without it, and says why: %s', async (details, type, reason) => {
    await ask(details, type);
    expect(Object.keys((await jobNow()).steps)).toEqual(['archive', 'told', 'clean']);
    expect(await shown()).toMatchObject({ status: 'in_progress', transmission: { state: 'refused', reason } });
  });

  it.each([
    ['arrives', ok, 'sent'],
    ['is refused', { ok: false, because: 'refused', again: false, reached: true } as const, 'failed'],
  ])('tells the person its end also if the process dies at any write, of one that %s', async (_, answer, state) => {
    let died = 0;
    for (let moments = 0; moments < 16; moments++) {
      fresh();
      await askAndPublish();
      if (await runDying(moments, [context.own, context.app], () => run(answer), 'writes')) died += 1;
      await run(answer);
      const { status, transmission } = (await record()) as RequestRecord;
      expect([moments, status, transmission?.state]).toEqual([moments, 'completed', state]);
      expect([moments, await shown()]).toMatchObject([moments, { status, transmission }]);
    }
    expect(died).toBeGreaterThan(6);
  });

  it('keeps the address nowhere but in the person’s own document', async () => {
    await askAndPublish();
    await run(ok);
    const collections = [...(await context.own.listCollections()), context.own.collectionGroup('entries')];
    expect(collections.length).toBeGreaterThan(3);
    for (const collection of collections) {
      const { docs } = await collection.get();
      expect(JSON.stringify(docs.map((document) => document.data()))).not.toContain('s3cret');
    }
    expect([...context.logged, ...context.enqueued].join()).not.toContain('s3cret');
  });
});

describe('sending', () => {
  it('is in the ledger before the first byte, and completes the request when the other side has it', async () => {
    await askAndPublish();
    const before: unknown[] = [];
    const came = await run(async () => {
      before.push(await entries(), (await record())?.['status'], (await record())?.['transmission']);
      return ok;
    });
    expect(before).toEqual([
      [
        ['portability.requested', null],
        ['portability.transmissionBegun', HOST],
      ],
      'in_progress',
      { state: 'sending', host: HOST },
    ]);
    expect(came).toEqual({ settled: [{ recipient: HOST, count: 1, outcome: 'done' }] });
    expect(parcels).toMatchObject([{ bytes: 3, sha256: 'abc', fileName: 'personal-data.zip' }]);
    expect(parcels[0]?.url.href).toBe(ADDRESS);
    expect((await entries()).at(-1)).toEqual(['portability.transmitted', HOST]);
    const transmission = { state: 'sent', host: HOST, at: Timestamp.fromMillis(NOW) };
    expect(await record()).toMatchObject({ status: 'completed', transmission });
    expect(await shown()).toMatchObject({ status: 'completed', transmission });
    expect(endOfSending((await loadRequest(context, ref().key))?.transmission)).toEqual({ state: 'sent', host: HOST });
  });

  it('that was done and not recorded is not done again', async () => {
    await askAndPublish();
    await run(ok);
    expect(await run(ok)).toEqual({ settled: [] });
    expect(parcels).toHaveLength(1);
  });

  it('of a process that died in the middle is done again, with one entry in the ledger', async () => {
    await askAndPublish();
    await expect(run(() => Promise.reject(new Error('died')))).rejects.toThrow('died');
    await run(ok, { attempts: 2 });
    expect(parcels).toHaveLength(2);
    expect((await entries()).map((entry) => (entry as string[])[0])).toEqual([
      'portability.requested',
      'portability.transmissionBegun',
      'portability.transmitted',
    ]);
  });

  it('leaves a request that waits for an officer waiting', async () => {
    await askAndPublish([part(1)], ['stripeInvoices']);
    await run(ok);
    expect(await record()).toMatchObject({ status: 'waiting', transmission: { state: 'sent' } });
    expect(await shown()).toMatchObject({ status: 'waiting', transmission: { state: 'sent' } });
  });

  it('is not shown as under way again by a mirror that comes late', async () => {
    await askAndPublish([part(1)], ['stripeInvoices']);
    const late = (await record()) as RequestRecord;
    await run(ok);
    await mirror(context, ref(), late);
    expect(await shown()).toMatchObject({ status: 'waiting', transmission: { state: 'sent' } });
  });

  it('of an export in parts goes part by part, each to its own address', async () => {
    await ask({ transmitTo: `https://${HOST}/up/{part}` });
    await publish([part(1), part(2)]);
    const first = await run(ok);
    expect(first).toEqual({ more: { sent: 1 } });
    expect(await record()).toMatchObject({ status: 'in_progress', transmission: { state: 'sending' } });
    await run(ok, { cursor: { sent: 1 } });
    expect(parcels.map(({ url, fileName }) => [url.pathname, fileName])).toEqual([
      ['/up/1', 'personal-data-1.zip'],
      ['/up/2', 'personal-data-2.zip'],
    ]);
    expect(await record()).toMatchObject({ status: 'completed', transmission: { state: 'sent' } });
  });

  it('never puts a second part over the first', async () => {
    await askAndPublish([part(1), part(2)]);
    await run(ok);
    expect(parcels).toEqual([]);
    expect(await record()).toMatchObject({
      status: 'completed',
      transmission: { state: 'refused', reason: 'severalParts' },
    });
  });
});

describe('a restriction of the person (Art. 18(2))', () => {
  const restrict = (purposes?: string[]) =>
    setRestriction(
      context,
      { uid: 'ada', name: 'officer-claims', ground: 'claims', ...(purposes === undefined ? {} : { purposes }) },
      { actor: 'officer' },
    );

  it('keeps an archive from being sent that holds data which are only stored, and the person reads why', async () => {
    await askAndPublish();
    await restrict();
    await run(ok);
    expect(parcels).toEqual([]);
    expect(await record()).toMatchObject({ status: 'completed', transmission: { state: 'refused' } });
    expect(await shown()).toMatchObject({ transmission: { state: 'refused', reason: 'restricted' } });
  });

  it('of purposes for which the archive has no data stops nothing', async () => {
    await askAndPublish();
    await restrict(['logs']);
    await run(ok);
    expect(parcels).toHaveLength(1);
  });

  it('that an erasure brought stops nothing: the person asked for both', async () => {
    await askAndPublish();
    await changeRestrictionEverywhere(context, { uid: 'ada', name: 'erasure' }, ({ now }) => ({
      next: { since: now, at: now, job: 'erasure_x' },
      actor: 'backend',
    }));
    await run(ok);
    expect(parcels).toHaveLength(1);
  });
});

describe('a sending whose job an officer gives up', () => {
  const cancel = async () => giveUp(context, (await jobNow()).id, { by: 'officer', now: NOW });

  it('says that nothing was sent, and no later attempt sends it; also if the command dies at any write', async () => {
    for (let moments = 0; moments < 8; moments++) {
      fresh();
      await askAndPublish();
      await runDying(moments, [context.own, context.app], cancel, 'writes');
      await cancel();
      expect((await jobNow()).status).toBe('cancelled');
      for (const seen of [await record(), await shown()])
        expect([moments, seen]).toMatchObject([moments, { transmission: { state: 'refused', reason: 'cancelled' } }]);
    }
    await run(ok);
    expect(parcels).toEqual([]);
  });

  it('says that nobody knows while an attempt is at work, and then how that ended', async () => {
    await askAndPublish();
    await run(async () => {
      await cancel();
      expect(await shown()).toMatchObject({ transmission: { state: 'failed', reason: 'cancelled' } });
      return ok;
    });
    expect(await shown()).toMatchObject({ transmission: { state: 'sent' } });
  });

  it('stays as it ended if it had', async () => {
    await askAndPublish();
    await run(ok);
    await cancel();
    expect(await shown()).toMatchObject({ transmission: { state: 'sent' } });
  });
});
