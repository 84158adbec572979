import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DurableStorage } from '@liquid-lln/agent';

export interface WatchedStorage {
  readonly storage: DurableStorage;
  /** Resolves when nobody waits for the disk: virtual time must not pass while somebody does. */
  idle(): Promise<void>;
}

/** A storage that knows how many of its calls are under way, those that only read included. */
export function watchStorage(storage: DurableStorage): WatchedStorage {
  let underWay = 0;
  const follow = async <T>(result: Promise<T>): Promise<T> => {
    underWay += 1;
    try {
      return await result;
    } finally {
      underWay -= 1;
    }
  };
  const watched = new Proxy(storage, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        const result: unknown = member.apply(target, args);
        return result instanceof Promise ? follow(result) : result;
      };
    },
  });
  const idle = async () => {
    // Whoever has waited for the disk may want something else of it at once.
    for (let calmTurns = 0; calmTurns < 10; calmTurns += 1) {
      await nextTurn();
      if (underWay > 0) calmTurns = 0;
    }
  };
  return { storage: watched, idle };
}
