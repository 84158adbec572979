import { boardSilenceMsMax, hasCrashed, noteBoard, unheardBoard } from '@liquid-lln/agent/testing';
import t from 'tap';

t.test('a board is lost after its silence, once, and back with its first answer', async (t) => {
  let state = noteBoard(unheardBoard(0), true, 100);
  t.equal(state.news, 'back', 'the first answer of all');
  state = noteBoard(state.liveness, false, 100 + boardSilenceMsMax);
  t.same([state.news, state.liveness.isReachable], [null, true], 'a short silence is none');
  state = noteBoard(state.liveness, false, 101 + boardSilenceMsMax);
  t.same([state.news, state.liveness.isReachable, state.wantsReset], ['lost', false, true]);
  state = noteBoard(state.liveness, false, 1_000 + boardSilenceMsMax);
  t.same([state.news, state.wantsReset], [null, false]);
  state = noteBoard(state.liveness, true, 2_000 + boardSilenceMsMax);
  t.same([state.news, state.liveness.isReachable, state.liveness.resetsTried], ['back', true, 0]);
});

t.test('a silent board is reset a few times, with growing waits, and then only asked', async (t) => {
  let { liveness } = noteBoard(unheardBoard(0), true, 0);
  const resetsMs: number[] = [];
  for (let nowMs = 1_000; nowMs < 3_600_000; nowMs += 1_000) {
    const change = noteBoard(liveness, false, nowMs);
    liveness = change.liveness;
    if (change.wantsReset) resetsMs.push(nowMs);
  }
  t.same(resetsMs, [5_000, 35_000, 125_000]);
});

t.test('crashes are told from restarts that somebody wanted', async (t) => {
  const crashed = (resetCause: string, boots = 3) => hasCrashed({ boots: 2 }, { boots, resetCause });
  for (const cause of ['watchdog', 'fault', 'flash-fault']) t.equal(crashed(cause), true, cause);
  for (const cause of ['power', 'pin', 'software', 'brown-out', 'unknown']) t.equal(crashed(cause), false, cause);
  t.equal(crashed('watchdog', 2), false, 'an old crash is not a new one');
  t.equal(hasCrashed(null, { boots: 3, resetCause: 'watchdog' }), false, 'what was before the first look is unknown');
});
