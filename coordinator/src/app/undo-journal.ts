import type { FleetState } from './fleet-state.js';

/** Takes changes of the fleet's state back that the store refused, in the order opposite to that of their making. */
export class UndoJournal {
  readonly #state: FleetState;
  readonly #undos: (() => void)[] = [];

  /** Every map of `state` is replaced by one that keeps this journal. */
  constructor(state: FleetState) {
    this.#state = state;
    for (const holder of [state, state.alerting]) this.#keep(holder);
  }

  /** From here on changes may be taken back; those before are final. */
  begin(): void {
    const { generation } = this.#state;
    this.#undos.length = 0;
    this.#undos.push(() => {
      this.#state.generation = generation;
    });
  }

  undo(): void {
    for (const undo of this.#undos.splice(0).reverse()) undo();
  }

  #keep(holder: object): void {
    for (const [name, value] of Object.entries(holder)) {
      if (value instanceof Map) Object.assign(holder, { [name]: new JournalledMap(value, this.#undos) });
    }
  }
}

class JournalledMap<K, V> extends Map<K, V> {
  readonly #undos: (() => void)[];

  constructor(entries: ReadonlyMap<K, V>, undos: (() => void)[]) {
    super();
    this.#undos = undos;
    for (const [key, value] of entries) super.set(key, value);
  }

  override set(key: K, value: V): this {
    this.#note(key);
    return super.set(key, value);
  }

  override delete(key: K): boolean {
    this.#note(key);
    return super.delete(key);
  }

  #note(key: K): void {
    const before = this.get(key);
    this.#undos.push(before === undefined ? () => super.delete(key) : () => super.set(key, before));
  }
}
