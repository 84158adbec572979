import { MockBoard } from '@liquid-lln/firmware-bridge/testing';

type Request = Parameters<MockBoard['answer']>[0];

/** A mock board that may say that it crashed, and that may compute wrongly. */
export class FallibleBoard extends MockBoard {
  /** 3: somebody asked for the restart; 4: the watchdog bit. */
  resetCause = 3;
  /** Whether golden vectors come out as they should. */
  isExact = true;
  erasures: readonly number[] = [0, 0];
  id = Uint8Array.of(1, 2, 3, 4);

  override answer(request: Request): ReturnType<MockBoard['answer']> {
    const payload = super.answer(request);
    if (request.group !== 64) return payload;
    if (request.command === 0) return { ...payload, id: this.id };
    if (request.command === 3) return { ...payload, reset: this.resetCause, era: this.erasures };
    const isWrong = request.command === 4 && !this.isExact;
    return isWrong ? { ok: false, what: 'out', at: 3, want: 0x3f000000, got: 0x3f000001 } : payload;
  }
}
