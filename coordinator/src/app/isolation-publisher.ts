import { encodeMessage, isolationDocumentSchema, type Topics } from '@liquid-lln/protocol';
import type { IsolationRecord } from '../domain/isolation.js';
import type { Logger } from '../ports/logger.js';
import type { MessageBus } from '../ports/message-bus.js';
import type { FleetState } from './fleet-state.js';

export interface IsolationPublisherComponents {
  readonly bus: MessageBus;
  readonly topics: Topics;
  readonly state: Pick<FleetState, 'isolations'>;
  readonly logger: Logger;
}

/** Tells devices of their isolation, beside all that is distributed: an emergency does not wait behind packages. */
export class IsolationPublisher {
  readonly #components: IsolationPublisherComponents;
  #work: Promise<void> = Promise.resolve();

  constructor(components: IsolationPublisherComponents) {
    this.#components = components;
  }

  /** Publishes what was just committed. */
  publish(records: readonly IsolationRecord[]): Promise<void> {
    return this.#enqueue(() => records);
  }

  /** Publishes all there is, to a broker that may have nothing. */
  publishAll(): Promise<void> {
    return this.#enqueue(() => [...this.#components.state.isolations.values()]);
  }

  /** One after the other, so that an older message never replaces a newer one. */
  #enqueue(records: () => readonly IsolationRecord[]): Promise<void> {
    this.#work = this.#work
      .then(() => this.#publishEach(records()))
      .catch((error: unknown) => {
        this.#components.logger.warn(
          { err: error },
          'telling isolation failed; it is repeated when the broker is back',
        );
      });
    return this.#work;
  }

  async #publishEach(records: readonly IsolationRecord[]): Promise<void> {
    const { bus, topics } = this.#components;
    for (const { deviceId, document } of records) {
      const payload = encodeMessage(isolationDocumentSchema, document, 'isolation document');
      await bus.publish({ topic: topics.isolation(deviceId), payload, retain: true });
    }
  }
}
