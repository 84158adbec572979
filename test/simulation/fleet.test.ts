import t from 'tap';
import { simulateFleet } from './fleet/simulate-fleet.js';

// The whole of it is `npm run simulate -- --seeds N`; these are its first seeds.
const seeds = 200;

t.test(`the promises of the design hold through chaos, and all comes to rest after it (${seeds} seeds)`, async (t) => {
  const totals = { rollouts: 0, trials: 0, reverts: 0, answers: 0, failures: 0, acknowledged: 0, replies: 0 };
  const broken: string[] = [];
  for (let seed = 1; seed <= seeds; seed += 1) {
    const result = await simulateFleet(seed);
    if (result.broken !== null) broken.push(`seed ${seed}: ${result.broken}`);
    for (const name of Object.keys(totals) as (keyof typeof totals)[]) totals[name] += result.seen[name];
  }
  t.same(broken, []);
  t.comment(JSON.stringify(totals));
  for (const [name, count] of Object.entries(totals)) t.ok(count > seeds, `${name} were seen`);
});

/** What broke promises once, or never came to rest. */
const mendedSeeds: Readonly<Record<number, string>> = {
  42: 'waves that no device entered took the generation of the next wave',
  60: 'a rollback waited for a trial to leave also what served before it',
  164: 'limits given to a paused rollout looked as if it had told somebody',
  100031: 'the simulation took a survival for written down that a full disk had refused',
  200671:
    'a coordinator that had just started stopped rollouts on the word of old alerts, and a replay missed the stop',
  203539: 'what an older trial came to took the place of the answer to a rollback, which waited for ever',
  240347: 'the simulation did not know that a full disk does not take an orderly stop',
  196: 'a device that had started on a full disk was not heard any more after its next start',
};

for (const [seed, what] of Object.entries(mendedSeeds)) {
  t.test(`never again: ${what} (seed ${seed})`, async (t) => {
    t.equal((await simulateFleet(Number(seed))).broken, null);
  });
}

t.test('a seed gives the same run again', async (t) => {
  t.same(await simulateFleet(7, { isDigested: true }), await simulateFleet(7, { isDigested: true }));
});
